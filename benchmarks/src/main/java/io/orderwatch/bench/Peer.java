package io.orderwatch.bench;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * db-scheduler on the same database, doing just the HTTP call: no order is looked at, nothing is signed, no attempt is
 * logged, no merchant is kept from another.
 */
final class Peer {

    private static final int THREADS = 50;
    private static final String TASK = "post";

    private final World world;

    Peer(World world) {
        this.world = world;
        world.execute(
                "CREATE TABLE scheduled_tasks (task_name VARCHAR(100) NOT NULL, task_instance VARCHAR(100) NOT NULL,"
                        + " task_data BLOB, execution_time TIMESTAMP(6) NOT NULL, picked BOOLEAN NOT NULL, picked_by VARCHAR(50),"
                        + " last_success TIMESTAMP(6) NULL, last_failure TIMESTAMP(6) NULL, consecutive_failures INT,"
                        + " last_heartbeat TIMESTAMP(6) NULL, version BIGINT NOT NULL, priority INT,"
                        + " PRIMARY KEY (task_name, task_instance), INDEX execution_time_idx (execution_time),"
                        + " INDEX last_heartbeat_idx (last_heartbeat),"
                        + " INDEX priority_execution_time_idx (priority DESC, execution_time ASC))");
    }

    /** Calls a second. */
    double run(int count, int merchantCount) throws InterruptedException {
        world.execute(
                "INSERT INTO scheduled_tasks (task_name, task_instance, execution_time, picked, version, priority)"
                        + " SELECT '" + TASK + "', a.n * 1000 + b.n, UTC_TIMESTAMP(6) - INTERVAL 1 DAY, FALSE, 1, 0"
                        + " FROM numbers a JOIN numbers b WHERE a.n * 1000 + b.n < ?",
                count);
        world.execute("ANALYZE TABLE scheduled_tasks");
        CountDownLatch left = new CountDownLatch(count);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        HttpClient http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .executor(threads)
                .build();
        OneTimeTask<Void> task = Tasks.oneTime(TASK).execute((instance, context) -> {
            post(http, 1 + Long.parseLong(instance.getId()) % merchantCount);
            left.countDown();
        });
        Scheduler scheduler = Scheduler.create(world.pool(), task)
                .threads(THREADS)
                .pollUsingLockAndFetch(1.0, 4.0)
                .pollingInterval(Duration.ofMillis(500))
                .commitWhenAutocommitDisabled(true)
                .alwaysPersistTimestampInUTC()
                .build();
        long before = System.nanoTime();
        scheduler.start();
        boolean done = left.await(240, TimeUnit.SECONDS);
        double seconds = (System.nanoTime() - before) / 1e9;
        scheduler.stop();
        threads.shutdown();
        return done ? count / seconds : (count - left.getCount()) / seconds;
    }

    private void post(HttpClient http, long merchant) {
        URI address = world.merchants().address(merchant);
        HttpRequest request = HttpRequest.newBuilder(address)
                .timeout(Duration.ofSeconds(10))
                .POST(HttpRequest.BodyPublishers.ofString("{\"order\":\"B\",\"status\":\"PAID\",\"amount\":\"12.30\"}"))
                .build();
        try {
            http.send(request, HttpResponse.BodyHandlers.discarding());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
