package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.FirstClaim;
import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.job.KillPoints;
import io.orderwatch.job.KillPoints.Place;
import io.orderwatch.job.Ticker;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Places in the lanes of merchants. */
final class LaneReservation implements Intake.Reservation {

    private final Lanes lanes;
    private final Consumer<Boarding> departures;
    private final long token;
    private final Duration lease;
    private final Ticker ticker;
    private final KillPoints killPoints;
    private List<DueNotification> places = List.of();
    private long readAt;
    private long claimedAt;

    /** @param departures told of what is to be sent; it then has the places */
    LaneReservation(
            Lanes lanes,
            Consumer<Boarding> departures,
            long token,
            Duration lease,
            Ticker ticker,
            KillPoints killPoints) {
        this.lanes = lanes;
        this.departures = departures;
        this.token = token;
        this.lease = lease;
        this.ticker = ticker;
        this.killPoints = killPoints;
        this.readAt = ticker.nanos();
    }

    @Override
    public void begin() {
        close();
        readAt = ticker.nanos();
        killPoints.pass(Place.BEFORE_FENCE);
    }

    @Override
    public FirstClaim claim(String node, List<NewNotification> wanted) {
        close();
        places = lanes.board(wanted.stream().map(NewNotification::due).toList());
        // before the statement that writes them, so that our idea of the lease ends before the database's
        claimedAt = ticker.nanos();
        return new FirstClaim(places.stream().map(DueNotification::id).collect(Collectors.toSet()), node, token, lease);
    }

    @Override
    public void depart(Collection<NewNotification> claimed, Map<Integer, Long> epochs) {
        Set<Long> ids = claimed.stream().map(NewNotification::id).collect(Collectors.toSet());
        lanes.leave(places.stream().filter(one -> !ids.contains(one.id())).toList());
        places = List.of();
        if (!claimed.isEmpty()) {
            killPoints.pass(Place.AFTER_CLAIM_AT_BIRTH);
            departures.accept(new Boarding(List.copyOf(claimed), token, epochs, readAt, claimedAt));
        }
    }

    @Override
    public void close() {
        lanes.leave(places);
        places = List.of();
    }
}
