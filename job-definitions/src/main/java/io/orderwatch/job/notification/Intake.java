package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.DueNotification;
import io.orderwatch.dao.notification.FirstClaim;
import io.orderwatch.dao.notification.NewNotification;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Takes in notifications as they are written. Safe for use by many threads. */
public interface Intake {

    /** Whether what comes for a merchant had better be parked from the first, since it could not be told now. */
    boolean crowded(long merchantId);

    /**
     * Queues notifications that were written as due.
     *
     * @return how many were taken in; the others are found in the database later
     */
    int offer(List<DueNotification> due);

    /**
     * How many notifications had better be written next. Where delivery is busy and answers come in, or cannot have come
     * yet, it waits a moment for places, and tells how many there are: what is written beyond them is claimed in a
     * second transaction, while a change that is not yet looked at waits as safely and costs nothing. Where that takes
     * too long, all may come.
     *
     * @param most how many may come, at least 1
     * @return 1 to {@code most}
     */
    int awaitPlaces(int most);

    /** Begins to take in what one transaction writes; to be closed when the transaction has ended. */
    Reservation reserve();

    /**
     * Places for notifications that are claimed by the very statement that writes them, where their merchants can be told
     * at once: it spares the claim that would follow. For one thread.
     */
    interface Reservation extends AutoCloseable {

        /** Has no places. */
        Reservation NONE = new Reservation() {
            @Override
            public void begin() {}

            @Override
            public FirstClaim claim(String node, List<NewNotification> wanted) {
                return FirstClaim.NONE;
            }

            @Override
            public void depart(Collection<NewNotification> claimed, Map<Integer, Long> epochs) {}

            @Override
            public void close() {}
        };

        /**
         * The transaction begins, or begins anew after it lost a deadlock: before it reads any switch. Places are no part
         * of the database, so those of a run that was rolled back are given back here.
         */
        void begin();

        /** Takes places for as many of the notifications as may be sent now; right before they are written. */
        FirstClaim claim(String node, List<NewNotification> wanted);

        /**
         * The transaction is committed: what was claimed is sent.
         *
         * @param epochs by shard, that the transaction was fenced with
         */
        void depart(Collection<NewNotification> claimed, Map<Integer, Long> epochs);

        /** Gives back the places of what did not depart. */
        @Override
        void close();
    }
}
