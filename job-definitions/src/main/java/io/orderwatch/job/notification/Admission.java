package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;

/** Decides how many requests an endpoint may get at a time from this node. Safe for use by many threads. */
interface Admission {

    /** At least 1: an operator stops a merchant by its status. */
    int limit(Endpoint endpoint);

    /** What the endpoint's row says. */
    static Admission byRow() {
        return Gate::cap;
    }
}
