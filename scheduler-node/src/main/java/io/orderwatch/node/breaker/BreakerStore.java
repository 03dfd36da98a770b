package io.orderwatch.node.breaker;

import io.orderwatch.node.lock.TextCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.redisson.api.RFuture;
import org.redisson.api.RScript;
import org.redisson.api.RedissonClient;

/** The breakers in Redis. Each call is one round trip, and waits for its answer no longer than the timeout. */
final class BreakerStore {

    private static final Duration OVERLAP = Duration.ofSeconds(2);
    private static final int CHANGES = 500;

    private final RedissonClient redisson;
    private final List<Object> keys;
    private final BreakerSettings settings;
    private final Duration timeout;

    BreakerStore(RedissonClient redisson, String cluster, BreakerSettings settings, Duration timeout) {
        this.redisson = redisson;
        // one tag for all, so that a script may touch several on a Redis cluster
        String tag = "{orderwatch:" + cluster + ":breaker}:";
        this.keys = List.of(tag, tag + "changes");
        this.settings = settings;
        this.timeout = timeout;
    }

    /** Redis does not answer. */
    static final class AwayException extends Exception {

        private static final long serialVersionUID = 1L;

        AwayException(Throwable cause) {
            super(cause.getMessage(), cause);
        }
    }

    /** Returns those endpoints whose epoch is no longer the one of their report. */
    List<Line> report(Collection<Tally> tallies) throws AwayException {
        List<Object> arguments = arguments();
        for (Tally tally : tallies) {
            arguments.addAll(List.of(
                    tally.endpointId(),
                    tally.merchantId(),
                    tally.epoch(),
                    tally.probe() ? 1 : 0,
                    tally.calls(),
                    tally.failed(),
                    tally.slow(),
                    tally.failedSinceSuccess()));
        }
        return lines(call(BreakerScript.REPORT, arguments), 0);
    }

    /** Asks for the probes of endpoints; each answer says whether it was granted. */
    List<Line> probe(Collection<Line> wanted) throws AwayException {
        List<Object> arguments = arguments();
        arguments.add(settings.probeLease().toMillis());
        for (Line line : wanted) {
            arguments.addAll(List.of(line.endpointId(), line.merchantId(), line.epoch()));
        }
        return lines(call(BreakerScript.PROBE, arguments), 0);
    }

    /**
     * What changed since.
     *
     * @param now by Redis's clock, to ask with the next time
     */
    record Changes(long now, List<Line> lines) {}

    Changes changes(long since) throws AwayException {
        List<Object> arguments = arguments();
        // several may change within a millisecond, and what is told twice does no harm
        arguments.add(Math.max(0, since - OVERLAP.toMillis()));
        arguments.add(CHANGES);
        List<Object> answer = call(BreakerScript.CHANGES, arguments);
        return new Changes(Long.parseLong(answer.get(0).toString()), lines(answer, 1));
    }

    /** The first word is RESET, CLOSED or COOL; behind RESET a line, behind COOL the milliseconds that are left. */
    List<String> reset(long endpointId, long merchantId, String reason) throws AwayException {
        List<Object> arguments = arguments();
        arguments.addAll(List.of(settings.resetCoolDown().toMillis(), endpointId, merchantId, reason));
        return call(BreakerScript.RESET, arguments).stream()
                .map(Object::toString)
                .toList();
    }

    private List<Object> arguments() {
        return new ArrayList<>(List.of(
                settings.failuresInRow(),
                settings.window().toMillis(),
                settings.leastCalls(),
                settings.failureRate(),
                settings.slowCallRate(),
                settings.openFor().toMillis()));
    }

    private static List<Line> lines(List<Object> answer, int from) {
        return answer.stream()
                .skip(from)
                .map(text -> Line.read(text.toString()))
                .toList();
    }

    private List<Object> call(String script, List<Object> arguments) throws AwayException {
        try {
            RFuture<List<Object>> answer = redisson.getScript(TextCodec.INSTANCE)
                    .evalAsync(RScript.Mode.READ_WRITE, script, RScript.ReturnType.LIST, keys, arguments.toArray());
            return answer.toCompletableFuture().get(2 * timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new AwayException(e.getCause());
        } catch (TimeoutException | RuntimeException e) {
            throw new AwayException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AwayException(e);
        }
    }
}
