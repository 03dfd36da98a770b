package io.orderwatch.node.lock;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The line between a node and Redis, which can be cut (connections are refused) or go dark (nothing comes through). */
public final class RedisLine implements AutoCloseable {

    private final ServerSocket server;
    private final URI target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile boolean cut;
    private volatile boolean dark;

    public RedisLine(String target) {
        this.target = URI.create(target);
        try {
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start("line-accept", this::accept);
    }

    public String uri() {
        return "redis://127.0.0.1:" + server.getLocalPort();
    }

    public void cut() {
        cut = true;
        sockets.forEach(RedisLine::hangUp);
        sockets.clear();
    }

    public void dark() {
        dark = true;
    }

    /** What went dark stays broken, as after a partition; new connections work. */
    public void heal() {
        sockets.forEach(RedisLine::hangUp);
        sockets.clear();
        dark = false;
        cut = false;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                if (cut) {
                    hangUp(client);
                    continue;
                }
                Socket upstream = new Socket(target.getHost(), target.getPort());
                sockets.add(client);
                sockets.add(upstream);
                start("line-up", () -> copy(client, upstream));
                start("line-down", () -> copy(upstream, client));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void copy(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            byte[] buffer = new byte[64 * 1024];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                if (!dark) {
                    to.getOutputStream().write(buffer, 0, n);
                }
            }
        } catch (IOException e) {
            // hung up
        }
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void hangUp(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // it is gone all the same
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
    }
}
