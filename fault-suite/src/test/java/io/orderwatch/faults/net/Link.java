package io.orderwatch.faults.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A listener that stands between one node and one server. Bytes are never lost, as TCP loses none: what is held back
 * arrives when the link heals, if both ends still want it then. Safe for use by many threads.
 */
public final class Link {

    private final EventLoop loop;
    private final String name;
    private final InetSocketAddress target;
    private final Channel listener;
    private final Set<Connection> connections = new HashSet<>();
    private final AtomicLong bites = new AtomicLong();
    private volatile Weather weather = Weather.FAIR;

    /** @param target port of the server on the loopback address; it may be away */
    Link(EventLoop loop, String name, int target) throws InterruptedException {
        this.loop = loop;
        this.name = name;
        this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), target);
        this.listener = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 512)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel client) {
                        accepted(client);
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
    }

    /** {@code node-1 to database}. */
    public String name() {
        return name;
    }

    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /** Everything that was held back arrives, and new connections are let through. */
    public void heal() {
        become(Weather.FAIR);
    }

    /** Connections are torn down, and new ones are refused. */
    public void cut() {
        become(Weather.cut());
    }

    /** Nothing arrives any more this way, and no end is told: a black hole where both are given. */
    public void hold(Set<Direction> directions) {
        become(Weather.holding(directions));
    }

    /** Each piece takes so much longer, both ways. */
    public void slow(Duration delay) {
        become(Weather.slow(delay));
    }

    /** No more than so much arrives, each way of each connection. */
    public void narrow(int bytesPerSecond) {
        become(Weather.narrow(bytesPerSecond));
    }

    /** Tears down the connections that there are; new ones may come. */
    public void reset() {
        loop.execute(this::tear);
    }

    /** How often it got into somebody's way since it was made: connections torn or refused, pieces held or slowed. */
    public long bites() {
        return bites.get();
    }

    Weather weather() {
        return weather;
    }

    void bit() {
        bites.incrementAndGet();
    }

    private void become(Weather next) {
        loop.execute(() -> {
            weather = next;
            if (!next.up()) {
                tear();
            }
            Set.copyOf(connections).forEach(Connection::weatherChanged);
        });
    }

    private void tear() {
        Set.copyOf(connections).forEach(connection -> {
            bit();
            connection.tear();
        });
    }

    private void accepted(SocketChannel client) {
        if (!weather.up()) {
            bit();
            client.config().setSoLinger(0);
            client.close();
            return;
        }
        if (!weather.fair()) {
            bit();
        }
        new Connection(client);
    }

    /** A node's connection, and ours to the server, which is made only when the node could reach it. */
    private final class Connection {

        private final SocketChannel client;
        private final Flow upwards = new Flow(Link.this, Direction.TO_SERVER);
        private final Flow downwards = new Flow(Link.this, Direction.TO_NODE);
        private @Nullable Channel server;

        Connection(SocketChannel client) {
            this.client = client;
            connections.add(this);
            client.pipeline().addLast(upwards);
            downwards.to(client);
            client.closeFuture().addListener(closed -> gone());
            weatherChanged();
        }

        void weatherChanged() {
            if (server == null && !weather.held().contains(Direction.TO_SERVER) && client.isActive()) {
                connect();
            } else {
                upwards.drain();
                downwards.drain();
            }
        }

        private void connect() {
            Bootstrap bootstrap = new Bootstrap()
                    .group(loop)
                    .channel(NioSocketChannel.class)
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 10_000)
                    .handler(downwards);
            server = bootstrap
                    .connect(target)
                    .addListener(done -> {
                        if (done.isSuccess()) {
                            upwards.to(server);
                        } else {
                            bit();
                            tear();
                        }
                    })
                    .channel();
            server.closeFuture().addListener(closed -> gone());
        }

        void tear() {
            close(client);
            if (server != null) {
                close((SocketChannel) server);
            }
        }

        private void close(SocketChannel channel) {
            if (channel.isOpen()) {
                channel.config().setSoLinger(0);
                channel.close();
            }
        }

        private void gone() {
            if (!client.isOpen() && (server == null || !server.isOpen())) {
                connections.remove(this);
                upwards.discard();
                downwards.discard();
            }
        }
    }
}
