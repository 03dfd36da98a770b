/** Rows that broke a job, with the reason. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao.setaside;
