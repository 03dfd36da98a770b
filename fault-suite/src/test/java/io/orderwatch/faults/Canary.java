package io.orderwatch.faults;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;

/** Somebody on the loopback address whom nobody may ever call: merchants redirect to it. */
final class Canary implements AutoCloseable {

    private static final int GONE = 410;
    private static final int NO_BODY = -1;

    private final HttpServer server;
    private final AtomicLong hits = new AtomicLong();

    Canary() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.createContext("/", exchange -> {
            hits.incrementAndGet();
            exchange.sendResponseHeaders(GONE, NO_BODY);
            exchange.close();
        });
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/canary");
    }

    long hits() {
        return hits.get();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
