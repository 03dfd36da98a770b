package io.orderwatch.job.order;

import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.job.notification.Intake;
import java.util.ArrayList;
import java.util.List;

/** Remembers what is offered, and has no places. */
final class Queue implements Intake {

    final List<DueNotification> offered = new ArrayList<>();

    @Override
    public boolean crowded(long merchantId) {
        return false;
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
