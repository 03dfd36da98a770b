/** Putting the switches of users, groups and strategies into effect. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.status;
