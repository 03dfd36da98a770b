package io.orderwatch.node.quartz;

import java.sql.SQLException;

/** Another node took this node for gone and freed what it had reserved or was running: its trigger is not ours now. */
final class ReservationLostException extends SQLException {

    ReservationLostException(String entry) {
        super("The reservation " + entry + " was taken back");
    }

    static boolean isCause(Throwable failure) {
        return failure.getCause() instanceof ReservationLostException;
    }
}
