package io.orderwatch.node.breaker;

import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowSynchronizationStrategy;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import io.orderwatch.job.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * An endpoint's breaker on this node alone, while Redis is away: one that counts failures in a row, and one that takes
 * rates over the last calls; whichever is open holds.
 */
final class LocalBreaker {

    private static final int ALL = 100;

    private final CircuitBreaker inRow;
    private final CircuitBreaker rates;
    private final List<CircuitBreaker> both;
    private final long openNanos;
    private final Ticker ticker;
    private volatile long openUntil;

    LocalBreaker(long endpointId, BreakerSettings settings, Ticker ticker) {
        this.ticker = ticker;
        this.openNanos = settings.openFor().toNanos();
        this.inRow = CircuitBreaker.of(
                "row-" + endpointId,
                common(settings, ticker)
                        .slidingWindow(
                                settings.failuresInRow(),
                                settings.failuresInRow(),
                                SlidingWindowType.COUNT_BASED,
                                SlidingWindowSynchronizationStrategy.SYNCHRONIZED)
                        .failureRateThreshold(ALL)
                        .build());
        this.rates = CircuitBreaker.of(
                "rate-" + endpointId,
                common(settings, ticker)
                        .slidingWindow(
                                settings.leastCalls(),
                                settings.leastCalls(),
                                SlidingWindowType.COUNT_BASED,
                                SlidingWindowSynchronizationStrategy.SYNCHRONIZED)
                        .failureRateThreshold(settings.failureRate())
                        .slowCallDurationThreshold(settings.slowCall())
                        .slowCallRateThreshold(settings.slowCallRate())
                        .build());
        this.both = List.of(inRow, rates);
        both.forEach(one -> one.getEventPublisher().onStateTransition(event -> {
            if (event.getStateTransition().getToState() == CircuitBreaker.State.OPEN) {
                openUntil = ticker.nanos() + openNanos;
            }
        }));
    }

    private static CircuitBreakerConfig.Builder common(BreakerSettings settings, Ticker ticker) {
        return CircuitBreakerConfig.custom()
                .waitDurationInOpenState(settings.openFor())
                .permittedNumberOfCallsInHalfOpenState(1)
                .maxWaitDurationInHalfOpenState(settings.probeLease())
                .currentTimestampFunction(clock -> ticker.nanos(), TimeUnit.NANOSECONDS)
                .clock(new Ticking(ticker));
    }

    /** Begins open, its time just over: the breaker of the cluster was, when Redis went away. */
    LocalBreaker expired() {
        inRow.transitionToOpenState();
        openUntil = ticker.nanos();
        return this;
    }

    int allowed(int cap) {
        if (closed()) {
            return cap;
        }
        return ticker.nanos() - openUntil < 0 ? 0 : 1;
    }

    boolean closed() {
        return both.stream().allMatch(one -> one.getState() == CircuitBreaker.State.CLOSED);
    }

    /** Whether it holds calls back and its time is not over. */
    boolean open() {
        return !closed() && ticker.nanos() - openUntil < 0;
    }

    synchronized boolean tryAcquire() {
        if (open()) {
            return false;
        }
        if (inRow.getState() == CircuitBreaker.State.OPEN) {
            inRow.transitionToHalfOpenState();
        }
        if (rates.getState() == CircuitBreaker.State.OPEN) {
            rates.transitionToHalfOpenState();
        }
        if (!inRow.tryAcquirePermission()) {
            return false;
        }
        if (!rates.tryAcquirePermission()) {
            inRow.releasePermission();
            return false;
        }
        return true;
    }

    void release() {
        both.forEach(CircuitBreaker::releasePermission);
    }

    void report(boolean success, Duration took) {
        for (CircuitBreaker one : both) {
            if (success) {
                one.onSuccess(took.toNanos(), TimeUnit.NANOSECONDS);
            } else {
                one.onError(took.toNanos(), TimeUnit.NANOSECONDS, new CallFailedException());
            }
        }
    }

    /** The library wants a cause; there is no more to say. */
    private static final class CallFailedException extends Exception {

        private static final long serialVersionUID = 1L;

        CallFailedException() {
            super("failed", null, false, false);
        }
    }

    private static final class Ticking extends Clock {

        private final Ticker ticker;

        Ticking(Ticker ticker) {
            this.ticker = ticker;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(ticker.nanos());
        }
    }
}
