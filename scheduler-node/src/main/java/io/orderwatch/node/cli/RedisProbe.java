package io.orderwatch.node.cli;

import io.orderwatch.job.Ticker;
import io.orderwatch.node.config.Address;
import io.orderwatch.node.config.NodeConfig.Redis;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Asks Redis for its version and its time, in its own protocol: a whole client with its threads would take longer to
 * start than the question to be answered.
 */
record RedisProbe(Redis redis, Duration within, InstantSource clock, Ticker ticker)
        implements Callable<DependencyReport> {

    private static final String NAME = "Redis";
    private static final int MOST_BYTES = 64 * 1024;

    @Override
    public DependencyReport call() {
        Address server = redis.server();
        try (Socket socket = connect(server)) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            if (redis.password().isSet()) {
                ask(in, out, "AUTH", redis.password().value());
            }
            String version = ask(in, out, "INFO", "server")
                    .lines()
                    .filter(line -> line.startsWith("redis_version:"))
                    .map(line -> line.substring("redis_version:".length()).strip())
                    .findFirst()
                    .orElse("unknown");
            long begin = ticker.nanos();
            Instant before = clock.instant();
            String[] time = ask(in, out, "TIME").split("\n");
            Duration roundTrip = Duration.ofNanos(ticker.nanos() - begin);
            Instant theirs = Instant.ofEpochSecond(Long.parseLong(time[0]), Long.parseLong(time[1]) * 1000);
            Duration difference = Duration.between(before.plus(roundTrip.dividedBy(2)), theirs);
            return new DependencyReport(NAME, server.toString(), version, roundTrip, difference, null);
        } catch (RedisRefusal e) {
            return DependencyReport.unusable(NAME, server.toString(), "refuses: " + e.getMessage());
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return DependencyReport.unusable(NAME, server.toString(), "cannot be reached: " + Reasons.of(e));
        }
    }

    private Socket connect(Address server) throws IOException {
        int millis = Math.toIntExact(within.toMillis());
        Socket socket = new Socket();
        try {
            socket.connect(new InetSocketAddress(server.host(), server.port()), millis);
            socket.setSoTimeout(millis);
            if (!redis.tls()) {
                return socket;
            }
            SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
            SSLSocket encrypted = (SSLSocket) factory.createSocket(socket, server.host(), server.port(), true);
            SSLParameters parameters = encrypted.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            encrypted.setSSLParameters(parameters);
            encrypted.startHandshake();
            return encrypted;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Sends a command and returns its answer; the elements of an array are lines. */
    private static String ask(InputStream in, OutputStream out, String... words) throws IOException {
        StringBuilder command = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            command.append('$')
                    .append(word.getBytes(StandardCharsets.UTF_8).length)
                    .append("\r\n")
                    .append(word)
                    .append("\r\n");
        }
        out.write(command.toString().getBytes(StandardCharsets.UTF_8));
        out.flush();
        return answer(in);
    }

    private static String answer(InputStream in) throws IOException {
        String line = line(in);
        String rest = line.substring(1);
        switch (line.charAt(0)) {
            case '-':
                throw new RedisRefusal(rest);
            case '$':
                byte[] bytes = in.readNBytes(length(rest) + 2);
                return new String(bytes, StandardCharsets.UTF_8).stripTrailing();
            case '*':
                StringBuilder elements = new StringBuilder();
                for (int i = length(rest); i > 0; i--) {
                    elements.append(answer(in)).append('\n');
                }
                return elements.toString();
            default:
                return rest;
        }
    }

    private static int length(String text) throws IOException {
        int length = Integer.parseInt(text);
        if (length < 0 || length > MOST_BYTES) {
            throw new IOException("it does not answer as Redis does");
        }
        return length;
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0 || line.length() > 1024) {
                throw new IOException(b < 0 ? "it closed the connection" : "it does not answer as Redis does");
            }
            line.append((char) b);
        }
        if (line.length() < 2) {
            throw new IOException("it does not answer as Redis does");
        }
        return line.toString().stripTrailing();
    }

    /** Redis answered with an error. */
    private static final class RedisRefusal extends IOException {

        private static final long serialVersionUID = 1L;

        RedisRefusal(String message) {
            super(message);
        }
    }
}
