package io.orderwatch.node.shard;

import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A node's readiness to lead: stands for election while it could grant anything, and leads when elected. */
final class Leader {

    private static final Logger LOG = LoggerFactory.getLogger(Leader.class);
    private static final Duration IDLE = Duration.ofMillis(500);
    private static final Duration WITHDRAW_AFTER = Duration.ofSeconds(1);
    private static final Duration SOON = Duration.ofMillis(100);
    private static final Duration BACK_OFF = Duration.ofMillis(300);

    private final String node;
    private final ShardSettings settings;
    private final Board board;
    private final Ledger ledger;
    private final Candidacy candidacy;
    private final LocalLease lease;
    private final BooleanSupplier connected;
    private final BooleanSupplier mayLead;
    private final Supplier<Duration> databaseAnswersFor;
    private final Runnable liveNodesChanged;
    private final Ticker ticker;

    private volatile @Nullable Leadership leadership;
    private volatile @Nullable Set<String> liveNodes;
    private long leaseRanAt;

    /**
     * @param connected whether ZooKeeper answers
     * @param mayLead false where something is so wrong that this node should leave it to others
     * @param databaseAnswersFor how long MySQL has answered without a failure
     * @param liveNodesChanged called when {@link #liveNodes()} has something new
     */
    Leader(
            String node,
            ShardSettings settings,
            Board board,
            Ledger ledger,
            Candidacy candidacy,
            LocalLease lease,
            BooleanSupplier connected,
            BooleanSupplier mayLead,
            Supplier<Duration> databaseAnswersFor,
            Runnable liveNodesChanged,
            Ticker ticker) {
        this.node = node;
        this.settings = settings;
        this.board = board;
        this.ledger = ledger;
        this.candidacy = candidacy;
        this.lease = lease;
        this.connected = connected;
        this.mayLead = mayLead;
        this.databaseAnswersFor = databaseAnswersFor;
        this.liveNodesChanged = liveNodesChanged;
        this.ticker = ticker;
        this.leaseRanAt = ticker.nanos();
    }

    /** Whether this node leads at this moment. */
    boolean leads() {
        return leadership != null && candidacy.leads();
    }

    /** Nodes that are alive by this leader's judgement; null when it does not lead. */
    @Nullable Set<String> liveNodes() {
        return leads() ? liveNodes : null;
    }

    /** Stands or withdraws; leads one step if elected. Returns how long to wait until the next one. */
    Duration step() {
        standOrWithdraw();
        if (!connected.getAsBoolean() || !candidacy.leads()) {
            giveUp();
            strikeDeadLeader();
            return IDLE;
        }
        try {
            Leadership current = leadership;
            if (current == null) {
                Optional<Leadership> begun =
                        Leadership.begin(board, ledger, settings, ticker, databaseAnswersFor, this::judged);
                if (begun.isEmpty()) {
                    // somebody was faster, or the election believes in a place that is gone: stand anew
                    candidacy.withdraw();
                    return SOON;
                }
                current = begun.get();
                leadership = current;
                LOG.info("Node {} leads, with epoch {}", node, current.epoch());
            }
            return current.step();
        } catch (Leadership.DeposedException e) {
            LOG.info("Node {} leads no more: {}", node, e.getMessage());
            giveUp();
            return SOON;
        } catch (BoardException | DatabaseUnavailableException e) {
            LOG.debug("The leader waits: {}", e.getMessage());
            return BACK_OFF;
        }
    }

    void giveUp() {
        leadership = null;
        liveNodes = null;
    }

    /** A node whose lease does not run cannot reach MySQL: leading, it would only keep others from it. */
    private void standOrWithdraw() {
        long now = ticker.nanos();
        if (lease.runs() && mayLead.getAsBoolean()) {
            leaseRanAt = now;
            if (connected.getAsBoolean()) {
                candidacy.stand();
            }
        } else if (now - leaseRanAt > WITHDRAW_AFTER.toNanos()) {
            candidacy.withdraw();
        }
    }

    /**
     * A dead leader's place goes with its session, which an ensemble with slow ticks lets live for six seconds. Its
     * lease is over sooner, and MySQL decides: a leader without a lease can grant nothing anyway.
     */
    private void strikeDeadLeader() {
        if (!connected.getAsBoolean() || !lease.runs()) {
            return;
        }
        try {
            Optional<Board.Place> first = board.firstPlace();
            if (first.isEmpty() || first.get().node().equals(node)) {
                return;
            }
            NodeLease leaders = ledger.leases().get(first.get().node());
            if (leaders != null && Observation.lapsed(leaders, databaseAnswersFor.get(), settings.lapseBound())) {
                LOG.info("Node {} takes the election's first place from {}, whose lease is over", node, leaders.node());
                board.strike(first.get());
            }
        } catch (BoardException | DatabaseUnavailableException e) {
            LOG.debug("Could not look after the leader: {}", e.getMessage());
        }
    }

    private void judged(Set<String> live) {
        boolean changed = !live.equals(liveNodes);
        liveNodes = live;
        if (changed) {
            liveNodesChanged.run();
        }
    }
}
