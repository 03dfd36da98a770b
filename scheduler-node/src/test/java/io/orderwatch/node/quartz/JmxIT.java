package io.orderwatch.node.quartz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.node.jmx.JmxServer;
import io.orderwatch.node.jmx.ManagedJobs;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackExtension;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import javax.management.MBeanServer;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.RuntimeMBeanException;
import javax.management.openmbean.CompositeData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(StackExtension.class)
class JmxIT {

    private static final String[] TEXT = {"java.lang.String"};
    private static final String[] TEXTS = {"java.lang.String", "java.lang.String"};

    @Test
    void a_stock_client_pauses_and_resumes_a_job_of_the_whole_cluster(Stack stack) throws Exception {
        try (TestCluster cluster = new TestCluster(stack)) {
            cluster.setting("sweep", 100, null);
            cluster.start("node-1");
            cluster.start("node-2");
            cluster.until(() -> cluster.count("node-1", "sweep") > 1 && cluster.count("node-2", "sweep") > 1);
            MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
            try (ManagedJobs jobs = new ManagedJobs(cluster.nodes.get("node-1").admin(), beans);
                    JmxServer server =
                            JmxServer.start(new JmxServer.Settings("127.0.0.1", freePort(), null, null), beans);
                    JMXConnector client = JMXConnectorFactory.connect(new JMXServiceURL(server.url()))) {
                MBeanServerConnection connection = client.getMBeanServerConnection();
                ObjectName quartz = new ObjectName("quartz:type=QuartzScheduler,name=test,instance=node-1");

                connection.invoke(quartz, "pauseJobGroup", new Object[] {"sweep"}, TEXT);
                Thread.sleep(300);
                assertFalse(cluster.runsWithin(Duration.ofMillis(600), "node-2", "sweep"));
                cluster.start("node-3");
                cluster.until(() -> "PAUSED".equals(cluster.state("sweep", "node-3")));

                ObjectName ours = new ObjectName(ManagedJobs.NAME);
                CompositeData[] all = (CompositeData[]) connection.getAttribute(ours, "Jobs");
                assertEquals(3, all.length);
                assertEquals("PAUSED", all[0].get("state"));
                assertEquals("100ms", all[0].get("schedule"));
                assertTrue(
                        connection.invoke(ours, "list", null, null).toString().contains("node-2"));

                long before = cluster.count("node-2", "sweep");
                connection.invoke(ours, "triggerNow", new Object[] {"sweep", "node-2"}, TEXTS);
                cluster.until(() -> cluster.count("node-2", "sweep") > before);
                connection.invoke(ours, "resumeJob", new Object[] {"sweep"}, TEXT);
                for (String node : cluster.nodes.keySet()) {
                    assertTrue(cluster.runsWithin(Duration.ofSeconds(3), node, "sweep"), node);
                }
                assertEquals(
                        "jmx@127.0.0.1",
                        cluster.db.text(
                                "SELECT actor FROM audit_log WHERE action = 'resume-job' AND subject = 'sweep'"));

                RuntimeMBeanException unknown = assertThrows(
                        RuntimeMBeanException.class,
                        () -> connection.invoke(ours, "pauseJob", new Object[] {"sweeep"}, TEXT));
                assertEquals(
                        "There is no job named sweeep; there are [sweep]",
                        unknown.getCause().getMessage());

                connection.invoke(quartz, "pauseJobGroup", new Object[] {"sweep"}, TEXT);
                connection.invoke(quartz, "resumeJobGroup", new Object[] {"sweep"}, TEXT);
                assertTrue(cluster.runsWithin(Duration.ofSeconds(3), "node-3", "sweep"));
                assertThrows(SecurityException.class, () -> connection.invoke(quartz, "clear", null, null));
                assertEquals(0, cluster.db.number("SELECT COUNT(*) FROM QRTZ_PAUSED_TRIGGER_GRPS"));
            }
        }
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
