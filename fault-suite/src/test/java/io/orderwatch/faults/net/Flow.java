package io.orderwatch.faults.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What comes from one end of a connection and goes to the other, in order. Lives on the link's one thread. */
final class Flow extends ChannelInboundHandlerAdapter {

    /** More is left in the sender's buffers. */
    private static final int MOST_BYTES = 4 << 20;

    private final Link link;
    private final Direction direction;
    private final Deque<Piece> pieces = new ArrayDeque<>();
    private @Nullable Channel from;
    private @Nullable Channel to;
    private int bytes;
    private long lastArrival;

    /** @param content null: the end */
    private record Piece(long arrival, @Nullable ByteBuf content) {}

    Flow(Link link, Direction direction) {
        this.link = link;
        this.direction = direction;
    }

    void to(Channel channel) {
        to = channel;
        drain();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        from = context.channel();
        lastArrival = System.nanoTime();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf content = (ByteBuf) message;
        bytes += content.readableBytes();
        add(content, content.readableBytes());
        if (bytes > MOST_BYTES) {
            context.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        add(null, 0);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        // an end that tears its connection down; the other end is told when that may arrive
        context.close();
    }

    private void add(@Nullable ByteBuf content, int size) {
        Weather weather = link.weather();
        if (!weather.fair()) {
            link.bit();
        }
        lastArrival = weather.arrival(System.nanoTime(), lastArrival, size);
        pieces.add(new Piece(lastArrival, content));
        drain();
    }

    /** Passes on what may arrive by now. */
    void drain() {
        boolean written = false;
        while (to != null && !pieces.isEmpty() && !link.weather().held().contains(direction)) {
            Piece piece = pieces.peek();
            long wait = link.weather().fair() ? 0 : piece.arrival() - System.nanoTime();
            if (wait > 0) {
                to.eventLoop().schedule(this::drain, wait, TimeUnit.NANOSECONDS);
                break;
            }
            pieces.remove();
            if (piece.content() == null) {
                to.flush();
                to.close();
                return;
            }
            bytes -= piece.content().readableBytes();
            to.write(piece.content());
            written = true;
        }
        if (written) {
            to.flush();
        }
        if (from != null && bytes <= MOST_BYTES && !from.config().isAutoRead()) {
            from.config().setAutoRead(true);
        }
    }

    void discard() {
        pieces.forEach(piece -> {
            if (piece.content() != null) {
                piece.content().release();
            }
        });
        pieces.clear();
    }
}
