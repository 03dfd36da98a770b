/** Removal of rows past their age. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao.retention;
