package io.orderwatch.node.jmx;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.management.MBeanServer;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JmxServerTest {

    private final MBeanServer beans = ManagementFactory.getPlatformMBeanServer();

    @Test
    void a_stock_client_reads_beans_through_one_port() throws Exception {
        int port = freePort();
        try (JmxServer server = JmxServer.start(loopback(port), beans);
                JMXConnector client = connect(server, Map.of())) {
            assertEquals("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi", server.url());
            MBeanServerConnection connection = client.getMBeanServerConnection();
            assertTrue((Long) connection.getAttribute(new ObjectName("java.lang:type=Runtime"), "Uptime") > 0);
        }
    }

    @Test
    void a_closed_server_gives_its_port_back() throws Exception {
        int port = freePort();
        try (JmxServer server = JmxServer.start(loopback(port), beans);
                JMXConnector client = connect(server, Map.of())) {
            assertTrue(client.getMBeanServerConnection().getMBeanCount() > 0);
        }
        // the kernel lets go of the port when the thread that waited at it has noticed
        await().atMost(5, TimeUnit.SECONDS).ignoreExceptions().until(() -> {
            JmxServer.start(loopback(port), beans).close();
            return true;
        });
    }

    @Test
    void a_port_that_is_taken_gives_one_sentence() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            IOException refused =
                    assertThrows(IOException.class, () -> JmxServer.start(loopback(taken.getLocalPort()), beans));
            assertTrue(refused.getMessage().startsWith("JMX cannot listen on 127.0.0.1:"), refused.getMessage());
        }
    }

    @Test
    void an_address_that_others_reach_needs_credentials() {
        for (String host : new String[] {"0.0.0.0", "192.0.2.7"}) {
            IllegalArgumentException refused = assertThrows(
                    IllegalArgumentException.class,
                    () -> JmxServer.start(new JmxServer.Settings(host, freePort(), null, null), beans));
            assertTrue(refused.getMessage().contains("only with a password file"), refused.getMessage());
        }
    }

    @Test
    void passwords_are_checked_and_readonly_users_only_read(@TempDir Path folder) throws Exception {
        Path passwords = Files.writeString(folder.resolve("passwords"), "watcher secret\nboss secret2\n");
        Path access = Files.writeString(folder.resolve("access"), "watcher readonly\nboss readwrite\n");
        Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString("rw-r--r--"));
        JmxServer.Settings settings = new JmxServer.Settings("127.0.0.1", freePort(), passwords, access);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> JmxServer.start(settings, beans))
                .getMessage()
                .contains("chmod 600"));
        Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString("rw-------"));
        try (JmxServer server = JmxServer.start(settings, beans)) {
            assertThrows(SecurityException.class, () -> connect(server, Map.of()));
            assertThrows(SecurityException.class, () -> connect(server, credentials("watcher", "wrong")));
            try (JMXConnector watcher = connect(server, credentials("watcher", "secret"));
                    JMXConnector boss = connect(server, credentials("boss", "secret2"))) {
                ObjectName memory = new ObjectName("java.lang:type=Memory");
                assertTrue(watcher.getMBeanServerConnection().getAttribute(memory, "HeapMemoryUsage") != null);
                assertThrows(SecurityException.class, () -> watcher.getMBeanServerConnection()
                        .invoke(memory, "gc", null, null));
                boss.getMBeanServerConnection().invoke(memory, "gc", null, null);
            }
        }
    }

    /** Each ends the node at once, so it must be the sentence that the operator needs. */
    @Test
    void a_file_that_cannot_be_used_is_named(@TempDir Path folder) throws Exception {
        Path passwords = Files.writeString(folder.resolve("passwords"), "boss secret\n");
        Files.setPosixFilePermissions(passwords, PosixFilePermissions.fromString("rw-------"));
        Path missing = folder.resolve("missing");
        Path wrong = Files.writeString(folder.resolve("wrong"), "boss everything\n");
        Map<JmxServer.Settings, Path> unusable = Map.of(
                new JmxServer.Settings("127.0.0.1", freePort(), missing, null), missing,
                new JmxServer.Settings("127.0.0.1", freePort(), folder, null), folder,
                new JmxServer.Settings("127.0.0.1", freePort(), passwords, missing), missing,
                new JmxServer.Settings("127.0.0.1", freePort(), passwords, wrong), wrong);
        unusable.forEach((settings, named) -> {
            IllegalArgumentException refused =
                    assertThrows(IllegalArgumentException.class, () -> JmxServer.start(settings, beans));
            assertTrue(refused.getMessage().contains(named.toString()), refused.getMessage());
        });
    }

    @Test
    void what_runs_code_or_dumps_memory_is_refused() throws Exception {
        try (JmxServer server = JmxServer.start(loopback(freePort()), beans);
                JMXConnector client = connect(server, Map.of())) {
            MBeanServerConnection connection = client.getMBeanServerConnection();
            assertThrows(
                    SecurityException.class,
                    () -> connection.createMBean("javax.management.loading.MLet", new ObjectName("x:type=MLet")));
            assertThrows(
                    SecurityException.class,
                    () -> connection.invoke(
                            new ObjectName("com.sun.management:type=HotSpotDiagnostic"),
                            "dumpHeap",
                            new Object[] {"/tmp/never.hprof", true},
                            new String[] {"java.lang.String", "boolean"}));
        }
    }

    private static JMXConnector connect(JmxServer server, Map<String, ?> environment) throws IOException {
        return JMXConnectorFactory.connect(new JMXServiceURL(server.url()), environment);
    }

    private static Map<String, Object> credentials(String user, String password) {
        return Map.of(JMXConnector.CREDENTIALS, new String[] {user, password});
    }

    private static JmxServer.Settings loopback(int port) {
        return new JmxServer.Settings("127.0.0.1", port, null, null);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }
}
