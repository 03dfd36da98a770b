package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;

/** Room for requests to the endpoints of merchants that have several. Safe for use by many threads. */
interface Slots {

    /** Room without end: for whoever sends by hand, one after the other. */
    Slots UNBOUNDED = new Slots() {
        @Override
        public boolean take(Endpoint endpoint, int most) {
            return true;
        }

        @Override
        public void free(Endpoint endpoint) {}
    };

    /**
     * Takes room for one request; to be given back by {@link #free}. Does not wait.
     *
     * @param most at a time
     * @return false: it has no room now, and nothing was taken
     */
    boolean take(Endpoint endpoint, int most);

    /** Its request has ended. */
    void free(Endpoint endpoint);
}
