package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;

/** A way to reach merchants. Safe for use by many threads. */
public interface Channel extends AutoCloseable {

    /**
     * Makes an endpoint ready to be called, without calling it: no server is asked anything.
     *
     * @throws IllegalArgumentException saying what is wrong with its row, without showing a secret
     */
    Target target(Endpoint endpoint);

    /** Gives up what is under way, and ends. */
    @Override
    void close();
}
