/** Calls to HTTP services that the operator has set: SMS gateways, chat robots, webhooks. Not to merchants. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.gateway;
