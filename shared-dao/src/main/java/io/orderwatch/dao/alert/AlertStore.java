package io.orderwatch.dao.alert;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.Tx;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * Incidents and what people are told of them. Several nodes may look at once: an incident is open once, people are told
 * once an interval, and a message is sent by whoever claimed it. Stateless.
 */
public final class AlertStore {

    private static final int TITLE = 255;
    private static final int MESSAGE = 2000;
    private static final int SUBJECT = 128;
    private static final int ERROR = 255;

    /** All incidents that last. */
    public List<Incident> open(Tx tx) {
        return tx.mapper(AlertMapper.class).open();
    }

    /**
     * Opens an incident, unless it is open.
     *
     * @param quiet whether people who were told of the last one like it a short while ago are not told of this one
     *     before that while is over
     * @return false when another node was faster
     */
    public boolean open(Tx tx, NewIncident incident, boolean quiet) {
        NewIncident fitting = new NewIncident(
                incident.name(),
                cut(incident.subject(), SUBJECT),
                incident.severity(),
                cut(incident.title(), TITLE),
                cut(incident.message(), MESSAGE));
        return tx.mapper(AlertMapper.class).insert(fitting, quiet) == 1;
    }

    /** Closes an incident. False: another node was faster. */
    public boolean close(Tx tx, long id) {
        return tx.mapper(AlertMapper.class).close(id) == 1;
    }

    /**
     * Those of the incidents that people are to be told of now. They stay locked until the transaction ends, so whoever
     * asks at the same moment waits, and is given none of them.
     *
     * @param hold an incident that has not lasted so long is kept quiet
     * @param repeat time between two messages
     */
    public Set<Long> lockDue(Tx tx, Collection<Long> ids, Duration hold, Duration repeat) {
        return ids.isEmpty()
                ? Set.of()
                : tx.mapper(AlertMapper.class).lockDue(new Ids(ids), hold.toMillis(), repeat.toMillis());
    }

    /** Records that people are told of an incident now; to be called in the transaction of {@link #lockDue}. */
    public void noticed(Tx tx, long id, String title, String message) {
        tx.mapper(AlertMapper.class).noticed(id, cut(title, TITLE), cut(message, MESSAGE));
    }

    /** Queues a message for each of the channels. */
    public void queue(Tx tx, NewNotice notice, Collection<String> channels) {
        NewNotice fitting = new NewNotice(
                notice.alertId(),
                notice.stage(),
                notice.name(),
                cut(notice.subject(), SUBJECT),
                notice.severity(),
                cut(notice.title(), TITLE),
                cut(notice.message(), MESSAGE));
        for (String channel : channels) {
            tx.mapper(AlertMapper.class).insertNotice(fitting, channel);
        }
    }

    /**
     * Takes messages that are due, those of senders that died too.
     *
     * @param token proof of the claim, to be given with the result
     * @param lease whoever has not reported until then counts as dead
     */
    public List<Notice> claim(Tx tx, String channel, long token, Duration lease, int limit) {
        AlertMapper mapper = tx.mapper(AlertMapper.class);
        List<Long> ids = mapper.lockNotices(channel, limit);
        if (ids.isEmpty()) {
            return List.of();
        }
        mapper.claim(new Ids(ids), token, lease.toMillis());
        return mapper.notices(new Ids(ids));
    }

    /** False: the claim has passed to somebody else. */
    public boolean sent(Tx tx, long id, long token) {
        return tx.mapper(AlertMapper.class).sent(id, token) == 1;
    }

    /** The message is due again in a while. False: the claim has passed to somebody else. */
    public boolean failed(Tx tx, long id, long token, String error, Duration in) {
        return tx.mapper(AlertMapper.class).failed(id, token, cut(error, ERROR), in.toMillis()) == 1;
    }

    /** The message is not tried again. False: the claim has passed to somebody else. */
    public boolean giveUp(Tx tx, long id, long token, String error) {
        return tx.mapper(AlertMapper.class).givenUp(id, token, cut(error, ERROR)) == 1;
    }

    private static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most);
    }
}
