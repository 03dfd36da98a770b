package io.orderwatch.node.quartz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariDataSource;
import io.orderwatch.dao.DataSources;
import io.orderwatch.dao.DatabaseSettings;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.sql.Connection;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class StoreOutageIT {

    @Test
    void a_node_starts_without_its_database_and_survives_losing_it(Stack stack) throws Exception {
        try (TestCluster cluster = new TestCluster(stack)) {
            cluster.setting("sweep", 100, null);
            cluster.setting("once", 100, null);
            Wire wire = new Wire(cluster.db.settings().url());
            wire.cut();
            DatabaseSettings through = new DatabaseSettings(
                    wire.url(),
                    cluster.db.settings().user(),
                    cluster.db.settings().password());
            HikariDataSource quartz =
                    DataSources.pool("quartz-node-1", through, 4, Duration.ofSeconds(1), Duration.ofSeconds(5));
            HikariDataSource work =
                    DataSources.pool("work-node-1", through, 3, Duration.ofSeconds(1), Duration.ofSeconds(5));
            ClusteredScheduler node = cluster.start(
                    "node-1", quartz, work, new SchedulerSettings("test", "node-1", Duration.ofSeconds(2)));
            Thread.sleep(1500);
            assertFalse(node.ready());
            node.wake("sweep");
            wire.mend();
            cluster.until(() -> node.ready() && cluster.count("sweep") > 2 && cluster.count("once") > 2);

            for (int i = 0; i < 2; i++) {
                wire.cut();
                Thread.sleep(2500);
                long runs = cluster.count("sweep");
                long singles = cluster.count("once");
                wire.mend();
                long mended = System.nanoTime();
                cluster.until(() -> cluster.count("sweep") > runs + 1 && cluster.count("once") > singles + 1);
                long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - mended);
                assertTrue(took < 8000, "resumed after " + took + " ms");
            }
            // nothing stays stuck behind
            cluster.until(() -> {
                long sweeps = cluster.count("sweep");
                Thread.sleep(500);
                return cluster.count("sweep") > sweeps + 2;
            });
            assertEquals(0, cluster.db.number("SELECT COUNT(*) FROM QRTZ_TRIGGERS WHERE TRIGGER_STATE = 'ERROR'"));
        }
    }

    @Test
    void who_sits_on_the_clusters_lock_stops_it_only_while_he_does(Stack stack) throws Exception {
        try (TestCluster cluster = new TestCluster(stack)) {
            cluster.setting("sweep", 100, null);
            cluster.start("node-1");
            cluster.start("node-2");
            cluster.until(() -> cluster.count("node-1", "sweep") > 2 && cluster.count("node-2", "sweep") > 2);
            try (Connection other = cluster.db.pool().getConnection()) {
                other.createStatement()
                        .executeQuery("SELECT * FROM QRTZ_LOCKS WHERE LOCK_NAME = 'TRIGGER_ACCESS' FOR UPDATE");
                Thread.sleep(1000);
                assertFalse(cluster.runsWithin(Duration.ofSeconds(8), "node-1", "sweep"), "the fault bites");
                other.rollback();
            }
            assertTrue(cluster.runsWithin(Duration.ofSeconds(5), "node-1", "sweep"));
            assertTrue(cluster.runsWithin(Duration.ofSeconds(5), "node-2", "sweep"));
        }
    }

    /** A line to the database that can be cut: what runs through it breaks, and what comes is refused. */
    private static final class Wire {

        private final String url;
        private final URI target;
        private final int port;
        private final Set<Socket> open = ConcurrentHashMap.newKeySet();
        private volatile ServerSocket listener;

        Wire(String url) throws IOException {
            this.url = url;
            this.target = URI.create(url.substring("jdbc:".length()));
            this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            this.port = listener.getLocalPort();
            accept(listener);
        }

        String url() {
            return url.replace(target.getHost() + ":" + target.getPort(), "127.0.0.1:" + port);
        }

        private void accept(ServerSocket socket) {
            start(() -> {
                while (!socket.isClosed()) {
                    Socket near = socket.accept();
                    Socket far = new Socket(target.getHost(), target.getPort());
                    open.add(near);
                    open.add(far);
                    start(() -> copy(near, far));
                    start(() -> copy(far, near));
                }
            });
        }

        private void copy(Socket from, Socket to) throws IOException {
            try (from;
                    to;
                    InputStream in = from.getInputStream()) {
                in.transferTo(to.getOutputStream());
            } finally {
                open.remove(from);
                open.remove(to);
            }
        }

        void cut() throws IOException {
            listener.close();
            for (Socket socket : open) {
                socket.close();
            }
        }

        void mend() throws IOException {
            listener = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
            accept(listener);
        }

        private interface Io {
            void run() throws IOException;
        }

        private static void start(Io work) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            work.run();
                        } catch (IOException e) {
                            // that is what a cut line looks like from here
                        }
                    },
                    "wire");
            thread.setDaemon(true);
            thread.start();
        }
    }
}
