package io.orderwatch.job.mail;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;

/** Speaks TLS for a server that speaks none: the JVM has but one certificate for all of GreenMail's own. */
final class TlsFront implements AutoCloseable {

    private final ServerSocket server;
    private final int behind;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "tls-front");
        thread.setDaemon(true);
        return thread;
    });

    /** @param behind the port that it passes on to */
    TlsFront(SSLContext tls, int behind) throws IOException {
        this.server = tls.getServerSocketFactory().createServerSocket(0, 10, InetAddress.getLoopbackAddress());
        this.behind = behind;
        threads.execute(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                Socket plain = new Socket(InetAddress.getLoopbackAddress(), behind);
                sockets.addAll(List.of(client, plain));
                threads.execute(() -> pass(client, plain));
                threads.execute(() -> pass(plain, client));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private static void pass(Socket from, Socket to) {
        try (from;
                to) {
            from.getInputStream().transferTo(to.getOutputStream());
        } catch (IOException e) {
            // one of them has gone, which is what the test is about
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
        threads.shutdownNow();
    }
}
