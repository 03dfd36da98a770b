/** Noticing what happened to orders, and cancelling those that were never paid. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.order;
