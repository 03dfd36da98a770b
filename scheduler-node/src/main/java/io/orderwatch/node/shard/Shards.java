package io.orderwatch.node.shard;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.Ticker;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.WatchedEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part in the cluster: joins, owns shards, leads when elected. Everything of this package is wired here.
 *
 * <p>{@link #start} returns at once whichever servers are away; the threads try on, and {@link #status} says what is
 * missing. Four threads: the lease, the membership, the leadership, and calls to the leader's listeners.
 */
public final class Shards implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Shards.class);

    private final MemberInfo self;
    private final ShardSettings settings;
    private final CuratorFramework client;
    private final ZooKeeperBoard board;
    private final Leader leader;
    private final Election election;
    private final PersistentWatcher watcher;
    private final LocalLease lease;
    private final OwnedShards owned;
    private final LeaseKeeper keeper;
    private final Membership membership;
    private final Loop leaseLoop;
    private final Loop memberLoop;
    private final Loop leaderLoop;
    private final Loop tellLoop;
    private final List<LeaderListener> leaderListeners = new CopyOnWriteArrayList<>();

    private volatile boolean suspended = true;

    /**
     * @param leaseDatabase on a pool of its own, of one or two connections and with a statement timeout well below the
     *     lease, so that a renewal never queues behind work
     * @param leaderDatabase for reading owners and granting shards
     */
    public Shards(
            MemberInfo self,
            ShardSettings settings,
            Database leaseDatabase,
            Database leaderDatabase,
            Ticker ticker,
            KillPoints killPoints) {
        this.self = self;
        this.settings = settings;
        String process = UUID.randomUUID().toString();
        this.client = ZooKeeperBoard.client(settings);
        String folder = ZooKeeperBoard.ROOT + settings.cluster();
        this.election = new Election(client, folder + "/leader", self.node(), this::wakeLeader);
        this.board = new ZooKeeperBoard(client, settings.cluster(), election::place);
        this.watcher = new PersistentWatcher(client, folder, true);
        this.lease = new LocalLease(ticker);
        this.memberLoop = new Loop("orderwatch-member", this::takePart);
        this.owned = new OwnedShards(self.node(), lease, memberLoop::wake);
        this.membership = new Membership(
                self,
                process,
                board,
                () -> !suspended,
                lease,
                owned,
                () -> leaderDatabase.inTransaction(new ClusterStore()::installation),
                ticker);
        SecureRandom random = new SecureRandom();
        this.keeper = new LeaseKeeper(
                self.node(),
                settings,
                new DatabaseLeaseOffice(leaseDatabase, self.node(), settings.lease(), ticker),
                lease,
                owned,
                // 53 bits, so that no reader of the JSON in ZooKeeper rounds it
                () -> 1 + (random.nextLong() >>> 11),
                membership::usedByAnother,
                this::lookAtAll,
                ticker);
        this.leaseLoop = new Loop("orderwatch-lease", keeper::step);
        this.tellLoop = new Loop("orderwatch-leader-listeners", this::tellLeaderListeners);
        this.leader = new Leader(
                self.node(),
                settings,
                board,
                new DatabaseLedger(leaderDatabase, killPoints),
                election,
                lease,
                () -> !suspended,
                () -> !membership.foreign(),
                keeper::databaseAnswersFor,
                tellLoop::wake,
                ticker);
        this.leaderLoop = new Loop("orderwatch-leader", leader::step);
    }

    // ---- for those who build a node

    /** Joins the cluster; never blocks. */
    public void start() {
        client.getConnectionStateListenable().addListener((ignored, state) -> connectionChanged(state));
        watcher.getListenable().addListener(this::boardChanged);
        watcher.getResetListenable().addListener(this::lookAtAll);
        client.start();
        watcher.start();
        tellLoop.start();
        memberLoop.start();
        leaderLoop.start();
        leaseLoop.start();
    }

    /**
     * Joins the cluster as one that takes no shards until {@link #warmUp} or {@link #takeShare}: whoever has them would
     * let go of them for a node that is not ready to sweep them yet. Never blocks.
     */
    public void startWithout() {
        membership.want(Uptake.NOT_YET);
        start();
    }

    /** What jobs ask before they work. */
    public Ownership ownership() {
        return owned;
    }

    /** Which nodes are alive. */
    public MembershipView membership() {
        return membership;
    }

    /**
     * Whether this process holds its node id: it has joined, and was not fenced since. Another process of the same id
     * may be the member that {@link #membership()} shows.
     */
    public boolean joined() {
        return lease.incarnation() != LocalLease.NO_INCARNATION;
    }

    public void addShardListener(ShardListener listener) {
        membership.addListener(listener);
    }

    public void addLeaderListener(LeaderListener listener) {
        leaderListeners.add(listener);
    }

    /** Whether this node leads at this moment. */
    public boolean leads() {
        return leader.leads();
    }

    /** Numbers of the shards that this node owns. */
    public Set<Integer> shards() {
        return owned.shards();
    }

    public ShardStatus status() {
        boolean connected = !suspended;
        boolean leased = lease.runs();
        if (!connected) {
            return new ShardStatus(
                    false, leased, false, "ZooKeeper at " + settings.connect() + " does not answer; nothing moves");
        }
        String withoutLease = keeper.trouble();
        if (withoutLease != null) {
            return new ShardStatus(true, leased, false, withoutLease);
        }
        String aside = membership.trouble();
        if (aside != null) {
            return new ShardStatus(true, leased, false, "Node " + self.node() + " " + aside);
        }
        return new ShardStatus(
                true, leased, leased, "owns " + owned.shards().size() + " of " + settings.shards() + " shards");
    }

    /** Whether it works on a few shards only, and others have what will be the rest of its share. */
    public boolean warmsUp() {
        return membership.uptake() == Uptake.WARM_UP && !hasMoreThanFew();
    }

    /** Whether it has shards, more than it warmed up with, and none is on its way to it. */
    public boolean hasItsShare() {
        return !owned.shards().isEmpty()
                && hasMoreThanFew()
                && membership.plan().entries().stream()
                        .noneMatch(entry -> entry != null
                                && entry.moving() != null
                                && self.node().equals(entry.moving().next()));
    }

    /** Or as many as any node can have, in a cluster with few shards. */
    private boolean hasMoreThanFew() {
        int nodes = Math.max(1, membership.nodes().size());
        return owned.shards().size() > Planner.WARM_UP_SHARDS || settings.shards() <= Planner.WARM_UP_SHARDS * nodes;
    }

    /**
     * The cluster as it is at this moment.
     *
     * @throws ClusterUnavailableException when ZooKeeper cannot be reached
     */
    public ClusterView view() throws ClusterUnavailableException {
        if (suspended) {
            throw new ClusterUnavailableException("ZooKeeper at " + settings.connect() + " does not answer");
        }
        try {
            return ClusterView.of(
                    board.firstPlace().map(Board.Place::node).orElse(null), board.members(), board.plan());
        } catch (BoardException e) {
            throw new ClusterUnavailableException(
                    "ZooKeeper at " + settings.connect() + " cannot be read: " + e.getMessage(), e);
        }
    }

    /**
     * Has all shards of this node moved to others, in good order, and gets no new ones until {@link #takeShare}. The last
     * node just lets go of them.
     *
     * @return false when some were not granted to others yet after that time
     */
    public boolean drain(Duration bound) throws InterruptedException {
        membership.want(Uptake.NONE);
        memberLoop.wake();
        return membership.awaitHandedOver(bound);
    }

    /** Takes a few shards, while other nodes can have the rest, until {@link #takeShare}. */
    public void warmUp() {
        membership.want(Uptake.WARM_UP);
        memberLoop.wake();
    }

    /** Takes its share, for the first time or again after {@link #drain}. */
    public void takeShare() {
        membership.want(Uptake.SHARE);
        memberLoop.wake();
    }

    /** Leaves the cluster: what is still owned may be taken over at once. Bounded also when the servers are away. */
    @Override
    public void close() {
        leaderLoop.close();
        leader.giveUp();
        // at once: what follows may wait for a server, and nobody else leads as long as this node has its place
        election.close();
        stopThreads();
        // The lease before the member: seeing the member gone, the leader finds nothing left to wait for.
        try {
            keeper.leave();
        } catch (DatabaseUnavailableException e) {
            LOG.warn("Node {} could not give its lease back, it will run out: {}", self.node(), e.getMessage());
        }
        membership.leave();
        watcher.close();
        client.close();
    }

    /** The first half of leaving, without a word to any server. */
    void stopThreads() {
        leaderLoop.close();
        leader.giveUp();
        tellLoop.close();
        leaseLoop.close();
        memberLoop.close();
    }

    /** For tests that kill a node. */
    CuratorFramework client() {
        return client;
    }

    /** For tests that freeze a node. */
    Loop leaseLoop() {
        return leaseLoop;
    }

    /** For tests that wake it up again. */
    LeaseKeeper keeper() {
        return keeper;
    }

    // ---- events: they only wake

    private void connectionChanged(ConnectionState state) {
        suspended = !state.isConnected();
        if (suspended) {
            membership.forgetWhatWasSeen();
            LOG.warn(
                    "ZooKeeper at {} is {}: node {} works on with its {} shards, and nothing moves",
                    settings.connect(),
                    state == ConnectionState.LOST ? "lost" : "not answering",
                    self.node(),
                    owned.shards().size());
        } else {
            LOG.info("ZooKeeper at {} is connected", settings.connect());
        }
        lookAtAll();
    }

    private void lookAtAll() {
        membership.lookAtAll();
        memberLoop.wake();
        leaderLoop.wake();
    }

    private void wakeLeader() {
        leaderLoop.wake();
    }

    private void boardChanged(WatchedEvent event) {
        String path = event.getPath();
        if (path == null) {
            return;
        }
        String folder = ZooKeeperBoard.ROOT + settings.cluster();
        if (path.equals(folder + "/plan")) {
            memberLoop.wake();
        } else if (path.startsWith(folder + "/members")) {
            lookAtAll();
        } else if (path.startsWith(folder + "/acks") && leader.leads()) {
            leaderLoop.wake();
        }
    }

    // ---- the loops

    private Duration takePart() {
        try {
            return membership.step();
        } catch (DatabaseUnavailableException e) {
            return Duration.ofMillis(500);
        }
    }

    private Duration tellLeaderListeners() {
        for (LeaderListener listener : leaderListeners) {
            Set<String> live = leader.liveNodes();
            if (live != null) {
                try {
                    listener.liveNodes(live);
                } catch (RuntimeException e) {
                    LOG.error("A listener of the leader failed", e);
                }
            }
        }
        return Duration.ofSeconds(5);
    }
}
