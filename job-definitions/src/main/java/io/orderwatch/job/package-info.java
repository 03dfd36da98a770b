/** The words that all jobs share: units of work, the ownership they work under, time. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job;
