package io.orderwatch.stack.merchant;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongFunction;

/**
 * An HTTP server on the loopback address that stands for all merchants. Merchant 7 is called at {@code /m/7}.
 *
 * <p>Programs in other processes ask and tell it over HTTP, too: {@code GET /stats}, {@code GET /stats/7},
 * {@code GET /deliveries/ow_33} answer JSON; {@code POST /behaviour} (all merchants) and {@code POST /behaviour/7}
 * take a {@link Behaviour} as the body, which is in force at once. A merchant's own behaviour goes before that of all;
 * {@code DELETE /behaviour/7} takes it back.
 *
 * <p>Safe for use by many threads.
 */
public final class Merchant implements AutoCloseable {

    private static final int MAX_BODY_BYTES = 1 << 20;

    private final EventLoopGroup threads;
    private final Channel channel;
    private final Records records;

    /** Told of each notification when it is accepted for the first time, on a thread of the server: be quick. */
    @FunctionalInterface
    public interface Listener {
        /**
         * @param notificationId the number in the public id {@code ow_<number>}
         * @param atMillis when the answer went out, milliseconds since 1970
         */
        void accepted(long notificationId, long atMillis);
    }

    private Merchant(EventLoopGroup threads, Channel channel, Records records) {
        this.threads = threads;
        this.channel = channel;
        this.records = records;
    }

    /**
     * Starts to answer.
     *
     * @param port 0: any free one
     * @param secrets the secret of each merchant, as {@code merchant_endpoints.secret} has it
     * @throws InterruptedException if the thread is interrupted before the port is bound
     */
    public static Merchant start(int port, LongFunction<String> secrets, InstantSource clock, Listener listener)
            throws InterruptedException {
        Records records = new Records();
        Requests requests = new Requests(records, new Signatures(secrets, clock), clock, listener);
        // one thread answers ten thousand a second; more would only take the processor from the nodes
        EventLoopGroup threads = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("merchant", true), NioIoHandler.newFactory());
        try {
            Channel channel = new ServerBootstrap()
                    .group(threads)
                    .channel(NioServerSocketChannel.class)
                    .option(ChannelOption.SO_BACKLOG, 1024)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childHandler(new ChannelInitializer<SocketChannel>() {
                        @Override
                        protected void initChannel(SocketChannel connection) {
                            connection
                                    .pipeline()
                                    .addLast(
                                            new HttpServerCodec(),
                                            new HttpObjectAggregator(MAX_BODY_BYTES, true),
                                            requests);
                        }
                    })
                    .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                    .sync()
                    .channel();
            return new Merchant(threads, channel, records);
        } catch (InterruptedException | RuntimeException e) {
            threads.shutdownGracefully(0, 1, TimeUnit.SECONDS);
            throw e;
        }
    }

    /** A secret that is as good as random to others, and the same whenever it is asked for. */
    public static String secretOf(long merchant) {
        try {
            byte[] key = MessageDigest.getInstance("SHA-256")
                    .digest(("local merchant " + merchant).getBytes(StandardCharsets.UTF_8));
            return "whsec_" + Base64.getEncoder().encodeToString(key);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK can do SHA-256", e);
        }
    }

    /** Where all merchants are, without a path: {@code http://127.0.0.1:port}. */
    public URI address() {
        return URI.create("http://127.0.0.1:" + ((InetSocketAddress) channel.localAddress()).getPort());
    }

    /** Where one merchant is called. */
    public URI address(long merchant) {
        return address().resolve("/m/" + merchant);
    }

    /** All merchants but those that have a behaviour of their own treat requests so from now on. */
    public void behave(Behaviour behaviour) {
        records.behaviourOfAll = behaviour;
    }

    /** This merchant treats requests so from now on. */
    public void behave(long merchant, Behaviour behaviour) {
        records.behaviours.put(merchant, behaviour);
    }

    /** The figures of all merchants together. */
    public MerchantStats stats() {
        return records.all.stats();
    }

    /** The figures of one merchant; zeros if it was never called. */
    public MerchantStats stats(long merchant) {
        return records.stats(merchant);
    }

    /** What became of a notification; zeros if it never arrived. */
    public Delivery delivery(long notificationId) {
        return records.deliveries.of(notificationId);
    }

    /** How many different notifications arrived, accepted or not. */
    public int distinct() {
        return records.deliveries.size();
    }

    /** Calls with each notification that ever arrived; new ones wait meanwhile. */
    public void forEachDelivery(Consumer<Delivery> consumer) {
        records.deliveries.forEach(consumer);
    }

    /** Hangs up on everybody. */
    @Override
    public void close() {
        channel.close();
        threads.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
}
