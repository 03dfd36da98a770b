package io.orderwatch.node.breaker;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.dao.notification.HealthStore;
import io.orderwatch.dao.notification.Merchant;
import io.orderwatch.dao.notification.MerchantStore;
import io.orderwatch.node.lock.RedisSettings;
import io.orderwatch.node.lock.RedissonClientFactory;
import java.time.Duration;
import java.util.List;
import org.redisson.api.RedissonClient;

/** Closes a breaker by hand, for an operator. Leaves rows in {@code audit_log} and {@code breaker_changes}. */
public final class BreakerReset implements AutoCloseable {

    /** What came of it. */
    public enum Kind {
        RESET,
        /** There was nothing to reset. */
        CLOSED,
        /** It was reset a moment ago: let it be. */
        COOLING_DOWN,
        /** Redis, which has the breakers, does not answer. */
        UNREACHABLE
    }

    /** @param sentence for the operator, without its full stop */
    public record Answer(Kind kind, String sentence) {}

    private final RedissonClient redisson;
    private final BreakerStore store;
    private final Database database;
    private final HealthStore health = new HealthStore();
    private final ClusterStore cluster = new ClusterStore();

    public BreakerReset(RedisSettings redis, String cluster, BreakerSettings settings, Database database) {
        this.redisson = new RedissonClientFactory().create(redis);
        // a connection has to be made first, by cold code
        this.store =
                new BreakerStore(redisson, cluster, settings, redis.timeout().multipliedBy(4));
        this.database = database;
    }

    /**
     * Closes the breakers of all the merchant's endpoints that are on.
     *
     * @param actor who asks, such as {@code user@host}
     * @return an answer for each; empty where there is no such merchant, or none of its endpoints is on
     */
    public List<Answer> reset(long merchantId, String actor) {
        Merchant merchant = database.inTransaction(tx -> new MerchantStore().find(tx, List.of(merchantId)))
                .get(merchantId);
        return merchant == null
                ? List.of()
                : merchant.endpoints().stream()
                        .map(endpoint -> reset(merchantId, endpoint.id(), actor))
                        .toList();
    }

    private Answer reset(long merchantId, long endpointId, String actor) {
        String what = "The breaker of endpoint " + endpointId + " of merchant " + merchantId;
        try {
            List<String> answer = store.reset(endpointId, merchantId, "reset by " + actor);
            return switch (answer.get(0)) {
                case "CLOSED" -> new Answer(Kind.CLOSED, what + " is closed already");
                case "COOL" ->
                    new Answer(
                            Kind.COOLING_DOWN,
                            what + " was reset a moment ago; it can be again in "
                                    + Duration.ofMillis(Long.parseLong(answer.get(1)))
                                            .toSeconds() + " s");
                default -> {
                    Line line = Line.read(answer.get(1));
                    database.run(tx -> {
                        health.changed(tx, line.change(), actor);
                        cluster.audit(tx, actor, "reset-breaker", "endpoint " + endpointId, "was " + line.from());
                    });
                    yield new Answer(Kind.RESET, what + " was " + line.from() + " and is closed now");
                }
            };
        } catch (BreakerStore.AwayException e) {
            return new Answer(Kind.UNREACHABLE, "Redis does not answer, and has the breakers: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        redisson.shutdown();
    }
}
