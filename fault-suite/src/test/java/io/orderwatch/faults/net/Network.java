package io.orderwatch.faults.net;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.orderwatch.stack.BreakableStack;
import io.orderwatch.stack.ServerProcess;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A link between each node and each server. Safe for use by many threads. */
public final class Network implements AutoCloseable {

    private final EventLoopGroup thread =
            new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("network", true), NioIoHandler.newFactory());
    private final Map<String, Map<Store, List<Link>>> links = new HashMap<>();

    /** What nodes are linked to. */
    public enum Store {
        DATABASE,
        REDIS,
        ZOOKEEPER
    }

    public Network(Collection<String> nodes, BreakableStack stack) throws InterruptedException {
        for (String node : nodes) {
            Map<Store, List<Link>> own = new HashMap<>();
            own.put(Store.DATABASE, List.of(link(node, stack.database())));
            own.put(Store.REDIS, List.of(link(node, stack.redis())));
            List<Link> ensemble = new ArrayList<>();
            for (ServerProcess server : stack.zookeepers()) {
                ensemble.add(link(node, server));
            }
            own.put(Store.ZOOKEEPER, List.copyOf(ensemble));
            links.put(node, own);
        }
    }

    private Link link(String node, ServerProcess server) throws InterruptedException {
        return new Link(thread.next(), node + " to " + server.name(), server.port());
    }

    /** One, or one for each server of an ensemble. */
    public List<Link> links(String node, Store store) {
        return links.get(node).get(store);
    }

    /** Those of all nodes. */
    public List<Link> links(Store store) {
        return links.values().stream().flatMap(own -> own.get(store).stream()).toList();
    }

    /** Closes no connection in order: those that use them are gone by now. */
    @Override
    public void close() throws InterruptedException {
        thread.shutdownGracefully(0, 2, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
    }
}
