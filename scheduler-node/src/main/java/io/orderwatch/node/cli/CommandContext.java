package io.orderwatch.node.cli;

import io.orderwatch.job.Ticker;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * What a command has around it.
 *
 * @param home the folder that holds {@code bin} and {@code conf}
 * @param environment the process's environment variables
 * @param hostName names a node that is given no id
 * @param out for answers
 * @param err for what went wrong
 */
record CommandContext(
        Path home,
        Map<String, String> environment,
        String hostName,
        PrintWriter out,
        PrintWriter err,
        InstantSource clock,
        Ticker ticker) {

    /** That of this process; {@code bin/orderwatch} names the home by the system property {@code orderwatch.home}. */
    static CommandContext ofProcess() {
        return new CommandContext(
                Path.of(System.getProperty("orderwatch.home", "."))
                        .toAbsolutePath()
                        .normalize(),
                System.getenv(),
                hostName(System.getenv()),
                new PrintWriter(System.out, true, StandardCharsets.UTF_8),
                new PrintWriter(System.err, true, StandardCharsets.UTF_8),
                InstantSource.system(),
                Ticker.system());
    }

    /** {@code user@host}, for the audit log. */
    String actor() {
        return environment.getOrDefault("USER", System.getProperty("user.name", "unknown")) + "@" + hostName;
    }

    private static String hostName(Map<String, String> environment) {
        String given = environment.getOrDefault("HOSTNAME", "");
        if (!given.isBlank()) {
            return given;
        }
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "node"; // node.id says otherwise where that matters
        }
    }
}
