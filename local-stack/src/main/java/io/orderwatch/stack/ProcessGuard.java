package io.orderwatch.stack;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that processes do not outlive this one, however it ends, {@code kill -9} included.
 *
 * <p>A small shell reads the ids of the processes from a pipe that only this process holds. When the pipe ends, and
 * no sooner, the shell ends those processes: politely, and ten seconds later by force. Being told to end is not
 * enough to make the shell end: a Ctrl-C reaches it, too, and those that it watches are to be ended after us.
 */
public final class ProcessGuard implements AutoCloseable {

    private static final String SCRIPT = """
            trap '' HUP INT TERM
            guarded=
            while read -r id; do guarded="$guarded $id"; done
            for id in $guarded; do kill -TERM "$id" 2>/dev/null; done
            for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
              alive=
              for id in $guarded; do kill -0 "$id" 2>/dev/null && alive="$alive $id"; done
              guarded=$alive
              [ -n "$guarded" ] || break
              sleep 0.5
            done
            for id in $guarded; do kill -KILL "$id" 2>/dev/null; done
            [ -z "$1" ] || rm -rf -- "$1"
            exit 0
            """;
    private static final Path SETSID = Path.of("/usr/bin/setsid");

    private final Process shell;
    private final OutputStream pipe;

    private ProcessGuard(Process shell) {
        this.shell = shell;
        this.pipe = shell.getOutputStream();
    }

    /**
     * @param leftOver a folder that is deleted when the pipe has ended and the processes are gone; null: none
     * @throws StackException if there is no shell
     */
    public static ProcessGuard start(@Nullable Path leftOver) {
        try {
            return new ProcessGuard(
                    new ProcessBuilder("/bin/sh", "-c", SCRIPT, "guard", leftOver == null ? "" : leftOver.toString())
                            .redirectOutput(Redirect.DISCARD)
                            .redirectError(Redirect.DISCARD)
                            .start());
        } catch (IOException e) {
            throw new StackException("No shell can be started to watch over the servers: " + e.getMessage(), e);
        }
    }

    /**
     * Starts a process that ends with this one. It is out of the terminal's reach where the system can do that, so
     * that a Ctrl-C does not stop the servers under those who still work with them.
     */
    public Process launch(List<String> command, Path folder, Redirect output) throws IOException {
        List<String> detached = Files.isExecutable(SETSID) ? concat(SETSID.toString(), command) : command;
        Process process = new ProcessBuilder(detached)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        guard(process.pid());
        return process;
    }

    /** From now on this process ends with ours. */
    public synchronized void guard(long pid) throws IOException {
        pipe.write((pid + "\n").getBytes(StandardCharsets.US_ASCII));
        pipe.flush();
    }

    /** Ends those processes that still run, deletes the left-over folder, and waits for it: 12 s at most. */
    @Override
    public synchronized void close() {
        try {
            pipe.close();
            if (!shell.waitFor(12, TimeUnit.SECONDS)) {
                throw new StackException("The servers' guard, process " + shell.pid() + ", does not end.");
            }
        } catch (IOException e) {
            throw new StackException("The servers' guard cannot be told to end: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            // the guard goes on without us
            Thread.currentThread().interrupt();
        }
    }

    private static List<String> concat(String first, List<String> rest) {
        return Stream.concat(Stream.of(first), rest.stream()).toList();
    }
}
