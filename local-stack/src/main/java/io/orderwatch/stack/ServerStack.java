package io.orderwatch.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What all stacks have in common: everything but how the servers come and go. */
abstract class ServerStack implements Stack {

    private final Servers servers;

    ServerStack(Servers servers) {
        this.servers = servers;
    }

    @Override
    public final String jdbcUrl(String schema) {
        return servers.jdbcUrl(schema);
    }

    @Override
    public final String user() {
        return servers.user();
    }

    @Override
    public final String password() {
        return servers.password();
    }

    @Override
    public final String redisUri() {
        return servers.redisUri();
    }

    @Override
    public final String zookeeperConnect() {
        return servers.zookeeperConnect();
    }

    @Override
    public final String newSchema(String prefix) {
        return servers.newSchema(prefix);
    }

    @Override
    public final void dropSchema(String schema) {
        servers.dropSchema(schema);
    }

    @Override
    public final String sqlClient(String schema) {
        return servers.sqlClient(schema);
    }

    @Override
    public final Map<String, String> versions() {
        return servers.versions();
    }

    /**
     * For this run's data: the guard of one that was ended a moment ago may still be deleting that one's. What a power
     * failure leaves behind stays.
     */
    static Path ownFolder(Path folder) {
        try {
            return Files.createTempDirectory(Files.createDirectories(folder), "data-");
        } catch (IOException e) {
            throw new StackException("No folder can be made in " + folder + ": " + e.getMessage(), e);
        }
    }
}
