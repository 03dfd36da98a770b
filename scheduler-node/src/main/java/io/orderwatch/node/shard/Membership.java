package io.orderwatch.node.shard;

import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's side of the plan: shows itself as a member, adopts and gives up what the plan says, acknowledges. One thread
 * calls {@link #step}; events only wake it, and each step compares what is with what should be.
 */
final class Membership implements MembershipView {

    private static final Logger LOG = LoggerFactory.getLogger(Membership.class);
    private static final Duration FULL_LOOK = Duration.ofSeconds(2);

    private final MemberInfo self;
    private final String process;
    private final Board board;
    private final BooleanSupplier sessionLives;
    private final LocalLease lease;
    private final OwnedShards owned;
    private final Supplier<String> installation;
    private final Ticker ticker;
    private final List<ShardListener> listeners = new CopyOnWriteArrayList<>();

    private volatile Uptake uptake = Uptake.SHARE;
    private volatile boolean foreign;
    private volatile @Nullable String usedByAnother;
    private volatile @Nullable String trouble = "has not seen the cluster yet";
    private volatile int connection;
    private volatile int seenInConnection = -1;
    private volatile Set<String> nodes = Set.of();
    private volatile boolean lookAtAll = true;
    private volatile Plan plan = Plan.NONE;

    private Map<String, Member> members = Map.of();
    private boolean installationKnown;
    private volatile @Nullable Ack acknowledged;
    private long lookedAtAllAt;

    /**
     * @param process tells this process from others of the same node id
     * @param sessionLives whether ZooKeeper is connected
     * @param installation id of the installation as MySQL has it; asked only once the node has joined there
     */
    Membership(
            MemberInfo self,
            String process,
            Board board,
            BooleanSupplier sessionLives,
            LocalLease lease,
            OwnedShards owned,
            Supplier<String> installation,
            Ticker ticker) {
        this.self = self;
        this.process = process;
        this.board = board;
        this.sessionLives = sessionLives;
        this.lease = lease;
        this.owned = owned;
        this.installation = installation;
        this.ticker = ticker;
    }

    void addListener(ShardListener listener) {
        listeners.add(listener);
    }

    /** The members changed, or the connection did: the next step looks at everything. */
    void lookAtAll() {
        lookAtAll = true;
    }

    /** The session was lost or is in doubt: what was seen is not to be believed. */
    synchronized void forgetWhatWasSeen() {
        connection++;
        usedByAnother = null;
        lookAtAll = true;
    }

    void want(Uptake now) {
        uptake = now;
        lookAtAll = true;
    }

    Uptake uptake() {
        return uptake;
    }

    /** Why this node does not take part; null when it does. */
    @Nullable String trouble() {
        return trouble;
    }

    /** A sentence when a living process of the same node id was seen; null when none is. */
    @Nullable String usedByAnother() {
        return usedByAnother;
    }

    /** Whether ZooKeeper's path belongs to another installation; then this node must not lead. */
    boolean foreign() {
        return foreign;
    }

    /** The plan that was seen last. */
    Plan plan() {
        return plan;
    }

    @Override
    public boolean connected() {
        return seenInConnection == connection && sessionLives.getAsBoolean();
    }

    @Override
    public Set<String> nodes() {
        return nodes;
    }

    Duration step() {
        if (!sessionLives.getAsBoolean()) {
            trouble = "has no connection";
            announce();
            return FULL_LOOK;
        }
        try {
            takePart();
            return FULL_LOOK;
        } catch (BoardException e) {
            trouble = e.getMessage();
            lookAtAll = true;
            return Duration.ofMillis(500);
        }
    }

    private void takePart() {
        boolean all = lookAtAll || ticker.nanos() - lookedAtAllAt > FULL_LOOK.toNanos() / 2;
        long incarnation = lease.incarnation();
        Plan current = board.plan();
        plan = current;
        if (all) {
            lookAtAll = false;
            lookedAtAllAt = ticker.nanos();
            board.prepare();
            lookAtMembers(current);
            if (!show(incarnation)) {
                return;
            }
        } else {
            nodes = alive(current);
        }
        if (incarnation == LocalLease.NO_INCARNATION) {
            trouble = "has no lease";
            announce();
            return;
        }
        if (!current.equals(Plan.NONE)) {
            owned.apply(current, incarnation);
        }
        // before the acknowledgement: a listener drops what waits in memory for a shard that is about to be granted
        // away
        announce();
        acknowledge(all);
    }

    private void lookAtMembers(Plan current) {
        int lookedIn = connection;
        members = board.members();
        nodes = alive(current);
        Member shown = members.get(self.node());
        boolean another = shown != null && !shown.process().equals(process);
        usedByAnother = another
                ? "Node id " + self.node() + " is in use by the process started at " + shown.startedAt() + " on "
                        + shown.host() + (shown.jmx().isEmpty() ? "" : " (JMX " + shown.jmx() + ")")
                : null;
        seenInConnection = lookedIn;
    }

    private Set<String> alive(Plan current) {
        Set<String> alive = new HashSet<>(current.live());
        members.forEach((node, member) -> {
            if (!current.out().contains(member.holder())) {
                alive.add(node);
            }
        });
        return Set.copyOf(alive);
    }

    /** Shows this node as a member if it may be one. */
    private boolean show(long incarnation) {
        if (incarnation == LocalLease.NO_INCARNATION) {
            board.unregister(self.node(), process);
            acknowledged = null;
            return true;
        }
        if (!belongsHere()) {
            return false;
        }
        Board.Registration registration = board.register(
                new Member(self.node(), incarnation, process, self.host(), self.jmx(), self.startedAt(), uptake));
        if (registration instanceof Board.Registration.Taken taken) {
            trouble = "finds its id " + self.node() + " in use on " + taken.by().host();
            lookAtAll = true;
            return false;
        }
        return true;
    }

    private boolean belongsHere() {
        if (installationKnown && !foreign) {
            return true;
        }
        String own = installation.get();
        String here = board.installation(own);
        boolean other = !own.equals(here);
        if (other && !foreign) {
            LOG.error(
                    "ZooKeeper's {} belongs to installation {}, and the database to {}: give one of the two clusters"
                            + " another name",
                    board.base(),
                    here,
                    own);
        }
        foreign = other;
        installationKnown = true;
        if (other) {
            trouble = "finds another installation's cluster in ZooKeeper's " + board.base();
        }
        return !other;
    }

    private void announce() {
        OwnedShards.Changes changes = owned.takeChanges();
        for (ShardListener listener : listeners) {
            tell(() -> {
                if (!changes.lost().isEmpty()) {
                    listener.lost(changes.lost());
                }
            });
            tell(() -> {
                if (!changes.gained().isEmpty()) {
                    listener.gained(changes.gained());
                }
            });
        }
    }

    private static void tell(Runnable call) {
        try {
            call.run();
        } catch (RuntimeException e) {
            LOG.error("A listener failed when it was told about shards", e);
        }
    }

    private void acknowledge(boolean all) {
        Ack ack = owned.ack();
        if (all || !ack.equals(acknowledged)) {
            board.acknowledge(ack);
            acknowledged = ack;
        }
        trouble = plan.live().contains(self.node()) ? null : "waits for the leader's plan";
        synchronized (this) {
            notifyAll();
        }
    }

    /**
     * Waits until all that this node held was granted to others, or, where nobody else is there to take it, until the
     * node has acknowledged that it holds nothing. That it let go is not enough where there are others: the node may
     * be the leader itself, or the leader may be slow, and with the node gone the rest is a take-over.
     *
     * @return false when it did not come to that in time
     */
    boolean awaitHandedOver(Duration bound) throws InterruptedException {
        long end = ticker.nanos() + bound.toNanos();
        synchronized (this) {
            while (!handedOver()) {
                long left = end - ticker.nanos();
                if (left <= 0) {
                    return false;
                }
                TimeUnit.NANOSECONDS.timedWait(
                        this, Math.min(left, Duration.ofMillis(100).toNanos()));
            }
        }
        return true;
    }

    private boolean handedOver() {
        Holder holder = new Holder(self.node(), lease.incarnation());
        return owned.holding().isEmpty()
                && plan.entries().stream()
                        .filter(entry -> entry != null && entry.holder().equals(holder))
                        .allMatch(entry -> isLetGoForNobody(entry.moving()));
    }

    private boolean isLetGoForNobody(Plan.@Nullable Moving moving) {
        Ack ack = acknowledged;
        return moving != null
                && moving.next() == null
                && ack != null
                && ack.holds().isEmpty()
                && ack.stamp().atLeast(moving.since());
    }

    /** Takes this node off the board; the last call. */
    void leave() {
        if (sessionLives.getAsBoolean()) {
            try {
                board.unregister(self.node(), process);
            } catch (BoardException e) {
                LOG.warn(
                        "Node {} could not take itself off the board, its session will: {}",
                        self.node(),
                        e.getMessage());
            }
        }
    }
}
