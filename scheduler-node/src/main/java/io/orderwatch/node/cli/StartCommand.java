package io.orderwatch.node.cli;

import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "start",
        description = {
            "Starts a node in the background, and waits until it is ready.",
            "Ends with 0 when it is ready or was running before; with 69 when it is not ready in time: it stays up and"
                    + " keeps trying, and the reasons are printed; with 78 when the configuration is wrong.",
            "bin/start.sh knows two more options: --foreground runs the node in this process, --test only looks at the"
                    + " servers, as the command check does."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class)
final class StartCommand implements Callable<Integer> {

    private static final Duration LOOK_EVERY = Duration.ofMillis(100);
    private static final int TAIL_BYTES = 4000;

    private final CommandContext context;

    @Mixin
    private ConfigOptions options = new ConfigOptions();

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "How long to wait until the node is ready (default: 60).")
    private int waitSeconds;

    StartCommand(CommandContext context) {
        this.context = context;
    }

    @Override
    public Integer call() throws InvalidConfigException, IOException, InterruptedException {
        NodeConfig config = options.read(context);
        options.log4j2(context);
        RunFolder folder = RunFolder.of(config);
        if (folder.running()) {
            return alreadyRunning(folder);
        }
        DependencyTable.print(Probes.run(config, context), config.clock().maxDifference(), context.out());

        Files.createDirectories(config.node().logs());
        Path output = config.node().logs().resolve(config.node().id() + ".out");
        long before = Files.exists(output) ? Files.size(output) : 0;
        Process process = new ProcessBuilder(command(config))
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()))
                .redirectErrorStream(true)
                .start();
        return waitUntilReady(folder, process, output, before);
    }

    private int alreadyRunning(RunFolder folder) throws IOException {
        Optional<NodeState> state = folder.read();
        context.out()
                .println(folder.node() + " is already running (process "
                        + state.map(known -> Long.toString(known.pid())).orElse("unknown") + ").");
        state.map(Sentences::of).ifPresent(context.out()::println);
        return ExitCode.OK;
    }

    /** The script again, in a session of its own, so that the node outlives this terminal. */
    private List<String> command(NodeConfig config) {
        List<String> command = new ArrayList<>();
        command.add(onPath("setsid") ? "setsid" : "nohup");
        command.add(context.home().resolve("bin/orderwatch").toString());
        command.add("run");
        command.add("--conf");
        command.add(options.file(context).toString());
        command.add("--node-id");
        command.add(config.node().id());
        command.add("--log-level");
        command.add(config.log().level());
        return command;
    }

    private boolean onPath(String program) {
        for (String folder : context.environment().getOrDefault("PATH", "").split(":")) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return true;
            }
        }
        return false;
    }

    private int waitUntilReady(RunFolder folder, Process process, Path output, long outputBefore)
            throws IOException, InterruptedException {
        long deadline =
                context.ticker().nanos() + Duration.ofSeconds(waitSeconds).toNanos();
        String said = "";
        while (true) {
            Optional<NodeState> state = folder.read().filter(read -> read.pid() == process.pid());
            String says = state.map(Sentences::of).orElse("");
            if (!says.isEmpty() && !says.equals(said)) {
                context.out().println(says);
                context.out().flush();
                said = says;
            }
            if (state.filter(read -> read.phase() == Phase.READY).isPresent()) {
                return ExitCode.OK;
            }
            if (!process.isAlive()) {
                // somebody else started it in the same moment
                boolean late = process.exitValue() == ExitCode.TRY_LATER && folder.running();
                return late ? alreadyRunning(folder) : ended(process, output, outputBefore);
            }
            if (context.ticker().nanos() - deadline >= 0) {
                context.err()
                        .println(folder.node() + " is not ready after " + waitSeconds
                                + " s. It stays up (process " + process.pid() + ") and keeps trying: see "
                                + state.map(read -> read.logs().resolve("system.log"))
                                        .orElse(output) + ".");
                return ExitCode.UNAVAILABLE;
            }
            Thread.sleep(LOOK_EVERY.toMillis());
        }
    }

    private int ended(Process process, Path output, long outputBefore) throws IOException {
        context.err().println("The node ended with exit code " + process.exitValue() + ". It said, in " + output + ":");
        try (RandomAccessFile file = new RandomAccessFile(output.toFile(), "r")) {
            file.seek(Math.max(outputBefore, file.length() - TAIL_BYTES));
            byte[] tail = new byte[(int) (file.length() - file.getFilePointer())];
            file.readFully(tail);
            context.err().println(new String(tail, StandardCharsets.UTF_8).stripTrailing());
        }
        return process.exitValue() == ExitCode.OK ? ExitCode.FAILED : process.exitValue();
    }
}
