package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Array;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.openmbean.CompositeData;
import javax.management.openmbean.TabularData;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real node process whose servers are away: all that it can be asked over JMX. */
class SecretsOverJmxTest {

    private static final String SECRET = "Nothing-2-see";

    @TempDir
    private Path home;

    @Test
    void no_attribute_shows_a_secret() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path conf = Files.createDirectories(home.resolve("conf"));
        Files.copy(Path.of("../conf/log4j2.xml"), conf.resolve("log4j2.xml"));
        Files.writeString(
                conf.resolve("orderwatch.conf"), """
                node.id = node-1
                mysql { url = "jdbc:mysql://127.0.0.1:1/none", user = orderwatch, password = "SECRET" }
                redis { uri = "redis://127.0.0.1:1", password = "SECRET" }
                zookeeper.connect = "127.0.0.1:1"
                mail { host = "127.0.0.1", from = "a@b.example", user = u, password = "SECRET" }
                alerts { telegram { token = "1:SECRET", chat = "2" }, wecom.key = "SECRET" }
                jmx.port = PORT
                """.replace("SECRET", SECRET).replace("PORT", Integer.toString(port)));
        Path output = home.resolve("output");
        Process node = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "-Dorderwatch.home=" + home,
                        Main.class.getName(),
                        "run")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try (JMXConnector client = connect(port, output)) {
            MBeanServerConnection beans = client.getMBeanServerConnection();
            List<String> shown = new ArrayList<>();
            int attributes = 0;
            for (ObjectName name : beans.queryNames(null, null)) {
                for (MBeanAttributeInfo attribute : beans.getMBeanInfo(name).getAttributes()) {
                    attributes++;
                    if (text(value(beans, name, attribute)).contains(SECRET)) {
                        shown.add(name + " " + attribute.getName());
                    }
                }
            }
            assertEquals(List.of(), shown);
            assertTrue(attributes > 200, attributes + " attributes were read");
        } finally {
            node.destroyForcibly();
        }
        assertEquals(List.of(), files(home.resolve("logs")), "nor does a log");
    }

    private static JMXConnector connect(int port, Path output) {
        AtomicReference<JMXConnector> client = new AtomicReference<>();
        Awaitility.await("JMX of the node, see " + output)
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> {
                    client.set(JMXConnectorFactory.connect(
                            new JMXServiceURL("service:jmx:rmi:///jndi/rmi://127.0.0.1:" + port + "/jmxrmi"),
                            Map.of()));
                    return true;
                });
        return client.get();
    }

    private static @Nullable Object value(MBeanServerConnection beans, ObjectName name, MBeanAttributeInfo attribute) {
        try {
            return beans.getAttribute(name, attribute.getName());
        } catch (JMException | java.io.IOException | RuntimeException e) {
            return e.toString(); // not every attribute can be read, which says something, too
        }
    }

    private static String text(@Nullable Object value) {
        if (value instanceof CompositeData data) {
            return text(data.values().toArray());
        }
        if (value instanceof TabularData table) {
            return text(table.values().toArray());
        }
        if (value != null && value.getClass().isArray()) {
            StringBuilder all = new StringBuilder();
            for (int i = 0; i < Array.getLength(value); i++) {
                all.append(text(Array.get(value, i))).append(' ');
            }
            return all.toString();
        }
        return String.valueOf(value);
    }

    /** Those that have it. */
    private static List<String> files(Path folder) throws Exception {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var files = Files.walk(folder)) {
            List<String> found = new ArrayList<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1)
                        .contains(SECRET)) {
                    found.add(file.toString());
                }
            }
            return found;
        }
    }
}
