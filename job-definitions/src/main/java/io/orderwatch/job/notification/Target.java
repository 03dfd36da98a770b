package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An endpoint that can be called, made by its {@link Channel}. Safe for use by many threads. */
public interface Target {

    /** The row that it was made of. */
    Endpoint endpoint();

    /**
     * Sends the message once; never again by itself.
     *
     * @param lastLook asked right before the message is written; a reason to withhold it, or null to go on
     * @param then told once what came of it, within the message's deadline; on a thread of the channel, or before this
     *     method returns
     */
    void send(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then);
}
