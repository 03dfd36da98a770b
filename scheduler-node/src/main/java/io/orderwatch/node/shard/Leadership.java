package io.orderwatch.node.shard;

import io.orderwatch.dao.DatabaseUnavailableException;
import io.orderwatch.dao.shard.NodeLease;
import io.orderwatch.dao.shard.ShardOwner;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One term of a leader: looks, lets {@link LeaderLogic} decide, and carries it out, MySQL first. It may stop between
 * any two lines: the next leader finds the grant in MySQL and mends the plan. For one thread.
 */
final class Leadership {

    /** The mandate is over. */
    static final class DeposedException extends Exception {
        private static final long serialVersionUID = 1;

        private DeposedException() {
            super("another node leads");
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

    /** Grants in one transaction, after which the plan is written, so that the first ones need not wait for the last. */
    private static final int BATCH = 128;

    private static final Duration FULL_LOOK = Duration.ofSeconds(2);
    private static final Duration SOON = Duration.ofMillis(50);
    private static final Duration DATABASE_BACK_OFF = Duration.ofMillis(300);

    private final Board board;
    private final Ledger ledger;
    private final Board.Mandate mandate;
    private final LeaderLogic logic;
    private final Ticker ticker;
    private final Supplier<Duration> databaseAnswersFor;
    private final Consumer<Set<String>> liveNodes;

    private @Nullable List<ShardOwner> owners;
    private long ownersReadAt;

    private Leadership(
            Board board,
            Ledger ledger,
            Board.Mandate mandate,
            LeaderLogic logic,
            Ticker ticker,
            Supplier<Duration> databaseAnswersFor,
            Consumer<Set<String>> liveNodes) {
        this.board = board;
        this.ledger = ledger;
        this.mandate = mandate;
        this.logic = logic;
        this.ticker = ticker;
        this.databaseAnswersFor = databaseAnswersFor;
        this.liveNodes = liveNodes;
    }

    /**
     * Begins a term, if the election's winner is still this process.
     *
     * @param databaseAnswersFor how long MySQL has answered without a failure
     * @param liveNodes told after each look which nodes are alive
     */
    static Optional<Leadership> begin(
            Board board,
            Ledger ledger,
            ShardSettings settings,
            Ticker ticker,
            Supplier<Duration> databaseAnswersFor,
            Consumer<Set<String>> liveNodes) {
        Board.LeaderEpoch last = board.leaderEpoch();
        long epoch = ledger.beginLeadership(last.epoch(), settings.shards());
        LeaderLogic logic = new LeaderLogic(settings.shards(), settings.lapseBound(), settings.ackBound());
        return board.takeLeadership(last, epoch)
                .map(mandate -> new Leadership(board, ledger, mandate, logic, ticker, databaseAnswersFor, liveNodes));
    }

    long epoch() {
        return mandate.epoch();
    }

    /**
     * One look and what follows from it.
     *
     * @return how long until the next look if nothing wakes the leader before
     */
    Duration step() throws DeposedException {
        try {
            return lookAndAct();
        } catch (DatabaseUnavailableException e) {
            owners = null;
            return DATABASE_BACK_OFF;
        }
    }

    private Duration lookAndAct() throws DeposedException {
        Observation seen = look();
        Decision decision = logic.decide(seen, mandate.epoch());
        for (Decision.Denial denial : decision.deny()) {
            ledger.deny(denial.holder());
            LOG.warn(
                    "Denied node {} further renewals of its lease, because it {}",
                    denial.holder().node(),
                    denial.why());
        }
        List<Grant> asked =
                decision.grants().subList(0, Math.min(BATCH, decision.grants().size()));
        List<Grant> granted = asked.isEmpty() ? List.of() : ledger.grant(asked, mandate.epoch());
        remember(granted);
        Plan plan = with(granted, decision.plan(), seen.plan().stamp().next(mandate.epoch()));
        boolean changed = !plan.stamp().equals(seen.plan().stamp());
        if (changed && !board.write(plan, mandate)) {
            throw new DeposedException();
        }
        say(granted);
        liveNodes.accept(decision.live());
        if (granted.size() < asked.size()) {
            // a frozen node's transaction holds the row, a lease runs on, or somebody else granted it: look afresh
            owners = null;
            return SOON;
        }
        if (asked.size() < decision.grants().size()) {
            return Duration.ZERO;
        }
        return decision.deny().isEmpty() ? decision.lookAgain() : SOON;
    }

    private Observation look() {
        Map<String, Member> members = board.members();
        Map<String, Ack> acks = board.acks();
        Plan plan = board.plan();
        Map<String, NodeLease> leases = ledger.leases();
        List<ShardOwner> current = owners;
        if (current == null || ticker.nanos() - ownersReadAt > FULL_LOOK.toNanos()) {
            ownersReadAt = ticker.nanos();
            current = new ArrayList<>(ledger.owners());
            owners = current;
        }
        return new Observation(ticker.nanos(), plan, members, acks, current, leases, databaseAnswersFor.get());
    }

    private void remember(List<Grant> granted) {
        if (owners != null) {
            for (Grant grant : granted) {
                owners.set(
                        grant.shard(), new ShardOwner(grant.shard(), grant.to().node(), grant.expectedEpoch() + 1));
            }
        }
    }

    private static Plan with(List<Grant> granted, Plan plan, Stamp next) {
        if (granted.isEmpty()) {
            return plan;
        }
        List<Plan.@Nullable Entry> entries = new ArrayList<>(plan.entries());
        for (Grant grant : granted) {
            entries.set(grant.shard(), new Plan.Entry(grant.to(), grant.expectedEpoch() + 1, null));
        }
        return new Plan(next, entries, plan.live(), plan.out());
    }

    private static void say(List<Grant> granted) {
        Map<String, Integer> counts = new TreeMap<>();
        for (Grant grant : granted) {
            Holder over = grant.over();
            String from = over == null || over.node().equals(grant.to().node()) ? "" : " from " + over.node();
            counts.merge(grant.to().node() + " (" + grant.reason() + from + ")", 1, Integer::sum);
        }
        counts.forEach((what, count) -> LOG.info("Granted {} shards to {}", count, what));
    }
}
