package io.orderwatch.job.notification;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.hc.core5.concurrent.FutureCallback;
import org.apache.hc.core5.http.EntityDetails;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpResponse;
import org.apache.hc.core5.http.nio.AsyncResponseConsumer;
import org.apache.hc.core5.http.nio.CapacityChannel;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/** Reads an answer up to a limit and breaks the connection off where there is more. For one exchange. */
final class CappedBody implements AsyncResponseConsumer<Reply.Answered> {

    private static final byte[] EMPTY = {};

    private final int limit;
    private final Runnable released;
    private int status;
    private @Nullable String retryAfter;
    private byte[] body = EMPTY;
    private int length;
    private @Nullable FutureCallback<Reply.Answered> done;

    /** @param released told when the exchange is over and its connection is free for the next one */
    CappedBody(int limit, Runnable released) {
        this.limit = limit;
        this.released = released;
    }

    @Override
    public void consumeResponse(
            HttpResponse response,
            @Nullable EntityDetails entity,
            HttpContext context,
            FutureCallback<Reply.Answered> callback) {
        status = response.getCode();
        Header asked = response.getFirstHeader(HttpHeaders.RETRY_AFTER);
        retryAfter = asked == null ? null : asked.getValue();
        done = callback;
        if (entity == null) {
            callback.completed(answer(false));
        }
    }

    @Override
    public void informationResponse(HttpResponse response, HttpContext context) {
        // 1xx: the answer is still to come
    }

    @Override
    public void updateCapacity(CapacityChannel channel) throws IOException {
        channel.update(Integer.MAX_VALUE);
    }

    @Override
    public void consume(ByteBuffer source) throws IOException {
        int take = Math.min(source.remaining(), limit - length);
        if (length + take > body.length) {
            body = Arrays.copyOf(body, Math.max(length + take, Math.min(limit, body.length * 2)));
        }
        boolean more = source.remaining() > take;
        source.get(body, length, take);
        length += take;
        if (more) {
            throw new TooLargeException(answer(true));
        }
    }

    @Override
    public void streamEnd(@Nullable List<? extends Header> trailers) {
        if (done != null) {
            done.completed(answer(false));
        }
    }

    private Reply.Answered answer(boolean tooLarge) {
        return new Reply.Answered(
                status, length == body.length ? body : Arrays.copyOf(body, length), tooLarge, retryAfter);
    }

    @Override
    public void failed(Exception cause) {
        // the exchange tells its own caller
    }

    @Override
    public void releaseResources() {
        released.run();
    }

    /** Carries what was read out of a connection that is to be closed. */
    static final class TooLargeException extends IOException {

        private static final long serialVersionUID = 1L;
        private final transient Reply.Answered answer;

        TooLargeException(Reply.Answered answer) {
            super("The answer is larger than " + answer.body().length + " bytes");
            this.answer = answer;
        }

        Reply.Answered answer() {
            return answer;
        }
    }
}
