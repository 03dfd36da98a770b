package io.orderwatch.node.breaker;

import io.orderwatch.node.config.NodeConfig;
import java.time.Duration;

/**
 * When a breaker opens, and what follows.
 *
 * @param failuresInRow opens it
 * @param window over which rates are taken
 * @param leastCalls in that window, before a rate says anything
 * @param failureRate percent of failed calls that opens it
 * @param slowCall a call that takes longer is slow
 * @param slowCallRate percent of slow calls that opens it
 * @param openFor how long it stays open before a probe
 * @param probeLease how long a node may take for its probe before another one may try
 * @param rampUp how long after closing an endpoint is held below its limit
 * @param reportEvery how often successes are reported, and changes made by others looked for; failures are reported at once
 * @param resetCoolDown between two resets of one breaker by hand
 */
public record BreakerSettings(
        int failuresInRow,
        Duration window,
        int leastCalls,
        int failureRate,
        Duration slowCall,
        int slowCallRate,
        Duration openFor,
        Duration probeLease,
        Duration rampUp,
        Duration reportEvery,
        Duration resetCoolDown) {

    /** A probe may take as long as any try, and its report as long as any result. */
    public static BreakerSettings of(NodeConfig.Breaker breaker, NodeConfig.Delivery delivery) {
        return new BreakerSettings(
                breaker.failuresInRow(),
                breaker.window(),
                breaker.leastCalls(),
                breaker.failureRate(),
                breaker.slowCall(),
                breaker.slowCallRate(),
                breaker.openFor(),
                delivery.totalDeadline().plus(delivery.leaseMargin()),
                breaker.rampUp(),
                breaker.reportEvery(),
                breaker.resetCoolDown());
    }

    /** The defaults of the product. */
    public static BreakerSettings defaults() {
        return new BreakerSettings(
                5,
                Duration.ofMinutes(1),
                20,
                50,
                Duration.ofSeconds(8),
                80,
                Duration.ofMinutes(5),
                Duration.ofSeconds(20),
                Duration.ofSeconds(30),
                Duration.ofMillis(500),
                Duration.ofMinutes(1));
    }
}
