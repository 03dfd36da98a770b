/** Brings the schema up to date. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao.schema;
