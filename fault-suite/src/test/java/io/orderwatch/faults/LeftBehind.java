package io.orderwatch.faults;

import java.util.HashSet;
import java.util.Set;

/** What nodes had claimed when they ended, and how much of it they had sent by then. For one thread. */
final class LeftBehind {

    private final World world;
    private final Set<Long> claimed = new HashSet<>();
    private final Set<Long> sent = new HashSet<>();
    private final Set<Long> unsent = new HashSet<>();

    LeftBehind(World world) {
        this.world = world;
    }

    /** To be asked right after the end of the node. */
    void ended(String node) {
        claimed.addAll(world.tables()
                .numbers("SELECT id FROM notifications WHERE state = 'SENDING' AND claimed_by = ?", node));
    }

    /**
     * Looks at what merchants got of it: to be asked a moment after the end, when nothing can be on its way any more,
     * and before the leases of the claims are over, as others send it again then.
     */
    void settle() {
        claimed.forEach(id -> {
            long answered = world.tables()
                    .number(
                            "SELECT COUNT(*) FROM notification_attempts WHERE notification_id = ?"
                                    + " AND (outcome = 'DELIVERED' OR http_status IS NOT NULL)",
                            id);
            // an earlier try that got no answer may have arrived or not: then nobody can know of this one
            (world.heard(id).arrivals() > answered ? sent : unsent).add(id);
        });
    }

    /** Merchants got them, or may have, and nobody wrote down what they answered. */
    Set<Long> sent() {
        return Set.copyOf(sent);
    }

    /** Of those whose claim ended with the node, what never left it. */
    Set<Long> unsent() {
        return Set.copyOf(unsent);
    }

    /** How many of those that were sent had been accepted. */
    long accepted() {
        return sent.stream().filter(id -> world.heard(id).acceptances() > 0).count();
    }
}
