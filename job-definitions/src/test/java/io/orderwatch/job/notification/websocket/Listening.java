package io.orderwatch.job.notification.websocket;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.ssl.SslHandler;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/** A merchant that listens on a WebSocket of the loopback address. */
final class Listening implements AutoCloseable {

    private final EventLoopGroup threads = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<Channel> connections = new CopyOnWriteArrayList<>();
    private final Channel server;
    private final boolean secure;
    private volatile BiConsumer<Channel, String> answer;

    /** @param answer what it does with each message */
    Listening(BiConsumer<Channel, String> answer) throws InterruptedException {
        this(answer, null);
    }

    /** @param tls what it proves itself with; null: it speaks no TLS */
    Listening(BiConsumer<Channel, String> answer, @Nullable SSLContext tls) throws InterruptedException {
        this.secure = tls != null;
        this.answer = answer;
        this.server = new ServerBootstrap()
                .group(threads)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel connection) {
                        connections.add(connection);
                        if (tls != null) {
                            SSLEngine engine = tls.createSSLEngine();
                            engine.setUseClientMode(false);
                            connection.pipeline().addLast(new SslHandler(engine));
                        }
                        connection
                                .pipeline()
                                .addLast(
                                        new HttpServerCodec(),
                                        new HttpObjectAggregator(65_536),
                                        new WebSocketServerProtocolHandler("/orders", null, false, 1 << 20),
                                        new SimpleChannelInboundHandler<TextWebSocketFrame>() {
                                            @Override
                                            protected void channelRead0(
                                                    ChannelHandlerContext context, TextWebSocketFrame frame) {
                                                heard.add(frame.text());
                                                Listening.this.answer.accept(context.channel(), frame.text());
                                            }
                                        });
                    }
                })
                .bind("127.0.0.1", 0)
                .sync()
                .channel();
    }

    static void say(Channel connection, String text) {
        connection.writeAndFlush(new TextWebSocketFrame(text));
    }

    void answer(BiConsumer<Channel, String> next) {
        answer = next;
    }

    String address() {
        return (secure ? "wss" : "ws") + "://127.0.0.1:" + ((InetSocketAddress) server.localAddress()).getPort()
                + "/orders";
    }

    /** What was sent to it. */
    List<String> heard() {
        return heard;
    }

    /** Connections that were ever made. */
    List<Channel> connections() {
        return connections;
    }

    @Override
    public void close() {
        server.close().awaitUninterruptibly();
        threads.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
