package io.orderwatch.node.quartz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.dao.jobs.JobRun;
import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.KillPoints.Place;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.ShardJob;
import io.orderwatch.job.Sweep;
import io.orderwatch.job.Tenure;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.quartz.JobKey;

class JobRunnerTest {

    private final MetricRegistry metrics = new MetricRegistry();
    private final RunBook book = new RunBook("node-1", metrics);
    private final AtomicBoolean closing = new AtomicBoolean();

    @Test
    void a_sweep_goes_on_in_new_tenures_until_there_is_no_more() {
        FakeOwnership ownership = new FakeOwnership();
        FakeSweeps job =
                new FakeSweeps(new Sweep(500, true), new Sweep(500, true), new Sweep(3, false), new Sweep(9, false));
        int worked = JobRunner.sweeping(job, ownership, KillPoints.NONE).run(() -> false);
        assertEquals(1003, worked);
        assertEquals(3, ownership.opened);
        assertEquals(0, ownership.open, "each tenure is closed before the next is opened");
    }

    @Test
    void a_sweep_ends_when_the_lease_is_over_or_there_are_no_shards() {
        FakeOwnership ownership = new FakeOwnership();
        ownership.validFor = 2;
        FakeSweeps job = new FakeSweeps(new Sweep(1, true), new Sweep(1, true), new Sweep(1, true));
        assertEquals(1, JobRunner.sweeping(job, ownership, KillPoints.NONE).run(() -> false));
        ownership.shards = List.of();
        ownership.validFor = 100;
        assertEquals(0, JobRunner.sweeping(job, ownership, KillPoints.NONE).run(() -> false));
        assertEquals(0, ownership.open);
    }

    @Test
    void a_process_may_end_before_a_sweep_and_only_where_there_is_one() {
        FakeOwnership ownership = new FakeOwnership();
        ownership.validFor = 2;
        List<Place> passed = new ArrayList<>();
        FakeSweeps job = new FakeSweeps(new Sweep(1, true), new Sweep(1, true));
        JobRunner.sweeping(job, ownership, passed::add).run(() -> false);
        assertEquals(List.of(Place.BETWEEN_RENEWAL_AND_WORK), passed);
        ownership.shards = List.of();
        ownership.validFor = 100;
        JobRunner.sweeping(job, ownership, passed::add).run(() -> false);
        assertEquals(1, passed.size());
    }

    @Test
    void a_sweep_ends_between_batches_when_it_is_told_to() {
        FakeOwnership ownership = new FakeOwnership();
        AtomicInteger asked = new AtomicInteger();
        FakeSweeps job = new FakeSweeps(new Sweep(1, true), new Sweep(1, true), new Sweep(1, true));
        assertEquals(2, JobRunner.sweeping(job, ownership, KillPoints.NONE).run(() -> asked.incrementAndGet() > 2));
    }

    @Test
    void a_tenure_is_closed_when_the_sweep_fails() {
        FakeOwnership ownership = new FakeOwnership();
        JobRunner runner = runner(JobRunner.sweeping(new FakeSweeps(), ownership, KillPoints.NONE));
        assertTrue(runner.fire());
        assertEquals(0, ownership.open);
        assertEquals(1, book.changed().get(0).failures());
    }

    @Test
    void failures_are_written_down_and_never_leave_the_runner() {
        Deque<Throwable> failures = new ArrayDeque<>(List.of(
                new IllegalStateException("broken"), new StackOverflowError(), new IllegalStateException("worse")));
        JobRunner runner = runner(stopped -> {
            Throwable next = failures.poll();
            if (next instanceof RuntimeException e) {
                throw e;
            }
            if (next instanceof Error e) {
                throw e;
            }
            return 7;
        });
        for (int i = 0; i < 4; i++) {
            runner.fire();
        }
        List<JobRun> runs = book.changed();
        assertEquals(1, runs.size());
        JobRun run = runs.get(0);
        assertEquals(4, run.runs());
        assertEquals(3, run.failures());
        assertEquals(7, run.worked());
        assertEquals("IllegalStateException: worse", run.lastError());
        assertEquals(3, metrics.meter("job.unit.failures").getCount());
        assertEquals(7, metrics.meter("job.unit.worked").getCount());
        assertTrue(book.changed().isEmpty(), "nothing new");
        book.keep(runs);
        assertEquals(runs, book.changed(), "what could not be written is offered again");
    }

    @Test
    void who_comes_while_it_runs_makes_it_run_once_more_and_never_beside_itself() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger runs = new AtomicInteger();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        JobRunner runner = runner(stopped -> {
            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
            begun.countDown();
            await(go);
            inside.decrementAndGet();
            return runs.incrementAndGet();
        });
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            threads.execute(runner::fire);
            await(begun);
            for (int i = 0; i < 3; i++) {
                assertFalse(runner.fire(), "the one that runs sees to it");
            }
            assertFalse(runner.awaitIdle(Duration.ofMillis(10)));
            go.countDown();
            assertTrue(runner.awaitIdle(Duration.ofSeconds(5)));
            assertEquals(2, runs.get());
            for (int i = 0; i < 1000; i++) {
                threads.execute(runner::fire);
            }
        } finally {
            threads.shutdown();
            assertTrue(threads.awaitTermination(10, TimeUnit.SECONDS));
        }
        assertEquals(1, most.get());
        int before = runs.get();
        runner.fire();
        assertEquals(before + 1, runs.get(), "no wish was left over");
    }

    @Test
    void nothing_runs_once_the_node_stops() {
        AtomicInteger runs = new AtomicInteger();
        JobRunner runner = runner(stopped -> runs.incrementAndGet());
        closing.set(true);
        assertFalse(runner.fire());
        assertEquals(0, runs.get());
    }

    @Test
    void a_run_stops_when_its_job_is_paused_unless_it_was_asked_for_in_spite_of_that() {
        BooleanSupplier[] seen = new BooleanSupplier[1];
        JobRunner[] self = new JobRunner[1];
        boolean[] stoppedInside = new boolean[1];
        self[0] = runner(stopped -> {
            seen[0] = stopped;
            self[0].paused(true);
            stoppedInside[0] = stopped.getAsBoolean();
            return 0;
        });
        self[0].fire();
        assertTrue(stoppedInside[0]);
        self[0].fire();
        assertFalse(stoppedInside[0], "paused before it began: an operator fired it by hand");
        closing.set(true);
        assertTrue(seen[0].getAsBoolean());
    }

    private JobRunner runner(JobRunner.Unit unit) {
        return new JobRunner(
                new JobKey("node-1", "unit"),
                unit,
                book,
                new Outage(Ticker.system()),
                InstantSource.system(),
                Ticker.system(),
                closing::get);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(10, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Gives its answers one after the other, and fails when there are none left. */
    private static final class FakeSweeps implements ShardJob {

        private final Deque<Sweep> answers;

        FakeSweeps(Sweep... answers) {
            this.answers = new ArrayDeque<>(List.of(answers));
        }

        @Override
        public String name() {
            return "unit";
        }

        @Override
        public Sweep sweep(Tenure tenure) {
            return answers.remove();
        }
    }

    private static final class FakeOwnership implements Ownership {

        private List<ShardLease> shards = List.of(new ShardLease(3, 1));
        private int validFor = 100;
        private int opened;
        private int open;

        @Override
        public String node() {
            return "node-1";
        }

        @Override
        public Tenure begin() {
            assertEquals(0, open, "one at a time");
            opened++;
            open++;
            return new Tenure() {
                @Override
                public String node() {
                    return "node-1";
                }

                @Override
                public List<ShardLease> leases() {
                    return shards;
                }

                @Override
                public boolean valid() {
                    return validFor-- > 1;
                }

                @Override
                public void close() {
                    open--;
                }
            };
        }

        @Override
        public OptionalLong epoch(int shard) {
            return OptionalLong.of(1);
        }
    }
}
