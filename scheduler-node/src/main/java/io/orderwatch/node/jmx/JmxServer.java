package io.orderwatch.node.jmx;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.rmi.AlreadyBoundException;
import java.rmi.NoSuchObjectException;
import java.rmi.registry.LocateRegistry;
import java.rmi.registry.Registry;
import java.rmi.server.RMIServerSocketFactory;
import java.rmi.server.UnicastRemoteObject;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import javax.management.MBeanServer;
import javax.management.remote.JMXServiceURL;
import javax.management.remote.rmi.RMIConnectorServer;
import javax.management.remote.rmi.RMIJRMPServerImpl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets stock JMX clients in, on one port for all: {@code service:jmx:rmi:///jndi/rmi://HOST:PORT/jmxrmi}. Where others
 * than this machine can reach it, it asks for credentials.
 */
public final class JmxServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JmxServer.class);
    private static final Set<PosixFilePermission> OF_OTHERS = EnumSet.of(
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE);

    private final String host;
    private final int port;
    private final Registry registry;
    private final RMIConnectorServer connector;

    /**
     * Where to listen, and whom to let in.
     *
     * @param host an address of this machine
     * @param port for the registry and the connector alike
     * @param passwordFile a line {@code user password} each, readable by its owner alone; null: anybody may come, which
     *     is allowed on the loopback address only
     * @param accessFile a line {@code user readonly} or {@code user readwrite} each; null: all users may do all
     */
    public record Settings(
            String host,
            int port,
            @Nullable Path passwordFile,
            @Nullable Path accessFile) {}

    private JmxServer(String host, int port, Registry registry, RMIConnectorServer connector) {
        this.host = host;
        this.port = port;
        this.registry = registry;
        this.connector = connector;
    }

    /**
     * Opens the port.
     *
     * @throws IllegalArgumentException with a sentence for the operator, when the settings would let anybody in, or a
     *     file is not as it must be
     * @throws IOException with a sentence for the operator, when the port cannot be had
     */
    public static JmxServer start(Settings settings, MBeanServer server) throws IOException {
        InetAddress address = InetAddress.getByName(settings.host());
        Map<String, Object> environment = environment(settings, address);
        if (!address.isAnyLocalAddress()) {
            // stubs carry the name of the machine otherwise, under which a port of the loopback address is not there;
            // read once in a JVM, so one that was given on the command line stays
            System.getProperties().putIfAbsent("java.rmi.server.hostname", address.getHostAddress());
        }
        RMIServerSocketFactory sockets = new Bound(address);
        environment.put(RMIConnectorServer.RMI_SERVER_SOCKET_FACTORY_ATTRIBUTE, sockets);
        Registry registry;
        try {
            registry = LocateRegistry.createRegistry(settings.port(), null, sockets);
        } catch (IOException e) {
            throw new IOException(
                    "JMX cannot listen on " + settings.host() + ":" + settings.port() + ": " + reason(e), e);
        }
        try {
            // the same port and socket factory: one listener for both
            RMIJRMPServerImpl exported = new RMIJRMPServerImpl(settings.port(), null, sockets, environment);
            RMIConnectorServer connector = new RMIConnectorServer(
                    new JMXServiceURL("rmi", null, settings.port()), environment, exported, server);
            connector.setMBeanServerForwarder(JmxGuard.create());
            connector.start();
            registry.bind("jmxrmi", exported.toStub());
            JmxServer started = new JmxServer(settings.host(), settings.port(), registry, connector);
            LOG.info("JMX listens on {}", started.url());
            return started;
        } catch (IOException | AlreadyBoundException e) {
            UnicastRemoteObject.unexportObject(registry, true);
            throw new IOException(
                    "JMX cannot listen on " + settings.host() + ":" + settings.port() + ": " + reason(e), e);
        } catch (RuntimeException e) {
            // the connector reads the files when it starts
            UnicastRemoteObject.unexportObject(registry, true);
            throw new IllegalArgumentException(
                    "JMX cannot use " + settings.passwordFile() + " and " + settings.accessFile() + ": " + reason(e),
                    e);
        }
    }

    private static Map<String, Object> environment(Settings settings, InetAddress address) {
        Map<String, Object> environment = new HashMap<>();
        Path passwords = settings.passwordFile();
        if (passwords == null) {
            if (!address.isLoopbackAddress()) {
                throw new IllegalArgumentException("JMX may listen on " + settings.host()
                        + ", which other machines can reach, only with a password file: whoever comes in can stop all"
                        + " jobs of the cluster");
            }
            return environment;
        }
        checkSecret(passwords);
        // the JDK's own check, with the files of its own agent
        environment.put("jmx.remote.x.password.file", passwords.toString());
        environment.put(RMIConnectorServer.CREDENTIALS_FILTER_PATTERN, "java.lang.String;!*");
        if (settings.accessFile() != null) {
            if (!Files.isRegularFile(settings.accessFile()) || !Files.isReadable(settings.accessFile())) {
                throw new IllegalArgumentException("The JMX access file " + settings.accessFile() + " cannot be read");
            }
            environment.put("jmx.remote.x.access.file", settings.accessFile().toString());
        }
        return environment;
    }

    private static void checkSecret(Path file) {
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            throw new IllegalArgumentException("The JMX password file " + file + " cannot be read");
        }
        try {
            if (file.getFileSystem().supportedFileAttributeViews().contains("posix")
                    && Files.getPosixFilePermissions(file).stream().anyMatch(OF_OTHERS::contains)) {
                throw new IllegalArgumentException("The JMX password file " + file
                        + " can be read or written by others than its owner; chmod 600 it");
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("The JMX password file " + file + " cannot be looked at: " + e, e);
        }
    }

    private static String reason(Exception e) {
        Throwable t = e;
        while (t.getCause() != null) {
            t = t.getCause();
        }
        return t.getMessage() == null ? t.getClass().getSimpleName() : t.getMessage();
    }

    /** What a client is to be given. */
    public String url() {
        return "service:jmx:rmi:///jndi/rmi://" + host + ":" + port + "/jmxrmi";
    }

    /** Ends all connections and gives the port back. */
    @Override
    public void close() {
        try {
            connector.stop();
        } catch (IOException e) {
            LOG.info("JMX clients were not told that the node stops: {}", e.getMessage());
        }
        try {
            UnicastRemoteObject.unexportObject(registry, true);
        } catch (NoSuchObjectException e) {
            LOG.debug("The JMX registry was closed already", e);
        }
    }

    /** Listens on one address; equal for equal addresses, which is what lets registry and connector share a port. */
    private record Bound(InetAddress address) implements RMIServerSocketFactory {

        @Override
        public ServerSocket createServerSocket(int port) throws IOException {
            return new ServerSocket(port, 50, address);
        }
    }
}
