package io.orderwatch.faults;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * Whom no notification may ever reach: a merchant whose certificate nobody trusts, and names of merchants that lead inside.
 * Counts whoever comes all the same.
 */
final class Strangers implements AutoCloseable {

    private static final String INSIDE = "inside.merchant.test";
    private static final String NEXT_DOOR = "next-door.merchant.test";
    /** Loopback, but not the one address that nodes are allowed to call. */
    private static final String NEXT_DOOR_ADDRESS = "127.0.0.66";

    private static final char[] PASSWORD = "changeit".toCharArray();
    private static final int MADE_WITHIN_SECONDS = 60;
    private static final int GONE = 410;
    private static final int NO_BODY = -1;

    private final Path hosts;
    private final HttpsServer untrusted;
    private final ServerSocketChannel nextDoor;
    private final AtomicLong trusting = new AtomicLong();
    private long callers;

    /** @param folder for the certificate and the names */
    Strangers(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
        Path own = Files.createDirectories(folder.toAbsolutePath().resolve("strangers"));
        this.hosts = own.resolve("hosts");
        String us = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        Files.writeString(
                hosts,
                "127.0.0.1 localhost\n127.0.0.1 %s\n10.11.12.13 %s\n%s %s\n"
                        .formatted(us, INSIDE, NEXT_DOOR_ADDRESS, NEXT_DOOR));
        this.untrusted = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        untrusted.setHttpsConfigurator(new HttpsConfigurator(selfSigned(own.resolve("certificate.p12"))));
        untrusted.createContext("/", exchange -> {
            trusting.incrementAndGet();
            exchange.sendResponseHeaders(GONE, NO_BODY);
            exchange.close();
        });
        untrusted.start();
        this.nextDoor = ServerSocketChannel.open();
        nextDoor.bind(new InetSocketAddress(NEXT_DOOR_ADDRESS, 0));
        nextDoor.configureBlocking(false);
    }

    /** The right name, not expired, and signed by nobody. */
    private static SSLContext selfSigned(Path file) throws IOException, InterruptedException, GeneralSecurityException {
        Files.deleteIfExists(file);
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "merchant",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=127.0.0.1",
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        new String(PASSWORD))
                .redirectErrorStream(true)
                .redirectOutput(file.resolveSibling("keytool.log").toFile())
                .start();
        if (!keytool.waitFor(MADE_WITHIN_SECONDS, TimeUnit.SECONDS) || keytool.exitValue() != 0) {
            keytool.destroyForcibly();
            throw new IOException("No certificate could be made: see " + file.resolveSibling("keytool.log"));
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, PASSWORD);
        }
        KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        return context;
    }

    /** What a node's JVM has to be told so that it knows the names; it knows no others then. */
    String javaOption() {
        return "-Djdk.net.hosts.file=" + hosts;
    }

    /** TLS with a certificate that nobody trusts. */
    URI untrusted(long merchant) {
        return URI.create("https://127.0.0.1:" + untrusted.getAddress().getPort() + "/m/" + merchant);
    }

    /** A name of a private address. */
    URI inside(long merchant) {
        return URI.create("http://" + INSIDE + ":8080/m/" + merchant);
    }

    /** A name of an address at which somebody listens who is not to be called. */
    URI nextDoor(long merchant) throws IOException {
        return URI.create("http://" + NEXT_DOOR + ":" + ((InetSocketAddress) nextDoor.getLocalAddress()).getPort()
                + "/m/" + merchant);
    }

    /** How many requests came by TLS although the certificate is nobody's. */
    long trusting() {
        return trusting.get();
    }

    /** How many connections came to where a name leads that may not be called. For one thread. */
    long callers() throws IOException {
        for (SocketChannel caller = nextDoor.accept(); caller != null; caller = nextDoor.accept()) {
            callers++;
            caller.close();
        }
        return callers;
    }

    @Override
    public void close() throws IOException {
        untrusted.stop(0);
        nextDoor.close();
    }
}
