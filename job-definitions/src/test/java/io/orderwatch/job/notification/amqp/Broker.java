package io.orderwatch.job.notification.amqp;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.qpid.server.SystemLauncher;
import org.apache.qpid.server.model.SystemConfig;

/** A broker that speaks AMQP 0-9-1, in this process and in memory. */
final class Broker implements AutoCloseable {

    static final String USER = "watch";
    static final String PASSWORD = "sesame";

    private final Path folder;
    private final int port;
    private SystemLauncher launcher;

    Broker(Path folder) throws Exception {
        this.folder = folder;
        this.port = freePort();
        start();
    }

    /** On the port that it had. */
    void start() throws Exception {
        Path configuration = Files.writeString(folder.resolve("broker.json"), """
                {
                  "name": "test",
                  "modelVersion": "9.1",
                  "authenticationproviders": [{
                    "name": "users", "type": "Plain", "secureOnlyMechanisms": [],
                    "users": [{"name": "%s", "password": "%s", "type": "managed"}]
                  }],
                  "ports": [{
                    "name": "amqp", "port": "%d", "bindingAddress": "127.0.0.1",
                    "authenticationProvider": "users", "protocols": ["AMQP_0_9_1"],
                    "virtualhostaliases": [{"name": "byName", "type": "nameAlias"}]
                  }],
                  "virtualhostnodes": [{
                    "name": "shop", "type": "Memory", "defaultVirtualHostNode": "true",
                    "virtualHostInitialConfiguration": "{\\"type\\": \\"Memory\\"}"
                  }]
                }
                """.formatted(USER, PASSWORD, port));
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("type", "Memory");
        attributes.put(
                SystemConfig.INITIAL_CONFIGURATION_LOCATION,
                configuration.toUri().toString());
        attributes.put(SystemConfig.STARTUP_LOGGED_TO_SYSTEM_OUT, false);
        attributes.put("context", Map.of("qpid.work_dir", folder.toString()));
        launcher = new SystemLauncher();
        launcher.startup(attributes);
    }

    URI uri() {
        return URI.create("amqp://127.0.0.1:" + port + "/shop");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        launcher.shutdown();
    }
}
