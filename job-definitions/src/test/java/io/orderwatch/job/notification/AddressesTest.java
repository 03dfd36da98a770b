package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.orderwatch.job.TurnedTicker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AddressesTest {

    private final TurnedTicker ticker = new TurnedTicker();
    private final AtomicInteger lookUps = new AtomicInteger();
    private volatile @Nullable String leadsTo = "93.184.215.14";
    private final Addresses addresses = new Addresses(AddressPolicy.internet(), this::lookUp, ticker);

    private InetAddress[] lookUp(String host) throws UnknownHostException {
        lookUps.incrementAndGet();
        if (leadsTo == null) {
            throw new UnknownHostException("no such shop");
        }
        return new InetAddress[] {InetAddress.getByName(leadsTo)};
    }

    @AfterEach
    void close() {
        addresses.close();
    }

    @Test
    void what_was_found_is_good_for_ten_seconds() throws Exception {
        assertNull(learn());
        ticker.turn(Duration.ofSeconds(9));
        assertNull(learn());
        assertEquals(1, lookUps.get());
        ticker.turn(Duration.ofSeconds(2));
        leadsTo = "1.1.1.1";
        assertNull(learn());
        assertArrayEquals(new InetAddress[] {InetAddress.getByName("1.1.1.1")}, addresses.resolve("shop.example"));
    }

    @Test
    void while_no_name_server_answers_the_last_addresses_serve_for_minutes() throws Exception {
        assertNull(learn());
        leadsTo = null;
        ticker.turn(Duration.ofMinutes(4));
        assertNull(learn());
        ticker.turn(Duration.ofMinutes(2));
        assertEquals("no such shop", learn().getMessage());
    }

    /** A name that was good a moment ago and is made to lead inwards. */
    @Test
    void a_name_that_turns_inwards_is_refused_and_forgotten() throws Exception {
        assertNull(learn());
        leadsTo = "169.254.169.254";
        ticker.turn(Duration.ofSeconds(11));
        assertInstanceOf(BlockedAddressException.class, learn());
        assertThrows(UnknownHostException.class, () -> addresses.resolve("shop.example"));
    }

    @Test
    void the_client_is_told_nothing_that_was_not_vetted() {
        assertThrows(UnknownHostException.class, () -> addresses.resolve("127.0.0.1"));
        assertEquals(0, lookUps.get());
    }

    private @Nullable UnknownHostException learn() throws Exception {
        CompletableFuture<@Nullable UnknownHostException> told = new CompletableFuture<>();
        addresses.learn("shop.example", told::complete);
        return told.get(5, TimeUnit.SECONDS);
    }
}
