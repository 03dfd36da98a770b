package io.orderwatch.stack;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import redis.embedded.core.ExecutableProvider;

/** A Redis server of our own that keeps nothing: Orderwatch must not need it to. */
final class Redis implements ServerProcess.Program {

    /** Names the folder of the unpacked program; the library has no method that tells it. */
    private static final String PROGRAM = "redis-server-6.2.6";

    private final Path program;

    private Redis(Path program) {
        this.program = program;
    }

    /** @param folder where the log goes; returns when the server answers */
    static ServerProcess start(Path folder, ProcessGuard guard) {
        Path program = Unpacked.ofThisUser()
                .program(PROGRAM, into -> ExecutableProvider.newJarResourceProvider(into.toFile())
                        .get()
                        .toPath());
        return ServerProcess.start(new Redis(program), folder, folder.resolve("redis.log"), guard);
    }

    @Override
    public String name() {
        return "Redis";
    }

    @Override
    public Duration startsWithin() {
        return Duration.ofSeconds(20);
    }

    @Override
    public List<String> command(int port) {
        return List.of(
                program.toString(),
                "--port",
                Integer.toString(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no");
    }

    @Override
    public boolean answers(int port) {
        return Servers.isOpen(Servers.loopback(port));
    }
}
