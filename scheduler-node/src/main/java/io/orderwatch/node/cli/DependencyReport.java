package io.orderwatch.node.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a look at a server showed.
 *
 * @param name of the kind of server
 * @param address {@code host:port}
 * @param version as the server names it; empty when it cannot be reached
 * @param roundTrip time for a small question and its answer
 * @param clockDifference the server's clock minus this host's; null when the server does not tell
 * @param problem one sentence on why it cannot be used; null when it can
 */
record DependencyReport(
        String name,
        String address,
        String version,
        Duration roundTrip,
        @Nullable Duration clockDifference,
        @Nullable String problem) {

    static DependencyReport unusable(String name, String address, String problem) {
        return new DependencyReport(name, address, "", Duration.ZERO, null, problem);
    }

    boolean usable() {
        return problem == null;
    }
}
