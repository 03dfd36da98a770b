/** Removing what is past its age. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.retention;
