package io.orderwatch.job;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * What happened to each user's orders, one line an event. The logging configuration routes it by the MDC key
 * {@code userId} to a file per user.
 */
public final class UserLog {

    /** MDC key that carries the user's id. */
    public static final String USER_ID = "userId";

    private static final Logger LOG = LoggerFactory.getLogger("orderwatch.user");

    /** Writes a line to the user's log; {@code format} as SLF4J has it. */
    public void log(long userId, String format, Object... arguments) {
        try (MDC.MDCCloseable ignored = MDC.putCloseable(USER_ID, Long.toString(userId))) {
            LOG.info(format, arguments);
        }
    }
}
