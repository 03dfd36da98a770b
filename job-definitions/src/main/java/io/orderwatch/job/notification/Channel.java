package io.orderwatch.job.notification;

import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A way to reach merchants. Safe for use by many threads. */
interface Channel extends AutoCloseable {

    /**
     * Sends the message once; never again by itself.
     *
     * @param lastLook asked right before the message is written; a reason to withhold it, or null to go on
     * @param then told once what came of it, within the channel's deadline; on a thread of the channel, or before this
     *     method returns
     */
    void send(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then);

    /** Gives up what is under way, and ends. */
    @Override
    void close();
}
