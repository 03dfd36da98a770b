/** Notifications by SMS. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.notification.sms;
