/** Incidents, what people are told of them, and the figures that they are judged by. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao.alert;
