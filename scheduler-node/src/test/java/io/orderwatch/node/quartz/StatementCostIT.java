package io.orderwatch.node.quartz;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a firing and an idle second cost the database, so that nobody makes them dearer unawares. */
@ExtendWith(StackExtension.class)
class StatementCostIT {

    @Test
    void a_firing_and_an_idle_second_cost_few_statements(Stack stack) throws Exception {
        try (TestCluster cluster = new TestCluster(stack)) {
            cluster.setting("sweep", 86_400_000, null);
            ClusteredScheduler node = cluster.start("node-1");
            cluster.until(node::ready);
            Thread.sleep(1500);
            double idle = perSecond(cluster, Duration.ofSeconds(6));

            cluster.db.execute("UPDATE job_settings SET interval_ms = 200 WHERE job = 'sweep'");
            cluster.until(() -> cluster.count("sweep") > 2);
            double one = perFiring(cluster, idle);

            cluster.setting("other-sweep", 200, null);
            cluster.until(() -> cluster.count("other-sweep") > 2);
            double two = perFiring(cluster, idle);

            System.out.printf(
                    "statements: %.1f per idle second, %.1f per firing of one job, %.1f where two are due together%n",
                    idle, one, two);
            assertTrue(idle < 25, idle + " statements in an idle second");
            assertTrue(one < 40, one + " statements a firing");
            assertTrue(two < 40, two + " statements a firing of two jobs");
        }
    }

    private static double perFiring(TestCluster cluster, double idle) throws Exception {
        long runs = cluster.runs.size();
        double all = perSecond(cluster, Duration.ofSeconds(5));
        double firings = (cluster.runs.size() - runs) / 5.0;
        return (all - idle) / firings;
    }

    private static double perSecond(TestCluster cluster, Duration time) throws Exception {
        long before = questions(cluster);
        Thread.sleep(time.toMillis());
        return (questions(cluster) - before) / (time.toMillis() / 1000.0);
    }

    private static long questions(TestCluster cluster) throws SQLException {
        try (Connection connection = cluster.db.pool().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Questions'")) {
            row.next();
            return row.getLong(2);
        }
    }
}
