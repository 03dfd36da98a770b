package io.orderwatch.faults;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Merchants of the load that can never be told, each for a reason of its own, and what must become of what they are owed:
 * it is given up for that reason, or waits as long as the merchant asked, and nobody else is the worse for it.
 */
final class Hopeless {

    /** Answers 503 and asks for a day's peace; an hour of it is granted. */
    static final long AWAY = 9;

    private static final long UNTRUSTED = 10;
    private static final long INSIDE = 11;
    private static final long NEXT_DOOR = 12;

    private static final int GRANTED_SECONDS = 3_600;
    private static final String ALL = "(%d, %d, %d, %d)".formatted(AWAY, UNTRUSTED, INSIDE, NEXT_DOOR);

    private static final String TRIES = "(SELECT COALESCE(GROUP_CONCAT(a.node, ' ', a.started_at, ' ', a.outcome, ' ',"
            + " COALESCE(a.detail, '') ORDER BY a.id SEPARATOR '; '), 'none') FROM notification_attempts a"
            + " WHERE a.notification_id = n.id)";

    private final World world;
    private final Tables tables;
    private final Strangers strangers;
    private long trustingBefore;
    private long callersBefore;

    Hopeless(World world, Strangers strangers) {
        this.world = world;
        this.tables = world.tables();
        this.strangers = strangers;
    }

    /** Where each of them is; the others are where all merchants are. */
    static Map<Long, URI> addresses(Strangers strangers) throws IOException {
        Map<Long, URI> addresses = new TreeMap<>();
        addresses.put(UNTRUSTED, strangers.untrusted(UNTRUSTED));
        addresses.put(INSIDE, strangers.inside(INSIDE));
        addresses.put(NEXT_DOOR, strangers.nextDoor(NEXT_DOOR));
        return addresses;
    }

    /** Few tries, so that nobody waits for what cannot be. Those are seen to be refused before the load is at rest. */
    static void populate(Tables tables) {
        tables.execute("UPDATE merchants SET retry_delays = '300ms,500ms' WHERE id IN " + ALL);
    }

    /** How many notifications wait as their merchant asked. */
    long waiting() {
        return tables.number("SELECT COUNT(*) FROM notifications WHERE merchant_id = ? AND state = 'READY'", AWAY);
    }

    /** What is not as it must be, a sentence each. */
    List<String> broken() {
        List<String> broken = new ArrayList<>();
        givenUpFor(broken, UNTRUSTED, "TLS");
        givenUpFor(broken, INSIDE, "BLOCKED");
        givenUpFor(broken, NEXT_DOOR, "BLOCKED");
        broken.addAll(tables.texts(
                "SELECT CONCAT('Notification ', n.id, ' waits, and its merchant was never heard to be away: ', " + TRIES
                        + ") FROM notifications n WHERE n.merchant_id = ? AND n.state = 'READY' AND NOT EXISTS (SELECT 1"
                        + " FROM notification_attempts a WHERE a.notification_id = n.id AND a.http_status = 503) LIMIT 5",
                AWAY));
        // of what a sender said in time; the tries by hand are of people who will not wait
        broken.addAll(tables.texts(
                "SELECT CONCAT('Notification ', n.id, ' was sent again before the merchant wanted to hear of it: ', "
                        + TRIES + ") FROM notifications n WHERE n.merchant_id = ? AND EXISTS (SELECT 1"
                        + " FROM notification_attempts a JOIN notification_attempts b"
                        + " ON b.notification_id = a.notification_id WHERE a.notification_id = n.id"
                        + " AND a.http_status = 503 AND a.created_at < a.started_at + INTERVAL ? * 1000 MICROSECOND"
                        + " AND b.id > a.id AND b.epoch <> 0 AND b.started_at > a.created_at"
                        + " AND b.started_at < a.started_at + INTERVAL ? SECOND) LIMIT 5",
                AWAY,
                World.CLAIMED.toMillis(),
                GRANTED_SECONDS));
        broken.addAll(tables.texts(
                "SELECT CONCAT('Notification ', n.id, ' of merchant ', n.merchant_id, ', who can be told, was given up: ', "
                        + TRIES + ") FROM notifications n WHERE n.state = 'DEAD' AND n.merchant_id NOT IN " + ALL
                        + " LIMIT 5"));
        reached(broken);
        return broken;
    }

    /**
     * All that it is owed was tried, seen to be impossible for that reason, and given up. A node that is out of
     * descriptors cannot even look the name up, in a file.
     */
    private void givenUpFor(List<String> broken, long merchant, String outcome) {
        broken.addAll(tables.texts(
                "SELECT CONCAT('Notification ', n.id, ' of merchant ', n.merchant_id, ' should have been given up for ',"
                        + " ?, ' and is ', n.state, ': ', " + TRIES + ") FROM notifications n WHERE n.merchant_id = ?"
                        + " AND (n.state <> 'DEAD' OR NOT EXISTS (SELECT 1 FROM notification_attempts a"
                        + " WHERE a.notification_id = n.id AND (a.outcome IN (?, 'DNS') OR a.detail LIKE '%Too many open files%')))"
                        + " LIMIT 5",
                outcome,
                merchant,
                outcome));
    }

    private void reached(List<String> broken) {
        long trusting = strangers.trusting();
        if (trusting > trustingBefore) {
            broken.add((trusting - trustingBefore) + " requests went to a merchant whose certificate nobody trusts");
            trustingBefore = trusting;
        }
        try {
            long callers = strangers.callers();
            if (callers > callersBefore) {
                broken.add((callers - callersBefore) + " connections went to an address that may not be called");
                callersBefore = callers;
            }
        } catch (IOException e) {
            throw new IllegalStateException("Nobody knows who was called: " + e, e);
        }
        long heard = List.of(UNTRUSTED, INSIDE, NEXT_DOOR).stream()
                .mapToLong(merchant -> world.merchant().stats(merchant).requests())
                .sum();
        if (heard > 0) {
            broken.add(heard + " requests for merchants that cannot be told went to others");
        }
    }
}
