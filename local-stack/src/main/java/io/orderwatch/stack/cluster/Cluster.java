package io.orderwatch.stack.cluster;

import io.orderwatch.stack.ProcessGuard;
import io.orderwatch.stack.Signal;
import io.orderwatch.stack.Stack;
import io.orderwatch.stack.StackException;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The nodes, started and stopped by the same scripts as anywhere else. They end with this process, however it ends. All
 * failures are {@link StackException}s. Used by one thread at a time, but for {@link #dead()}.
 */
public final class Cluster implements AutoCloseable {

    private static final int READY_WITHIN_SECONDS = 120;
    /** What the script says of a node that is not ready yet. */
    private static final String STAYS_UP = "It stays up";

    private static final int LAUNCHED_WITHIN_SECONDS = 5;
    private static final int STOPPED_WITHIN_SECONDS = 45;
    private static final int MIGRATED_WITHIN_SECONDS = 120;
    private static final int SCRIPT_WITHIN_SECONDS = 90;
    private static final int KILLED_WITHIN_SECONDS = 10;
    private static final int POLL_MILLIS = 100;
    private static final int DYING_MILLIS = 2;

    private final ClusterSettings settings;
    private final ProcessGuard guard;
    private final List<Node> nodes = new ArrayList<>();
    /** The process that each node has or had last; a handle never passes over to a later process of the same number. */
    private final Map<String, ProcessHandle> processes = new ConcurrentHashMap<>();

    /** Writes the configuration; starts nothing yet. */
    public Cluster(ClusterSettings settings, Stack stack, String schema) {
        this(settings, node -> Reach.of(stack, schema));
    }

    /**
     * Writes the configuration; starts nothing yet.
     *
     * @param reach of each node, by its id
     */
    public Cluster(ClusterSettings settings, Function<String, Reach> reach) {
        this.settings = settings;
        for (int number = 1; number <= settings.nodes(); number++) {
            String id = "node-" + number;
            Node node = new Node(id, settings.conf(id), freePort(), reach.apply(id));
            write(node);
            this.nodes.add(node);
        }
        this.guard = ProcessGuard.start(null);
    }

    /**
     * Applies the schema.
     *
     * @param stopped asked many times a second; when true this returns at once
     */
    public void migrate(BooleanSupplier stopped) {
        Path log = settings.logs().resolve("migrate.log");
        Process process = script(
                log, Map.of(), "migrate.sh", "--conf", nodes.get(0).conf().toString());
        await(List.of(process), MIGRATED_WITHIN_SECONDS, stopped);
        if (!stopped.getAsBoolean() && process.exitValue() != 0) {
            throw new StackException("bin/migrate.sh failed with exit code " + process.exitValue() + ": " + end(log));
        }
    }

    /**
     * Starts all nodes at once and waits until they are ready.
     *
     * @param stopped asked many times a second; when true this returns at once
     */
    public void start(BooleanSupplier stopped) {
        start(nodes, stopped);
    }

    /** Starts one node and waits until it is ready. */
    public void start(String id) {
        start(List.of(node(id)), () -> false);
    }

    /** Starts some nodes at once and waits until they are ready. */
    public void start(Collection<String> ids) {
        start(ids.stream().map(this::node).toList(), () -> false);
    }

    /** Starts one node, which need not get ready: what it needs may be away. Returns when its process is known. */
    public void launch(String id) {
        Process script = script(node(id), "start.sh", "--wait", LAUNCHED_WITHIN_SECONDS);
        await(List.of(script), READY_WITHIN_SECONDS, () -> false);
        // on a busy machine the script is through before the node has told its process id
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_WITHIN_SECONDS);
        while (!alive(id)
                && end(settings.scriptLog(id)).contains(STAYS_UP)
                && System.nanoTime() - deadline < 0
                && pause()) {
            guardNewOnes();
        }
        if (!alive(id)) {
            throw new StackException(id + " does not start: " + end(settings.scriptLog(id)));
        }
    }

    private void start(List<Node> some, BooleanSupplier stopped) {
        List<Process> scripts = some.stream()
                .map(node -> script(node, "start.sh", "--wait", READY_WITHIN_SECONDS))
                .toList();
        await(scripts, READY_WITHIN_SECONDS + 10, stopped);
        if (stopped.getAsBoolean()) {
            return;
        }
        for (int i = 0; i < some.size(); i++) {
            if (scripts.get(i).exitValue() != 0) {
                String id = some.get(i).id();
                throw new StackException(
                        id + " does not get ready (exit code " + scripts.get(i).exitValue() + "): "
                                + end(settings.scriptLog(id)) + " Its logs are in " + settings.logs(id) + ".");
            }
        }
    }

    /** Has one node finish what is in flight and hand its shards over, and waits for its end. */
    public void stop(String id) {
        Process script = script(node(id), "stop.sh", "--timeout", STOPPED_WITHIN_SECONDS);
        await(List.of(script), STOPPED_WITHIN_SECONDS + 10, () -> false);
        if (script.exitValue() != 0) {
            throw new StackException(id + " does not stop (exit code " + script.exitValue() + "): "
                    + end(settings.scriptLog(id)) + " Its logs are in " + settings.logs(id) + ".");
        }
    }

    /** Runs another script for a node, and returns its exit code; what it says is in the node's scripts' log. */
    public int run(String id, String name, String... arguments) {
        Node node = node(id);
        List<String> all = new ArrayList<>(
                List.of("--node-id", node.id(), "--conf", node.conf().toString()));
        all.addAll(Arrays.asList(arguments));
        Process script = script(settings.scriptLog(id), node.reach().environment(), name, all.toArray(String[]::new));
        await(List.of(script), SCRIPT_WITHIN_SECONDS, () -> false);
        return script.exitValue();
    }

    /** What a node says of itself at this moment, in its state file. */
    public Said said(String id) {
        try {
            List<String> lines = Files.readAllLines(settings.run().resolve(id + ".state"));
            return new Said(values(lines, "state=").stream().findFirst().orElse(""), values(lines, "reason="));
        } catch (IOException notYet) {
            return new Said("", List.of());
        }
    }

    private static List<String> values(List<String> lines, String key) {
        return lines.stream()
                .filter(line -> line.startsWith(key))
                .map(line -> line.substring(key.length()))
                .toList();
    }

    /** Where a node's log files go. */
    public Path logs(String id) {
        return settings.logs(id);
    }

    /** As {@code kill -9} does; returns when the process is gone. */
    public void kill(String id) {
        ProcessHandle process = started(id);
        process.destroyForcibly();
        // its future is no help: of a process that is not our child it looks only now and then
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(KILLED_WITHIN_SECONDS);
        while (process.isAlive()) {
            if (System.nanoTime() - deadline > 0) {
                throw new StackException("Process " + process.pid() + " of " + id + " outlives its killing.");
            }
            if (!pause(DYING_MILLIS)) {
                return;
            }
        }
    }

    /** It keeps its memory, its connections and its locks, and does nothing. */
    public void freeze(String id) {
        Signal.STOP.send(pid(id));
    }

    public void thaw(String id) {
        Signal.CONT.send(pid(id));
    }

    /** Of the process that the node has, or had last. */
    public long pid(String id) {
        return started(id).pid();
    }

    private ProcessHandle started(String id) {
        ProcessHandle process = processes.get(id);
        if (process == null) {
            throw new StackException(id + " was never started.");
        }
        return process;
    }

    public List<String> ids() {
        return nodes.stream().map(Node::id).toList();
    }

    /** The configuration file of a node, for the scripts' {@code --conf}. */
    public Path conf(String id) {
        return node(id).conf();
    }

    /** Where stock JMX clients find a node: {@code host:port}. */
    public String jmxAddress(String id) {
        return "127.0.0.1:" + node(id).jmxPort();
    }

    /** A line for each node. */
    public List<String> jmxAddresses() {
        return nodes.stream()
                .map(node -> node.id() + "  127.0.0.1:" + node.jmxPort())
                .toList();
    }

    /** The nodes whose process is gone. */
    public List<String> dead() {
        return nodes.stream().map(Node::id).filter(id -> !alive(id)).toList();
    }

    private boolean alive(String id) {
        ProcessHandle process = processes.get(id);
        return process != null && process.isAlive();
    }

    /** Stops all nodes at once: they finish what is in flight. What does not end is killed. */
    @Override
    public void close() {
        List<Process> scripts = nodes.stream()
                .filter(node -> alive(node.id()))
                .map(node -> script(node, "stop.sh", "--timeout", STOPPED_WITHIN_SECONDS))
                .toList();
        await(scripts, STOPPED_WITHIN_SECONDS + 10, () -> false);
        guard.close();
    }

    /** Waits for the scripts; what is not through in time is ended. */
    private void await(List<Process> scripts, int seconds, BooleanSupplier stopped) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (scripts.stream().anyMatch(Process::isAlive)) {
            guardNewOnes();
            if (stopped.getAsBoolean() || System.nanoTime() - deadline > 0 || !pause()) {
                end(scripts);
                break;
            }
        }
        guardNewOnes();
    }

    private static void end(List<Process> scripts) {
        scripts.forEach(Process::destroy);
        for (Process script : scripts) {
            try {
                if (!script.waitFor(KILLED_WITHIN_SECONDS, TimeUnit.SECONDS)) {
                    script.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A node counts as soon as it has told its process id, ready or not. */
    private void guardNewOnes() {
        for (Node node : nodes) {
            process(node.id()).ifPresent(process -> {
                if (!process.equals(processes.put(node.id(), process))) {
                    try {
                        guard.guard(process.pid());
                    } catch (IOException e) {
                        throw new StackException("Nobody watches over " + node.id() + ": " + e, e);
                    }
                }
            });
        }
    }

    private Optional<ProcessHandle> process(String node) {
        Path file = settings.run().resolve(node + ".pid");
        try {
            long pid = Long.parseLong(Files.readString(file).strip());
            @Nullable ProcessHandle known = processes.get(node);
            // a file that was left behind names a process that is gone, or by now somebody else's
            return known != null && known.pid() == pid ? Optional.empty() : ProcessHandle.of(pid);
        } catch (IOException | NumberFormatException notYet) {
            return Optional.empty();
        }
    }

    private Node node(String id) {
        return nodes.stream()
                .filter(node -> node.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("There is no node " + id));
    }

    private Process script(Node node, String name, String bound, int seconds) {
        return script(
                settings.scriptLog(node.id()),
                node.reach().environment(),
                name,
                "--node-id",
                node.id(),
                "--conf",
                node.conf().toString(),
                bound,
                Integer.toString(seconds));
    }

    private Process script(Path log, Map<String, String> more, String name, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(settings.home().resolve("bin").resolve(name).toString());
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(settings.home().toFile())
                .redirectErrorStream(true)
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(Redirect.appendTo(log.toFile()));
        // what is meant for another installation is not meant for us
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(key -> key.startsWith("ORDERWATCH_") && !key.startsWith("ORDERWATCH_JAVA"));
        environment.putAll(more);
        try {
            return builder.start();
        } catch (IOException e) {
            throw new StackException("bin/" + name + " cannot be run: " + e.getMessage(), e);
        }
    }

    private void write(Node node) {
        Reach reach = node.reach();
        String conf = """
                # Written for a cluster on this machine
                cluster.name = %s
                node {
                  id = %s
                  logs = "%s"
                  run = "%s"
                }
                mysql {
                  url = "%s"
                  user = "%s"
                  password = "%s"
                }
                redis.uri = "%s"
                zookeeper {
                  connect = "%s"
                  session-timeout = 2 s
                }
                schema {
                  migrate = false
                  shards = %d
                }
                # the merchant of the demo and of tests answers on loopback
                delivery.allowed-addresses = "127.0.0.0/8, ::1"
                jmx.port = %d
                %s
                """.formatted(
                        settings.name(),
                        node.id(),
                        settings.logs(node.id()),
                        settings.run(),
                        reach.jdbcUrl(),
                        reach.user(),
                        reach.password(),
                        reach.redisUri(),
                        reach.zookeeper(),
                        ClusterSettings.SHARDS,
                        node.jmxPort(),
                        settings.more());
        try {
            Files.createDirectories(settings.logs());
            Files.writeString(node.conf(), conf);
        } catch (IOException e) {
            throw new StackException("The configuration of " + node.id() + " cannot be written: " + e, e);
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new StackException("No free port can be had on the loopback address: " + e, e);
        }
    }

    private static String end(Path log) {
        try {
            List<String> lines = Files.readAllLines(log);
            return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
        } catch (IOException e) {
            return "(" + log + " cannot be read)";
        }
    }

    private static boolean pause() {
        return pause(POLL_MILLIS);
    }

    private static boolean pause(int millis) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private record Node(String id, Path conf, int jmxPort, Reach reach) {}
}
