package io.orderwatch.node.jmx;

/** What an operator may do to the breakers of merchants' endpoints, through any node. */
public interface BreakersMXBean {

    /**
     * Closes the breakers of all of a merchant's endpoints, for the whole cluster; once a minute. Leaves rows in
     * {@code audit_log} and {@code breaker_changes}.
     *
     * @return a sentence for each endpoint
     */
    String reset(long merchantId);
}
