/** Rows that were set aside, and mended. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.setaside;
