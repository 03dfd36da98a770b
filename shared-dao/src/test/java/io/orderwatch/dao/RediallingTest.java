package io.orderwatch.dao;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class RediallingTest {

    private static final SQLException REFUSED = new SQLException("Connection refused");
    private static final SQLException DENIED = new SQLException("Access denied");
    private static final Duration HALF_A_SECOND = Duration.ofMillis(500);

    private final Connection open = (Connection) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> null);
    private final List<SQLException> failures = new ArrayList<>();
    private final List<Duration> pauses = new ArrayList<>();
    private final Redialling line = new Redialling(
            () -> {
                if (failures.isEmpty()) {
                    return open;
                }
                throw failures.remove(0);
            },
            pauses::add);

    @Test
    void opens_a_connection() throws SQLException {
        assertSame(open, line.getConnection());
        assertEquals(List.of(), pauses);
    }

    @Test
    void first_failure_is_told_at_once() {
        failures.addAll(List.of(REFUSED, REFUSED));
        assertSame(REFUSED, assertThrows(SQLException.class, line::getConnection));
        assertEquals(List.of(), pauses);
    }

    @Test
    void tries_twice_a_second_however_long_the_server_is_away() throws SQLException {
        failures.addAll(Collections.nCopies(50, REFUSED));
        assertThrows(SQLException.class, line::getConnection);

        assertSame(open, line.getConnection());

        assertEquals(49, pauses.size());
        assertTrue(pauses.stream().allMatch(pause -> pause.compareTo(HALF_A_SECOND) <= 0), pauses::toString);
        assertTrue(pauses.stream().distinct().count() > 20, () -> "without jitter: " + pauses);
        assertTrue(pauses.get(0).compareTo(Duration.ofMillis(100)) <= 0, pauses::toString);
    }

    @Test
    void another_failure_is_told_at_once() {
        failures.addAll(List.of(REFUSED, REFUSED, DENIED, DENIED));
        assertThrows(SQLException.class, line::getConnection);
        assertSame(DENIED, assertThrows(SQLException.class, line::getConnection));
        assertEquals(1, pauses.size());
    }

    @Test
    void gives_up_once_in_a_while_so_that_the_pool_can_look_whether_anybody_waits() {
        failures.addAll(Collections.nCopies(1_000, REFUSED));
        assertThrows(SQLException.class, line::getConnection);
        assertSame(REFUSED, assertThrows(SQLException.class, line::getConnection));
        assertEquals(59, pauses.size());
    }

    @Test
    void failure_after_a_success_is_a_first_one_again() throws SQLException {
        failures.addAll(List.of(REFUSED));
        assertThrows(SQLException.class, line::getConnection);
        assertSame(open, line.getConnection());
        failures.addAll(List.of(REFUSED, REFUSED));
        assertThrows(SQLException.class, line::getConnection);
        assertEquals(List.of(), pauses);
    }

    @Test
    void closed_pool_ends_the_tries() {
        failures.addAll(Collections.nCopies(50, REFUSED));
        assertThrows(SQLException.class, line::getConnection);
        line.hangUp();
        assertSame(REFUSED, assertThrows(SQLException.class, line::getConnection));
        assertEquals(1, pauses.size());
    }

    @Test
    void interrupt_ends_the_tries() {
        failures.addAll(Collections.nCopies(50, REFUSED));
        Redialling interrupted = new Redialling(
                () -> {
                    throw failures.remove(0);
                },
                time -> {
                    throw new InterruptedException();
                });
        assertThrows(SQLException.class, interrupted::getConnection);
        assertFalse(Thread.currentThread().isInterrupted());
        assertSame(REFUSED, assertThrows(SQLException.class, interrupted::getConnection));
        assertTrue(Thread.interrupted());
        assertEquals(48, failures.size());
    }
}
