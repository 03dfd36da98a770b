package io.orderwatch.node.quartz;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.TriggerKey;
import org.quartz.impl.jdbcjobstore.StdJDBCDelegate;
import org.quartz.spi.OperableTrigger;

/**
 * Quartz's statements, with the difference that a node sees as due only what it may run: jobs of its own name, and
 * those of the cluster that it knows.
 *
 * <p>It filters in SQL, not afterwards: where the first rows are always another node's, a filter after the query finds
 * nothing for ever. And it filters by the key of the job, which triggers of recovery and those fired by hand keep,
 * while their own keys name neither job nor node.
 */
final class NodeAffineDelegate extends StdJDBCDelegate {

    private static final String TRIGGER_ROWS = "SELECT t.JOB_GROUP, t.JOB_NAME, t.TRIGGER_GROUP, t.TRIGGER_NAME,"
            + " t.TRIGGER_STATE, t.NEXT_FIRE_TIME, t.PREV_FIRE_TIME, s.REPEAT_INTERVAL, c.CRON_EXPRESSION"
            + " FROM {0}TRIGGERS t"
            + " LEFT JOIN {0}SIMPLE_TRIGGERS s ON s.SCHED_NAME = t.SCHED_NAME"
            + " AND s.TRIGGER_NAME = t.TRIGGER_NAME AND s.TRIGGER_GROUP = t.TRIGGER_GROUP"
            + " LEFT JOIN {0}CRON_TRIGGERS c ON c.SCHED_NAME = t.SCHED_NAME"
            + " AND c.TRIGGER_NAME = t.TRIGGER_NAME AND c.TRIGGER_GROUP = t.TRIGGER_GROUP"
            + " WHERE t.SCHED_NAME = {1}";

    private final String cluster;
    private final List<String> ownGroups;
    private final List<String> clusterGroups;
    private final String mine;

    /**
     * @param cluster name of the jobs that any node may run
     * @param ownGroups groups of this node's own jobs
     * @param clusterGroups groups of the cluster's jobs that this node knows how to run
     */
    NodeAffineDelegate(String cluster, Set<String> ownGroups, Set<String> clusterGroups) {
        this.cluster = cluster;
        this.ownGroups = List.copyOf(ownGroups);
        this.clusterGroups = List.copyOf(clusterGroups);
        this.mine = "(" + among(this.ownGroups) + " OR " + among(this.clusterGroups) + ")";
    }

    // rtp() is a java.text.MessageFormat: a lone apostrophe would swallow what follows, so all values are parameters
    private static String among(List<String> groups) {
        return groups.isEmpty()
                ? "FALSE"
                : "JOB_NAME = ? AND JOB_GROUP IN (" + String.join(", ", Collections.nCopies(groups.size(), "?")) + ")";
    }

    private int setMine(PreparedStatement statement, int first) throws SQLException {
        int at = first;
        at = setAmong(statement, at, instanceId, ownGroups);
        return setAmong(statement, at, cluster, clusterGroups);
    }

    private static int setAmong(PreparedStatement statement, int first, String name, List<String> groups)
            throws SQLException {
        int at = first;
        if (!groups.isEmpty()) {
            statement.setString(at++, name);
            for (String group : groups) {
                statement.setString(at++, group);
            }
        }
        return at;
    }

    @Override
    public List<TriggerKey> selectTriggerToAcquire(
            Connection connection, long noLaterThan, long noEarlierThan, int maxCount) throws SQLException {
        // LIMIT rather than Statement.setMaxRows, which costs two more statements with Connector/J
        String sql = rtp("SELECT TRIGGER_NAME, TRIGGER_GROUP FROM {0}TRIGGERS WHERE SCHED_NAME = {1}"
                + " AND TRIGGER_STATE = ? AND NEXT_FIRE_TIME > 0 AND NEXT_FIRE_TIME <= ?"
                + " AND (MISFIRE_INSTR = -1 OR NEXT_FIRE_TIME >= ?) AND " + mine
                + " ORDER BY NEXT_FIRE_TIME, PRIORITY DESC LIMIT ?");
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, STATE_WAITING);
            statement.setLong(2, noLaterThan);
            statement.setLong(3, noEarlierThan);
            int at = setMine(statement, 4);
            statement.setInt(at, Math.max(1, maxCount));
            return triggerKeys(statement);
        }
    }

    @Override
    public int countMisfiredTriggersInState(Connection connection, String state, long before) throws SQLException {
        String sql = rtp("SELECT COUNT(*) FROM {0}TRIGGERS WHERE SCHED_NAME = {1} AND MISFIRE_INSTR <> -1"
                + " AND NEXT_FIRE_TIME < ? AND TRIGGER_STATE = ? AND " + mine);
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, before);
            statement.setString(2, state);
            setMine(statement, 3);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getInt(1);
            }
        }
    }

    // of another node's misfires nothing is known here: it may be about to fire them by its own clock
    @Override
    public boolean hasMisfiredTriggersInState(
            Connection connection, String state, long before, int count, List<TriggerKey> found) throws SQLException {
        String sql = rtp("SELECT TRIGGER_NAME, TRIGGER_GROUP FROM {0}TRIGGERS WHERE SCHED_NAME = {1}"
                + " AND MISFIRE_INSTR <> -1 AND NEXT_FIRE_TIME < ? AND TRIGGER_STATE = ? AND " + mine
                + " ORDER BY NEXT_FIRE_TIME, PRIORITY DESC LIMIT ?");
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setLong(1, before);
            statement.setString(2, state);
            int at = setMine(statement, 3);
            int most = count < 0 ? Integer.MAX_VALUE : count;
            statement.setLong(at, most + 1L);
            List<TriggerKey> keys = triggerKeys(statement);
            found.addAll(keys.subList(0, Math.min(most, keys.size())));
            return keys.size() > most;
        }
    }

    /**
     * @throws ReservationLostException when another node freed the trigger since this one reserved it: firing it now
     *     would run the job beside whoever has it
     */
    @Override
    public int updateFiredTrigger(Connection connection, OperableTrigger trigger, String state, JobDetail job)
            throws SQLException {
        int updated = super.updateFiredTrigger(connection, trigger, state, job);
        if (updated == 0) {
            throw new ReservationLostException(trigger.getFireInstanceId());
        }
        return updated;
    }

    /**
     * @throws ReservationLostException when another node freed the trigger: its state is not ours to change, and what
     *     the transaction did to it is rolled back
     */
    @Override
    public int deleteFiredTrigger(Connection connection, String entry) throws SQLException {
        int deleted = super.deleteFiredTrigger(connection, entry);
        if (deleted == 0) {
            throw new ReservationLostException(entry);
        }
        return deleted;
    }

    /** Takes back the reservations of a trigger that is about to change, so that nobody fires its old self. */
    int deleteReservations(Connection connection, TriggerKey key) throws SQLException {
        return update(
                connection,
                "DELETE FROM {0}FIRED_TRIGGERS WHERE SCHED_NAME = {1} AND TRIGGER_NAME = ? AND TRIGGER_GROUP = ?"
                        + " AND STATE = ?",
                key.getName(),
                key.getGroup(),
                STATE_ACQUIRED);
    }

    /** Moves the next firing, if the trigger still waits for the one that was seen. */
    int moveFiring(Connection connection, TriggerKey key, Instant from, Instant to) throws SQLException {
        return update(
                connection,
                "UPDATE {0}TRIGGERS SET NEXT_FIRE_TIME = ? WHERE SCHED_NAME = {1} AND TRIGGER_NAME = ?"
                        + " AND TRIGGER_GROUP = ? AND TRIGGER_STATE = ? AND NEXT_FIRE_TIME = ?",
                to.toEpochMilli(),
                key.getName(),
                key.getGroup(),
                STATE_WAITING,
                from.toEpochMilli());
    }

    /** The triggers of jobs of this node and of the cluster. */
    List<TriggerRow> ownTriggerRows(Connection connection) throws SQLException {
        return triggerRows(connection, TRIGGER_ROWS + " AND t.JOB_NAME IN (?, ?)", instanceId, cluster);
    }

    /** All triggers, by group and name. */
    List<TriggerRow> allTriggerRows(Connection connection) throws SQLException {
        return triggerRows(connection, TRIGGER_ROWS + " ORDER BY t.TRIGGER_GROUP, t.TRIGGER_NAME");
    }

    List<TriggerRow> triggerRowsOfGroup(Connection connection, String group) throws SQLException {
        return triggerRows(connection, TRIGGER_ROWS + " AND t.TRIGGER_GROUP = ?", group);
    }

    Map<JobKey, List<String>> running(Connection connection) throws SQLException {
        String sql = rtp("SELECT JOB_NAME, JOB_GROUP, INSTANCE_NAME FROM {0}FIRED_TRIGGERS WHERE SCHED_NAME = {1}"
                + " AND STATE = ? ORDER BY INSTANCE_NAME");
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, STATE_EXECUTING);
            try (ResultSet rows = statement.executeQuery()) {
                Map<JobKey, List<String>> running = new HashMap<>();
                while (rows.next()) {
                    running.computeIfAbsent(new JobKey(rows.getString(1), rows.getString(2)), key -> new ArrayList<>())
                            .add(rows.getString(3));
                }
                return running;
            }
        }
    }

    /** Names of all jobs: ids of nodes, and that of the cluster. */
    Set<String> jobNames(Connection connection) throws SQLException {
        return texts(connection, "SELECT DISTINCT JOB_NAME FROM {0}JOB_DETAILS WHERE SCHED_NAME = {1}");
    }

    Set<JobKey> jobs(Connection connection) throws SQLException {
        String sql = rtp("SELECT JOB_NAME, JOB_GROUP FROM {0}JOB_DETAILS WHERE SCHED_NAME = {1}");
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            Set<JobKey> keys = new HashSet<>();
            while (rows.next()) {
                keys.add(new JobKey(rows.getString(1), rows.getString(2)));
            }
            return keys;
        }
    }

    List<FiredRow> firedRows(Connection connection) throws SQLException {
        String sql = rtp("SELECT TRIGGER_NAME, TRIGGER_GROUP, JOB_NAME, JOB_GROUP, INSTANCE_NAME, STATE"
                + " FROM {0}FIRED_TRIGGERS WHERE SCHED_NAME = {1}");
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet rows = statement.executeQuery()) {
            List<FiredRow> fired = new ArrayList<>();
            while (rows.next()) {
                String job = rows.getString(3);
                fired.add(new FiredRow(
                        new TriggerKey(rows.getString(1), rows.getString(2)),
                        job == null ? null : new JobKey(job, rows.getString(4)),
                        rows.getString(5),
                        rows.getString(6)));
            }
            return fired;
        }
    }

    /** Nodes that have checked in and were not recovered since. */
    Set<String> instances(Connection connection) throws SQLException {
        return texts(connection, "SELECT INSTANCE_NAME FROM {0}SCHEDULER_STATE WHERE SCHED_NAME = {1}");
    }

    Set<String> lockNames(Connection connection) throws SQLException {
        return texts(connection, "SELECT LOCK_NAME FROM {0}LOCKS WHERE SCHED_NAME = {1}");
    }

    int insertLock(Connection connection, String name) throws SQLException {
        return update(connection, "INSERT IGNORE INTO {0}LOCKS (SCHED_NAME, LOCK_NAME) VALUES ({1}, ?)", name);
    }

    private Set<String> texts(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(rtp(sql));
                ResultSet rows = statement.executeQuery()) {
            Set<String> texts = new LinkedHashSet<>();
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
            return texts;
        }
    }

    private List<TriggerRow> triggerRows(Connection connection, String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(rtp(sql))) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet rows = statement.executeQuery()) {
                List<TriggerRow> triggers = new ArrayList<>();
                while (rows.next()) {
                    triggers.add(triggerRow(rows));
                }
                return triggers;
            }
        }
    }

    private static TriggerRow triggerRow(ResultSet row) throws SQLException {
        String interval = row.getString("REPEAT_INTERVAL");
        return new TriggerRow(
                new JobKey(row.getString("JOB_NAME"), row.getString("JOB_GROUP")),
                new TriggerKey(row.getString("TRIGGER_NAME"), row.getString("TRIGGER_GROUP")),
                row.getString("TRIGGER_STATE"),
                interval != null ? interval + "ms" : row.getString("CRON_EXPRESSION"),
                instant(row.getLong("NEXT_FIRE_TIME")),
                instant(row.getLong("PREV_FIRE_TIME")));
    }

    private static @Nullable Instant instant(long millis) {
        return millis <= 0 ? null : Instant.ofEpochMilli(millis);
    }

    private static List<TriggerKey> triggerKeys(PreparedStatement statement) throws SQLException {
        try (ResultSet rows = statement.executeQuery()) {
            List<TriggerKey> keys = new ArrayList<>();
            while (rows.next()) {
                keys.add(new TriggerKey(rows.getString(1), rows.getString(2)));
            }
            return keys;
        }
    }

    private int update(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(rtp(sql))) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            return statement.executeUpdate();
        }
    }
}
