/** Notifications by e-mail. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.notification.mail;
