package io.orderwatch.stack;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A server in a process of its own on a port of the loopback address. It can be killed, frozen, and started again in
 * its place: the same port, the same data. It ends with this process, however that ends. All failures are
 * {@link StackException}s. Used by one thread at a time, but for {@link #alive}.
 */
public final class ServerProcess {

    /** A taken port makes a server end at once; another one is tried then. */
    private static final int TRIES = 3;

    private static final int KILLED_WITHIN_SECONDS = 10;
    private static final int POLL_MILLIS = 20;
    private static final int ANSWER_TIMEOUT_MILLIS = 10_000;

    /** What is run. */
    interface Program {

        String name();

        Duration startsWithin();

        /** Called for each start. */
        List<String> command(int port) throws IOException;

        boolean answers(int port);
    }

    private final Program program;
    private final Path folder;
    private final Path log;
    private final ProcessGuard guard;
    private final int port;
    private volatile Process process;

    private ServerProcess(Program program, Path folder, Path log, ProcessGuard guard, int port, Process process) {
        this.program = program;
        this.folder = folder;
        this.log = log;
        this.guard = guard;
        this.port = port;
        this.process = process;
    }

    /**
     * Starts it on a free port and returns when it answers.
     *
     * @param folder its working folder
     */
    static ServerProcess start(Program program, Path folder, Path log, ProcessGuard guard) {
        for (int attempt = 1; ; attempt++) {
            int port = Servers.freePort();
            Process process = launch(program, folder, log, guard, port);
            if (answers(program, process, port)) {
                return new ServerProcess(program, folder, log, guard, port, process);
            }
            process.destroyForcibly();
            if (attempt == TRIES) {
                throw doesNotStart(program, log, port);
            }
        }
    }

    /**
     * Starts it on a port that others have been told already; does not wait for an answer, which may need the others.
     */
    static ServerProcess launched(Program program, Path folder, Path log, ProcessGuard guard, int port) {
        return new ServerProcess(program, folder, log, guard, port, launch(program, folder, log, guard, port));
    }

    public String name() {
        return program.name();
    }

    public int port() {
        return port;
    }

    /** Of the process that runs, or ran last. */
    public long pid() {
        return process.pid();
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** As {@code kill -9} does; returns when the process is gone. */
    public void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(KILLED_WITHIN_SECONDS, TimeUnit.SECONDS)) {
                throw new StackException(name() + ", process " + pid() + ", outlives its killing.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackException("Interrupted while " + name() + " was killed.", e);
        }
    }

    /** It keeps its port, its connections and its locks, and does nothing. */
    public void freeze() {
        Signal.STOP.send(pid());
    }

    public void thaw() {
        Signal.CONT.send(pid());
    }

    /** Deletes all that it kept in its working folder. It does not run. */
    public void forget() {
        if (alive()) {
            throw new StackException(name() + " runs: it cannot be made to forget.");
        }
        Unpacked.delete(folder);
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new StackException("The folder " + folder + " cannot be made again: " + e.getMessage(), e);
        }
    }

    /** Says a line to it and waits for the beginning of its answer: for servers that take commands as text, as Redis does. */
    public void say(String line) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(ANSWER_TIMEOUT_MILLIS);
            socket.getOutputStream().write((line + "\r\n").getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().read();
        } catch (IOException e) {
            throw new StackException(name() + " cannot be told " + line + ": " + e.getMessage(), e);
        }
    }

    /** Starts it again where it was, on its data; does not wait for an answer. Nothing happens while it runs. */
    public void launchAgain() {
        if (!alive()) {
            process = launch(program, folder, log, guard, port);
        }
    }

    /** Returns when it answers. */
    public void awaitAnswer() {
        if (!answers(program, process, port)) {
            throw doesNotStart(program, log, port);
        }
    }

    private static Process launch(Program program, Path folder, Path log, ProcessGuard guard, int port) {
        try {
            return guard.launch(program.command(port), folder, Redirect.appendTo(log.toFile()));
        } catch (IOException e) {
            throw new StackException(program.name() + " cannot be started in " + folder + ": " + e.getMessage(), e);
        }
    }

    private static boolean answers(Program program, Process process, int port) {
        long deadline = System.nanoTime() + program.startsWithin().toNanos();
        while (process.isAlive() && System.nanoTime() - deadline < 0) {
            if (program.answers(port)) {
                return true;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }

    private static StackException doesNotStart(Program program, Path log, int port) {
        return new StackException(program.name() + " does not start on port " + port + "; its log is " + log
                + " and ends with: " + lastLines(log));
    }

    static String lastLines(Path log) {
        try {
            List<String> lines = Files.exists(log) ? Files.readAllLines(log) : List.of();
            return String.join(" | ", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
        } catch (IOException e) {
            return "(it cannot be read: " + e.getMessage() + ")";
        }
    }
}
