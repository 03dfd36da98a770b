package io.orderwatch.faults.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LinkTest {

    private static final int SHORT_MILLIS = 150;
    private static final int PATIENT_MILLIS = 10_000;

    private final EventLoopGroup thread = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Thread echo = new Thread(this::echo, "echo");
    private ServerSocket server;
    private Link link;

    @BeforeEach
    void open() throws Exception {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        echo.setDaemon(true);
        echo.start();
        link = new Link(thread.next(), "test", server.getLocalPort());
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        thread.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
    }

    /** Each byte comes back, of one connection after the other or side by side. */
    private void echo() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                Thread one = new Thread(() -> {
                    try (socket) {
                        socket.getInputStream().transferTo(socket.getOutputStream());
                    } catch (IOException torn) {
                        // that is what links do
                    }
                });
                one.setDaemon(true);
                one.start();
            } catch (IOException closed) {
                return;
            }
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), link.port());
        socket.setSoTimeout(PATIENT_MILLIS);
        return socket;
    }

    private static int ask(Socket socket, int question) throws IOException {
        socket.getOutputStream().write(question);
        return socket.getInputStream().read();
    }

    @Test
    void fair_link_passes_everything_on_and_bites_nobody() throws Exception {
        try (Socket socket = connect()) {
            for (int i = 0; i < 100; i++) {
                assertEquals(i, ask(socket, i));
            }
        }
        assertEquals(0, link.bites());
    }

    @Test
    void cut_tears_what_there_is_and_refuses_what_comes_until_it_heals() throws Exception {
        try (Socket socket = connect()) {
            assertEquals(1, ask(socket, 1));
            link.cut();
            assertThrows(IOException.class, () -> {
                if (socket.getInputStream().read() < 0) {
                    throw new IOException("the end");
                }
            });
        }
        try (Socket refused = connect()) {
            assertThrows(IOException.class, () -> {
                if (ask(refused, 2) < 0) {
                    throw new IOException("the end");
                }
            });
        } catch (IOException resetAtOnce) {
            // quicker than we could ask
        }
        assertTrue(link.bites() >= 2, () -> "bites " + link.bites());
        link.heal();
        awaitWeather();
        try (Socket socket = connect()) {
            assertEquals(3, ask(socket, 3));
        }
    }

    @Test
    void what_is_held_arrives_in_order_when_the_link_heals() throws Exception {
        for (Set<Direction> held :
                Set.of(Set.of(Direction.TO_SERVER), Set.of(Direction.TO_NODE), EnumSet.allOf(Direction.class))) {
            try (Socket socket = connect()) {
                assertEquals(1, ask(socket, 1));
                long bites = link.bites();
                link.hold(held);
                socket.setSoTimeout(SHORT_MILLIS);
                // the link may still be fair for the first of them
                socket.getOutputStream().write(new byte[] {2, 3});
                assertThrows(SocketTimeoutException.class, () -> {
                    socket.getInputStream().read();
                    socket.getInputStream().read();
                    ask(socket, 4);
                });
                assertTrue(link.bites() > bites);
                link.heal();
            }
        }
    }

    @Test
    void connection_that_is_made_while_it_is_held_lives_afterwards() throws Exception {
        link.hold(EnumSet.allOf(Direction.class));
        awaitWeather();
        try (Socket socket = connect()) {
            socket.getOutputStream().write(new byte[] {5, 6});
            socket.setSoTimeout(SHORT_MILLIS);
            assertThrows(
                    SocketTimeoutException.class, () -> socket.getInputStream().read());
            link.heal();
            socket.setSoTimeout(PATIENT_MILLIS);
            assertEquals(5, socket.getInputStream().read());
            assertEquals(6, socket.getInputStream().read());
        }
    }

    @Test
    void slow_link_takes_its_time_both_ways() throws Exception {
        link.slow(Duration.ofMillis(100));
        awaitWeather();
        try (Socket socket = connect()) {
            long begun = System.nanoTime();
            assertEquals(7, ask(socket, 7));
            assertTrue(Duration.ofNanos(System.nanoTime() - begun).toMillis() >= 200);
        }
    }

    @Test
    void narrow_link_lets_no_more_through_than_it_is_wide() {
        Weather weather = Weather.narrow(1_000);
        long second = Duration.ofSeconds(1).toNanos();
        assertEquals(5 * second + second / 2, weather.arrival(5 * second, 0, 500));
        assertEquals(9 * second, weather.arrival(5 * second, 8 * second, 1_000));
    }

    @Test
    void server_that_is_away_ends_the_connection_and_counts() throws Exception {
        server.close();
        // as long as somebody is inside accept() the port is still open
        echo.join(PATIENT_MILLIS);
        try (Socket socket = connect()) {
            assertThrows(IOException.class, () -> {
                if (ask(socket, 8) < 0) {
                    throw new IOException("the end");
                }
            });
        }
        assertTrue(link.bites() >= 1);
    }

    /** Weather changes on the link's thread. */
    private void awaitWeather() throws Exception {
        thread.submit(() -> {}).get(5, TimeUnit.SECONDS);
    }
}
