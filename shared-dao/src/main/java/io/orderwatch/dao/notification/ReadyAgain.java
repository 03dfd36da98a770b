package io.orderwatch.dao.notification;

import io.orderwatch.dao.ColumnsInOrder;

@ColumnsInOrder
record ReadyAgain(long id, long claimToken, int attempts) {

    /** Whether it stands as the result would have it stand: then this very write was committed before, unheard. */
    boolean is(AttemptResult result) {
        boolean counted = result.next() instanceof Next.Release
                || result.next() instanceof Next.Park
                || attempts >= result.attempt();
        return id == result.notificationId() && claimToken == result.claimToken() && counted;
    }
}
