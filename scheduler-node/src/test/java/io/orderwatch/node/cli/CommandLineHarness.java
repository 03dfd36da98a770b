package io.orderwatch.node.cli;

import io.orderwatch.job.Ticker;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/** Runs commands within the test's process, in a home of its own. */
final class CommandLineHarness {

    final Path home;
    final Map<String, String> environment = new HashMap<>();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    CommandLineHarness(Path home) throws IOException {
        this.home = home;
        Files.createDirectories(home.resolve("conf"));
        Files.copy(Path.of("../conf/log4j2.xml"), home.resolve("conf/log4j2.xml"));
        Files.copy(Path.of("../conf/orderwatch.conf"), home.resolve("conf/orderwatch.conf"));
    }

    int run(String... arguments) {
        return run(
                (config, state, logs) -> {
                    throw new IllegalStateException("No node here");
                },
                arguments);
    }

    int run(NodeProcess.Factory nodes, String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandContext context = new CommandContext(
                home,
                environment,
                "test-host",
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                InstantSource.system(),
                Ticker.system());
        return Orderwatch.commandLine(context, nodes).execute(arguments);
    }

    String out() {
        return out.toString();
    }

    String err() {
        return err.toString();
    }
}
