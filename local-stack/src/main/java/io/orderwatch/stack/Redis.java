package io.orderwatch.stack;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import redis.embedded.core.ExecutableProvider;

/** A Redis server of our own that keeps nothing: Orderwatch must not need it to. */
final class Redis {

    /** Names the folder of the unpacked program; the library has no method that tells it. */
    private static final String PROGRAM = "redis-server-6.2.6";

    private static final int TRIES = 3;
    private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final Process process;
    private final int port;

    private Redis(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /** @param folder where the log goes; returns when the server answers */
    static Redis start(Path folder, ProcessGuard guard) {
        Path program = Unpacked.ofThisUser()
                .program(PROGRAM, into -> ExecutableProvider.newJarResourceProvider(into.toFile())
                        .get()
                        .toPath());
        Path log = folder.resolve("redis.log");
        try {
            for (int attempt = 1; ; attempt++) {
                int port = Servers.freePort();
                Process process = guard.launch(
                        List.of(
                                program.toString(),
                                "--port",
                                Integer.toString(port),
                                "--bind",
                                "127.0.0.1",
                                "--save",
                                "",
                                "--appendonly",
                                "no"),
                        folder,
                        Redirect.appendTo(log.toFile()));
                if (answers(process, port)) {
                    return new Redis(process, port);
                }
                process.destroyForcibly();
                if (attempt == TRIES) {
                    throw new StackException("Redis does not start on port " + port + "; its log is " + log + ".");
                }
            }
        } catch (IOException e) {
            throw new StackException("Redis cannot be started in " + folder + ": " + e.getMessage(), e);
        }
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    private static boolean answers(Process process, int port) {
        long deadline = System.nanoTime() + START_TIMEOUT_NANOS;
        while (process.isAlive() && System.nanoTime() - deadline < 0) {
            if (Servers.isOpen(Servers.loopback(port))) {
                return true;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return false;
    }
}
