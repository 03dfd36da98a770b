package io.orderwatch.job.notification.amqp;

import io.orderwatch.job.notification.Pending;
import io.orderwatch.job.notification.WebhookHeaders;

/** A notification on its way to an exchange; empty: the default one, where the routing key names a queue. */
record Publication(Pending pending, String exchange, String routingKey, WebhookHeaders headers) {}
