package io.orderwatch.job.notification.websocket;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/**
 * Opens WebSockets to addresses that somebody has vetted: no name is looked up here, so a name that leads elsewhere a moment
 * later changes nothing. TLS is verified against the name. No proxy, no redirects, no compression. Owns two threads,
 * {@code notify-websocket-n}. Safe for use by many threads.
 */
final class Dialer implements AutoCloseable {

    /** An acknowledgement is short; whoever sends more is not read to the end. */
    private static final int LONGEST_FRAME = 64 * 1024;

    private static final int LONGEST_ANSWER = 16 * 1024;
    private static final int THREADS = 2;

    private final EventLoopGroup threads = new MultiThreadIoEventLoopGroup(
            THREADS, new DefaultThreadFactory("notify-websocket", true), NioIoHandler.newFactory());
    private final Duration within;
    private final SSLContext trust;

    /**
     * @param within to connect, for TLS, and for the upgrade, each
     * @param trust whom to believe
     */
    Dialer(Duration within, SSLContext trust) {
        this.within = within;
        this.trust = trust;
    }

    /**
     * Connects to the first of the addresses that lets us.
     *
     * @param address what the other side is told that it is, and has to prove
     * @param vetted at least one
     */
    CompletableFuture<Wire> dial(URI address, List<InetAddress> vetted, WireListener listener) {
        CompletableFuture<Wire> first = dial(address, vetted.get(0), listener);
        if (vetted.size() == 1) {
            return first;
        }
        return first.handle((wire, failed) -> failed instanceof ConnectException
                        ? dial(address, vetted.subList(1, vetted.size()), listener)
                        : first)
                .thenCompose(next -> next);
    }

    private CompletableFuture<Wire> dial(URI address, InetAddress vetted, WireListener listener) {
        boolean secure = "wss".equals(address.getScheme().toLowerCase(Locale.ROOT));
        int port = address.getPort() > 0 ? address.getPort() : secure ? 443 : 80;
        CompletableFuture<Wire> opened = new CompletableFuture<>();
        new Bootstrap()
                .group(threads)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) within.toMillis())
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        if (secure) {
                            channel.pipeline().addLast(tls(address.getHost(), port));
                        }
                        channel.pipeline()
                                .addLast(
                                        new HttpClientCodec(),
                                        new HttpObjectAggregator(LONGEST_ANSWER),
                                        new WebSocketClientProtocolHandler(upgrade(address)),
                                        new WebSocketFrameAggregator(LONGEST_FRAME),
                                        new Conversation(opened, listener));
                    }
                })
                .connect(new InetSocketAddress(vetted, port))
                .addListener((ChannelFutureListener) connected -> {
                    if (!connected.isSuccess()) {
                        opened.completeExceptionally(connected.cause());
                    }
                });
        return opened;
    }

    private SslHandler tls(String host, int port) {
        SSLEngine engine = trust.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        SslHandler tls = new SslHandler(engine);
        tls.setHandshakeTimeoutMillis(within.toMillis());
        return tls;
    }

    private WebSocketClientProtocolConfig upgrade(URI address) {
        return WebSocketClientProtocolConfig.newBuilder()
                .webSocketUri(address)
                .version(WebSocketVersion.V13)
                .allowExtensions(false)
                .customHeaders(new DefaultHttpHeaders().add("User-Agent", "Orderwatch"))
                .generateOriginHeader(false)
                .maxFramePayloadLength(LONGEST_FRAME)
                .handleCloseFrames(false)
                .handshakeTimeoutMillis(within.toMillis())
                .build();
    }

    /** What is said on one connection, on its thread. */
    private static final class Conversation extends SimpleChannelInboundHandler<WebSocketFrame> {

        private final CompletableFuture<Wire> opened;
        private final WireListener listener;
        private boolean over;

        Conversation(CompletableFuture<Wire> opened, WireListener listener) {
            this.opened = opened;
            this.listener = listener;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
                opened.complete(new NettyWire(context.channel()));
            }
        }

        @Override
        protected void channelRead0(ChannelHandlerContext context, WebSocketFrame frame) {
            if (frame instanceof TextWebSocketFrame text) {
                listener.heard(text.text());
            } else if (frame instanceof CloseWebSocketFrame close) {
                end("The merchant closed the WebSocket (" + close.statusCode() + ")");
                context.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable thrown) {
            Throwable cause =
                    thrown instanceof DecoderException && thrown.getCause() != null ? thrown.getCause() : thrown;
            if (!opened.completeExceptionally(cause)) {
                end("The WebSocket broke: " + cause.getClass().getSimpleName());
            }
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (!opened.completeExceptionally(new IOException("The connection was closed"))) {
                end("The WebSocket broke");
            }
        }

        private void end(String why) {
            if (!over) {
                over = true;
                listener.ended(why);
            }
        }
    }

    private record NettyWire(Channel channel) implements Wire {

        @Override
        public CompletableFuture<Void> send(String text) {
            CompletableFuture<Void> sent = new CompletableFuture<>();
            channel.writeAndFlush(new TextWebSocketFrame(text)).addListener(written -> {
                if (written.isSuccess()) {
                    sent.complete(null);
                } else {
                    sent.completeExceptionally(written.cause());
                }
            });
            return sent;
        }

        @Override
        public void close() {
            channel.writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE))
                    .addListener(ChannelFutureListener.CLOSE);
        }

        @Override
        public void abort() {
            channel.close();
        }
    }

    /** Hangs up everywhere, and ends its threads. */
    @Override
    public void close() {
        threads.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
    }
}
