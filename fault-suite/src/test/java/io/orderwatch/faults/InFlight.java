package io.orderwatch.faults;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * How many notifications each node was sending at most, looked at all the time: what a node leaves behind that dies, stands
 * still or is cut off stands there under its name until its claims are over. Owns one thread.
 */
final class InFlight implements AutoCloseable {

    /** Between two looks. */
    static final Duration EVERY = Duration.ofMillis(100);

    private final Tables tables;
    private final String look;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread looking = new Thread(task, "in-flight");
        looking.setDaemon(true);
        return looking;
    });
    private final Map<String, Long> most = new HashMap<>();
    private @Nullable Connection connection;

    InFlight(Tables tables, int shards) {
        this.tables = tables;
        // ix_notifications_wake: what is being sent is in no lane
        this.look = "SELECT claimed_by, COUNT(*) FROM notifications WHERE shard IN ("
                + LongStream.range(0, shards).mapToObj(Long::toString).collect(Collectors.joining(","))
                + ") AND lane = 0 AND wake_at > '2000-01-01' AND state = 'SENDING' GROUP BY claimed_by";
        thread.scheduleWithFixedDelay(this::look, 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Of the time since the last call of {@link #forget}, of these nodes together. */
    synchronized long most(Collection<String> nodes) {
        return nodes.stream().mapToLong(node -> most.getOrDefault(node, 0L)).sum();
    }

    synchronized void forget() {
        most.clear();
    }

    private void look() {
        try {
            if (connection == null) {
                connection = tables.getConnection();
            }
            try (PreparedStatement statement = connection.prepareStatement(look);
                    ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    found(rows.getString(1), rows.getLong(2));
                }
            }
        } catch (SQLException away) {
            // as it is meant to be now and then: nothing is claimed then, either
            close(connection);
            connection = null;
        }
    }

    private synchronized void found(String node, long count) {
        most.merge(node, count, Math::max);
    }

    private static void close(@Nullable Connection connection) {
        try {
            if (connection != null) {
                connection.close();
            }
        } catch (SQLException gone) {
            // that is what was wanted
        }
    }

    @Override
    public void close() throws InterruptedException {
        thread.shutdownNow();
        if (thread.awaitTermination(5, TimeUnit.SECONDS)) {
            close(connection);
        }
    }
}
