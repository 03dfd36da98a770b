/** Notifications through Kafka: the one place that knows its library. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.notification.kafka;
