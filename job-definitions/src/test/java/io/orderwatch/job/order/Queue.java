package io.orderwatch.job.order;

import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.job.notification.Intake;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Remembers what is offered, and has no places. Merchants are crowded as it is told. */
final class Queue implements Intake {

    final List<DueNotification> offered = new ArrayList<>();
    final Set<Long> crowded = new HashSet<>();

    @Override
    public boolean crowded(long merchantId) {
        return crowded.contains(merchantId);
    }

    @Override
    public int offer(List<DueNotification> due) {
        offered.addAll(due);
        return due.size();
    }

    @Override
    public int awaitPlaces(int most) {
        return most;
    }

    @Override
    public Reservation reserve() {
        return Reservation.NONE;
    }
}
