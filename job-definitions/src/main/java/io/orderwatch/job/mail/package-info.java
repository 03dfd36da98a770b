/** E-mail by SMTP: the one place that knows the mail library. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.mail;
