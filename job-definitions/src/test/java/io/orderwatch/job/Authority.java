package io.orderwatch.job;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate authority of a test's own, and certificates for {@code localhost} that it vouches for. Dates need an
 * authority: a certificate that is trusted by itself is taken by the JDK whatever its dates say.
 */
public final class Authority {

    /** When a certificate is good. */
    public enum Term {
        NOW("-1d"),
        UNTIL_YESTERDAY("-3d"),
        FROM_TOMORROW("+1d");

        private final String from;

        Term(String from) {
            this.from = from;
        }
    }

    private static final char[] PASSWORD = SelfSigned.PASSWORD.toCharArray();
    private static final String NAME = "authority";

    private final Path folder;
    private final Path keys;

    private Authority(Path folder) {
        this.folder = folder;
        this.keys = folder.resolve("authority.p12");
    }

    /** Makes one, with the JDK's own tool. */
    public static Authority in(Path folder) throws IOException, InterruptedException {
        Authority authority = new Authority(folder);
        authority.keytool(NAME, "-10d", "30", List.of("-dname", "CN=Authority of a test", "-ext", "bc:c"));
        return authority;
    }

    /** A store with a certificate for {@code localhost} and its key, under {@link SelfSigned#PASSWORD}. */
    public Path store(Term term) throws GeneralSecurityException, IOException, InterruptedException {
        keytool(
                term.name(),
                term.from,
                "2",
                List.of("-dname", "CN=localhost", "-ext", "SAN=dns:localhost", "-signer", NAME));
        KeyStore all = KeyStore.getInstance(keys.toFile(), PASSWORD);
        KeyStore one = KeyStore.getInstance("PKCS12");
        one.load(null, null);
        one.setKeyEntry("server", all.getKey(term.name(), PASSWORD), PASSWORD, all.getCertificateChain(term.name()));
        Path store = folder.resolve(term + ".p12");
        try (OutputStream out = Files.newOutputStream(store)) {
            one.store(out, PASSWORD);
        }
        return store;
    }

    /** For a server. */
    public SSLContext serving(Term term) throws GeneralSecurityException, IOException, InterruptedException {
        KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(KeyStore.getInstance(store(term).toFile(), PASSWORD), PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    /** For a client that believes this authority, and no other. */
    public SSLContext trusting() throws GeneralSecurityException, IOException {
        KeyStore believed = KeyStore.getInstance("PKCS12");
        believed.load(null, null);
        believed.setCertificateEntry(
                NAME, KeyStore.getInstance(keys.toFile(), PASSWORD).getCertificate(NAME));
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(believed);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    private void keytool(String alias, String from, String days, List<String> more)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-keyalg",
                "EC",
                "-alias",
                alias,
                "-startdate",
                from,
                "-validity",
                days,
                "-storetype",
                "PKCS12",
                "-storepass",
                SelfSigned.PASSWORD,
                "-keystore",
                keys.toString()));
        command.addAll(more);
        Process keytool = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("keytool.log").toFile())
                .start();
        assertEquals(0, keytool.waitFor(), "keytool failed");
    }
}
