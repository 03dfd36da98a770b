package io.orderwatch.job.notification;

import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A message on its way. Whatever comes first counts, and is told once. Safe for use by many threads. */
public final class Pending {

    private final Message message;
    private final Supplier<@Nullable String> lastLook;
    private final Consumer<Reply> then;
    private final AtomicBoolean finished = new AtomicBoolean();
    private volatile boolean written;
    private volatile @Nullable Future<?> timer;

    Pending(Message message, Supplier<@Nullable String> lastLook, Consumer<Reply> then) {
        this.message = message;
        this.lastLook = lastLook;
        this.then = then;
    }

    void watchedBy(Future<?> given) {
        timer = given;
        if (finished.get()) {
            given.cancel(false);
        }
    }

    public Message message() {
        return message;
    }

    /** Whether something was told of it. */
    public boolean isFinished() {
        return finished.get();
    }

    /** To be asked right before the message is written: whether it may be. Where not, all is told already. */
    public boolean mayBeWritten() {
        if (finished.get()) {
            return false;
        }
        String objection = lastLook.get();
        if (objection != null) {
            finish(new Reply.Withheld(objection));
            return false;
        }
        written = true;
        // its deadline may have passed in between: then it counts as not written, and must not be
        return !finished.get();
    }

    /** Tells what came of it. False: something else was told before. */
    public boolean finish(Reply reply) {
        if (!finished.compareAndSet(false, true)) {
            return false;
        }
        Future<?> running = timer;
        if (running != null) {
            running.cancel(false);
        }
        then.accept(reply);
        return true;
    }

    /** As {@link #finish}: it failed, before or after it was written. */
    public boolean fail(Outcome why, String detail) {
        return finish(new Reply.Failed(why, detail, written));
    }

    void expire() {
        fail(Outcome.TIMEOUT, "No answer within " + message.within().toMillis() + " ms");
    }
}
