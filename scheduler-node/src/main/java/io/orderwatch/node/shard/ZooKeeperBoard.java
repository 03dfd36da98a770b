package io.orderwatch.node.shard;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.api.transaction.CuratorTransactionResult;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;

/**
 * The board as it is kept in ZooKeeper, under {@code /orderwatch/<cluster>}: {@code members/<node>} and
 * {@code acks/<node>} (ephemeral), {@code leader} (the election), {@code leader-epoch}, {@code plan},
 * {@code installation}. Safe for use by many threads.
 */
final class ZooKeeperBoard implements Board {

    static final String ROOT = "/orderwatch/";

    private final CuratorFramework client;
    private final String base;
    private final Supplier<@Nullable String> electionPath;
    private final Wire wire = new Wire();

    /** @param electionPath path of this process's place in the election; null when it has none */
    ZooKeeperBoard(CuratorFramework client, String cluster, Supplier<@Nullable String> electionPath) {
        this.client = client;
        this.base = ROOT + cluster;
        this.electionPath = electionPath;
    }

    /** A client, not started yet, that waits for nothing longer than the settings say. */
    static CuratorFramework client(ShardSettings settings) {
        return CuratorFrameworkFactory.builder()
                .connectString(settings.connect())
                .sessionTimeoutMs(Math.toIntExact(settings.session().toMillis()))
                .connectionTimeoutMs(Math.toIntExact(settings.connection().toMillis()))
                // the callers' own loops try again; a long wait in here would only make them deaf
                .retryPolicy(new RetryOneTime(100))
                // would replace the configured addresses by those that the ensemble knows itself by
                .ensembleTracker(false)
                .build();
    }

    @Override
    public String base() {
        return base;
    }

    String electionFolder() {
        return base + "/leader";
    }

    // ---- reading

    @Override
    public Map<String, Member> members() {
        return children("/members", wire::readMember);
    }

    @Override
    public Map<String, Ack> acks() {
        return children("/acks", wire::readAck);
    }

    @Override
    public Plan plan() {
        byte[] data = data(base + "/plan", new Stat());
        return data == null ? Plan.NONE : wire.readPlan(data);
    }

    @Override
    public LeaderEpoch leaderEpoch() {
        Stat stat = new Stat();
        byte[] data = data(base + "/leader-epoch", stat);
        return data == null
                ? LeaderEpoch.NONE
                : new LeaderEpoch(Long.parseLong(new String(data, StandardCharsets.UTF_8)), stat.getVersion());
    }

    @Override
    public Optional<Place> firstPlace() {
        return attempt("read the election", () -> {
            List<String> places = new ArrayList<>(childNames(electionFolder()));
            places.sort(Comparator.comparing(place -> place.substring(place.lastIndexOf('-') + 1)));
            for (String place : places) {
                String path = electionFolder() + "/" + place;
                byte[] node = data(path, new Stat());
                if (node != null) {
                    return Optional.of(new Place(path, new String(node, StandardCharsets.UTF_8)));
                }
            }
            return Optional.empty();
        });
    }

    // ---- leading

    @Override
    public Optional<Mandate> takeLeadership(LeaderEpoch seen, long epoch) {
        String place = electionPath.get();
        if (place == null) {
            return Optional.empty();
        }
        byte[] data = Long.toString(epoch).getBytes(StandardCharsets.UTF_8);
        String path = base + "/leader-epoch";
        return attempt("begin a leadership", () -> {
            // Our place in the election belongs to our session: if that is over while we were paused, this fails.
            CuratorOp elected = client.transactionOp().check().forPath(place);
            CuratorOp write = seen.version() < 0
                    ? client.transactionOp().create().forPath(path, data)
                    : client.transactionOp()
                            .setData()
                            .withVersion(seen.version())
                            .forPath(path, data);
            return transaction(elected, write)
                    .map(results -> new Mandate(
                            epoch,
                            seen.version() < 0
                                    ? 0
                                    : results.get(1).getResultStat().getVersion()));
        });
    }

    @Override
    public void strike(Place place) {
        attempt("strike a place off the election", () -> {
            delete(place.id());
            return null;
        });
    }

    @Override
    public boolean write(Plan plan, Mandate mandate) {
        byte[] data = wire.write(plan);
        String path = base + "/plan";
        String place = electionPath.get();
        if (place == null) {
            return false;
        }
        return attempt("write the plan", () -> {
            List<CuratorOp> guards = new ArrayList<>();
            guards.add(client.transactionOp().check().forPath(place));
            guards.add(client.transactionOp()
                    .check()
                    .withVersion(mandate.version())
                    .forPath(base + "/leader-epoch"));
            if (client.checkExists().forPath(path) == null) {
                guards.add(client.transactionOp().create().forPath(path, data));
            } else {
                guards.add(client.transactionOp().setData().forPath(path, data));
            }
            return transaction(guards.toArray(CuratorOp[]::new)).isPresent();
        });
    }

    /** Empty when a check failed, or somebody else was faster. */
    private Optional<List<CuratorTransactionResult>> transaction(CuratorOp... operations) throws Exception {
        try {
            return Optional.of(client.transaction().forOperations(operations));
        } catch (KeeperException.BadVersionException
                | KeeperException.NoNodeException
                | KeeperException.NodeExistsException e) {
            return Optional.empty();
        }
    }

    // ---- taking part

    @Override
    public void prepare() {
        attempt("make its folders", () -> {
            for (String folder : List.of("/members", "/acks", "/leader")) {
                if (client.checkExists().forPath(base + folder) == null) {
                    create(base + folder, new byte[0], CreateMode.PERSISTENT);
                }
            }
            return null;
        });
    }

    @Override
    public String installation(String own) {
        return attempt("read the installation's id", () -> {
            byte[] present = data(base + "/installation", new Stat());
            if (present == null) {
                create(base + "/installation", own.getBytes(StandardCharsets.UTF_8), CreateMode.PERSISTENT);
                present = data(base + "/installation", new Stat());
            }
            return present == null ? own : new String(present, StandardCharsets.UTF_8);
        });
    }

    @Override
    public Registration register(Member member) {
        String path = base + "/members/" + member.node();
        return attempt("register as a member", () -> {
            Stat stat = new Stat();
            byte[] present = data(path, stat);
            if (present != null) {
                Member shown = wire.readMember(present);
                if (!shown.process().equals(member.process())) {
                    return new Registration.Taken(shown);
                }
            }
            upsert(path, wire.write(member), present, stat);
            return new Registration.Done();
        });
    }

    @Override
    public void acknowledge(Ack ack) {
        String path = base + "/acks/" + ack.holder().node();
        attempt("acknowledge", () -> {
            Stat stat = new Stat();
            upsert(path, wire.write(ack), data(path, stat), stat);
            return null;
        });
    }

    @Override
    public void unregister(String node, String process) {
        attempt("leave", () -> {
            byte[] present = data(base + "/members/" + node, new Stat());
            if (present != null && wire.readMember(present).process().equals(process)) {
                delete(base + "/acks/" + node);
                delete(base + "/members/" + node);
            }
            return null;
        });
    }

    private void upsert(String path, byte[] data, byte @Nullable [] present, Stat stat) throws Exception {
        boolean inThisSession = present != null && stat.getEphemeralOwner() == sessionId();
        if (present != null && !inThisSession) {
            // left over from an earlier session of this node, and about to vanish
            delete(path);
        }
        if (!inThisSession) {
            create(path, data, CreateMode.EPHEMERAL);
        } else if (!Arrays.equals(present, data)) {
            client.setData().forPath(path, data);
        }
    }

    private long sessionId() throws Exception {
        return client.getZookeeperClient().getZooKeeper().getSessionId();
    }

    private void create(String path, byte[] data, CreateMode mode) throws Exception {
        try {
            client.create().creatingParentsIfNeeded().withMode(mode).forPath(path, data);
        } catch (KeeperException.NodeExistsException e) {
            // another was faster, or a first try was done though its answer was lost: the next look tells
        }
    }

    private void delete(String path) throws Exception {
        try {
            client.delete().forPath(path);
        } catch (KeeperException.NoNodeException e) {
            // as it was wanted
        }
    }

    // ---- all of it

    private <T> Map<String, T> children(String folder, Function<byte[], T> reader) {
        return attempt("read " + folder, () -> {
            Map<String, T> found = new TreeMap<>();
            for (String name : childNames(base + folder)) {
                byte[] data = data(base + folder + "/" + name, new Stat());
                if (data != null) {
                    found.put(name, reader.apply(data));
                }
            }
            return found;
        });
    }

    private List<String> childNames(String path) throws Exception {
        try {
            return client.getChildren().forPath(path);
        } catch (KeeperException.NoNodeException e) {
            return List.of();
        }
    }

    /** Null where there is no such node. */
    private byte @Nullable [] data(String path, Stat stat) {
        return attempt("read " + path, () -> {
            try {
                return client.getData().storingStatIn(stat).forPath(path);
            } catch (KeeperException.NoNodeException e) {
                return null;
            }
        });
    }

    private <T> T attempt(String what, Callable<T> call) {
        try {
            return call.call();
        } catch (BoardException e) {
            throw e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BoardException("Interrupted when about to " + what + " in ZooKeeper", e);
        } catch (Exception e) {
            throw new BoardException("Could not " + what + " in ZooKeeper: " + e.getMessage(), e);
        }
    }
}
