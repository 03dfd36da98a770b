package io.orderwatch.stack.merchant;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Treats each request as the merchant whose path it has was told to. */
@Sharable
final class Requests extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final Logger log = LoggerFactory.getLogger(Requests.class);

    private static final String MERCHANT_PATH = "/m/";
    private static final String ID_PREFIX = "ow_";
    private static final ByteBuf SUCCESS =
            Unpooled.unreleasableBuffer(Unpooled.copiedBuffer("success", StandardCharsets.US_ASCII));
    private static final int ENDLESS_CHUNK_BYTES = 4_096;

    private final Records records;
    private final Signatures signatures;
    private final InstantSource clock;
    private final Merchant.Listener listener;

    Requests(Records records, Signatures signatures, InstantSource clock, Merchant.Listener listener) {
        this.records = records;
        this.signatures = signatures;
        this.clock = clock;
        this.listener = listener;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        String path = request.uri();
        if (path.startsWith(MERCHANT_PATH)) {
            OptionalLong merchant = number(path.substring(MERCHANT_PATH.length()));
            if (merchant.isPresent() && request.method().equals(HttpMethod.POST)) {
                notification(context, request, merchant.getAsLong());
            } else {
                records.all.rejected.increment();
                answer(context, request, HttpResponseStatus.NOT_FOUND, "no such merchant");
            }
        } else {
            control(context, request, path);
        }
    }

    private void notification(ChannelHandlerContext context, FullHttpRequest request, long merchant) {
        Counters counters = records.counters(merchant);
        String publicId = request.headers().get("webhook-id");
        boolean signed = signatures.isValid(
                merchant,
                publicId,
                request.headers().get("webhook-timestamp"),
                request.headers().get("webhook-signature"),
                request.content());
        OptionalLong id = publicId != null && publicId.startsWith(ID_PREFIX)
                ? number(publicId.substring(ID_PREFIX.length()))
                : OptionalLong.empty();
        if (!signed || id.isEmpty()) {
            records.all.rejected.increment();
            counters.rejected.increment();
            answer(context, request, signed ? HttpResponseStatus.BAD_REQUEST : HttpResponseStatus.UNAUTHORIZED, "");
            return;
        }
        records.all.requests.increment();
        counters.requests.increment();
        if (records.deliveries.arrived(id.getAsLong())) {
            records.all.duplicated.increment();
            counters.duplicated.increment();
        }
        treat(context, request, new Message(id.getAsLong(), counters), records.behaviour(merchant));
    }

    private void treat(ChannelHandlerContext context, FullHttpRequest request, Message message, Behaviour behaviour) {
        boolean asTold =
                behaviour.fraction() >= 1 || ThreadLocalRandom.current().nextDouble() < behaviour.fraction();
        switch (asTold ? behaviour.kind() : Behaviour.Kind.OK) {
            case OK -> accept(context, HttpUtil.isKeepAlive(request), message);
            case FAIL -> answer(context, request, HttpResponseStatus.valueOf(behaviour.number()), "not now");
            case AWAY -> {
                FullHttpResponse response = response(HttpResponseStatus.SERVICE_UNAVAILABLE, "not now");
                response.headers().setInt(HttpHeaderNames.RETRY_AFTER, behaviour.number());
                send(context, HttpUtil.isKeepAlive(request), response);
            }
            case HANG -> log.debug("Notification {} gets no answer.", message.id());
            case SLOW -> {
                boolean keepAlive = HttpUtil.isKeepAlive(request);
                context.executor()
                        .schedule(() -> accept(context, keepAlive, message), behaviour.number(), TimeUnit.MILLISECONDS);
            }
            case RESET -> {
                context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
                context.close();
            }
            case DRIP -> drip(context, behaviour.number(), message);
            case ENDLESS -> {
                HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
                HttpUtil.setTransferEncodingChunked(head, true);
                context.write(head);
                endless(context);
            }
            case REDIRECT -> {
                FullHttpResponse response = response(HttpResponseStatus.FOUND, "");
                response.headers().set(HttpHeaderNames.LOCATION, behaviour.argument());
                context.writeAndFlush(response);
            }
            case WORD -> answer(context, request, HttpResponseStatus.OK, behaviour.argument());
        }
    }

    private void accept(ChannelHandlerContext context, boolean keepAlive, Message message) {
        if (!context.channel().isActive()) {
            // the caller did not wait: nobody hears the answer
            return;
        }
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, SUCCESS.duplicate());
        response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, SUCCESS.readableBytes());
        accepted(message);
        send(context, keepAlive, response);
    }

    private void accepted(Message message) {
        long now = clock.millis();
        if (records.deliveries.accepted(message.id(), now)) {
            records.all.accepted.increment();
            message.counters().accepted.increment();
            listener.accepted(message.id(), now);
        }
    }

    private void drip(ChannelHandlerContext context, int everyMillis, Message message) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, SUCCESS.readableBytes());
        context.writeAndFlush(head);
        dripFrom(context, new AtomicInteger(), everyMillis, message);
    }

    private void dripFrom(ChannelHandlerContext context, AtomicInteger at, int everyMillis, Message message) {
        context.executor()
                .schedule(
                        () -> {
                            if (!context.channel().isActive()) {
                                return;
                            }
                            int index = at.getAndIncrement();
                            ByteBuf next = SUCCESS.slice(index, 1);
                            if (index == SUCCESS.readableBytes() - 1) {
                                // the caller has its answer with this byte, and may use the connection again
                                accepted(message);
                                context.writeAndFlush(new DefaultLastHttpContent(next));
                            } else {
                                context.writeAndFlush(new DefaultHttpContent(next));
                                dripFrom(context, at, everyMillis, message);
                            }
                        },
                        everyMillis,
                        TimeUnit.MILLISECONDS);
    }

    /** The next chunk goes out when the last one is gone, until the caller has enough. */
    private void endless(ChannelHandlerContext context) {
        context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[ENDLESS_CHUNK_BYTES])))
                .addListener(written -> {
                    if (written.isSuccess()) {
                        endless(context);
                    }
                });
    }

    private void control(ChannelHandlerContext context, FullHttpRequest request, String path) {
        String[] parts = path.substring(1).split("/", -1);
        @Nullable String which = parts.length == 2 ? parts[1] : null;
        if (parts.length > 2) {
            answer(context, request, HttpResponseStatus.NOT_FOUND, "no such path");
        } else if (parts[0].equals("stats") && request.method().equals(HttpMethod.GET)) {
            stats(context, request, which);
        } else if (parts[0].equals("deliveries") && request.method().equals(HttpMethod.GET) && which != null) {
            delivery(context, request, which);
        } else if (parts[0].equals("behaviour")) {
            behaviour(context, request, which);
        } else {
            answer(context, request, HttpResponseStatus.NOT_FOUND, "no such path");
        }
    }

    private void stats(ChannelHandlerContext context, FullHttpRequest request, @Nullable String which) {
        OptionalLong merchant = which == null ? OptionalLong.empty() : number(which);
        if (which != null && merchant.isEmpty()) {
            answer(context, request, HttpResponseStatus.NOT_FOUND, "no such merchant");
        } else {
            MerchantStats stats = which == null ? records.all.stats() : records.stats(merchant.getAsLong());
            answer(context, request, HttpResponseStatus.OK, stats.json());
        }
    }

    private void delivery(ChannelHandlerContext context, FullHttpRequest request, String which) {
        OptionalLong id = which.startsWith(ID_PREFIX) ? number(which.substring(ID_PREFIX.length())) : number(which);
        if (id.isEmpty()) {
            answer(context, request, HttpResponseStatus.NOT_FOUND, "no such notification");
        } else {
            Delivery delivery = records.deliveries.of(id.getAsLong());
            answer(
                    context,
                    request,
                    HttpResponseStatus.OK,
                    "{\"id\":\"" + ID_PREFIX + delivery.id() + "\",\"arrivals\":" + delivery.arrivals()
                            + ",\"acceptances\":" + delivery.acceptances() + ",\"acceptedAt\":"
                            + delivery.acceptedAt() + "}");
        }
    }

    private void behaviour(ChannelHandlerContext context, FullHttpRequest request, @Nullable String which) {
        OptionalLong merchant = which == null ? OptionalLong.empty() : number(which);
        if (which != null && merchant.isEmpty()) {
            answer(context, request, HttpResponseStatus.NOT_FOUND, "no such merchant");
        } else if (request.method().equals(HttpMethod.POST)) {
            try {
                Behaviour behaviour = Behaviour.parse(request.content().toString(StandardCharsets.UTF_8));
                if (merchant.isPresent()) {
                    records.behaviours.put(merchant.getAsLong(), behaviour);
                } else {
                    records.behaviourOfAll = behaviour;
                }
                answer(context, request, HttpResponseStatus.OK, behaviour.toString());
            } catch (IllegalArgumentException e) {
                answer(context, request, HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
            }
        } else if (request.method().equals(HttpMethod.DELETE) && merchant.isPresent()) {
            records.behaviours.remove(merchant.getAsLong());
            answer(context, request, HttpResponseStatus.OK, records.behaviourOfAll.toString());
        } else {
            answer(context, request, HttpResponseStatus.METHOD_NOT_ALLOWED, "");
        }
    }

    private static void answer(
            ChannelHandlerContext context, FullHttpRequest request, HttpResponseStatus status, String body) {
        send(context, HttpUtil.isKeepAlive(request), response(status, body));
    }

    private static FullHttpResponse response(HttpResponseStatus status, String body) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
        response.headers()
                .setInt(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
        return response;
    }

    private static void send(ChannelHandlerContext context, boolean keepAlive, FullHttpResponse response) {
        if (keepAlive) {
            context.writeAndFlush(response);
        } else {
            response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            context.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private static OptionalLong number(String text) {
        try {
            long number = Long.parseLong(text);
            return number < 0 ? OptionalLong.empty() : OptionalLong.of(number);
        } catch (NumberFormatException notOne) {
            return OptionalLong.empty();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException) {
            // callers that hang up are daily bread here
            log.debug("A caller hung up: {}", cause.getMessage());
        } else {
            log.warn("A request broke the merchant.", cause);
        }
        context.close();
    }

    private record Message(long id, Counters counters) {}
}
