package io.orderwatch.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.job.KillPoints;
import io.orderwatch.job.KillPoints.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArmedKillPointsTest {

    private final AtomicInteger halts = new AtomicInteger();
    private final AtomicInteger holds = new AtomicInteger();
    private final Path file;
    private final Path passed;
    private final KillPoints points;

    ArmedKillPointsTest(@TempDir Path folder) {
        file = folder.resolve("node-1");
        passed = folder.resolve("node-1.passed");
        points = new ArmedKillPoints(file, halts::incrementAndGet, holds::incrementAndGet);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " "})
    void without_the_property_nothing_is_armed(String property) {
        assertSame(KillPoints.NONE, ArmedKillPoints.of(property));
    }

    @ParameterizedTest
    @EnumSource
    void the_process_ends_at_the_place_that_the_file_names_and_at_no_other(Place place) throws IOException {
        Files.writeString(file, place.text() + "\n");
        for (Place other : Place.values()) {
            if (other != place) {
                points.pass(other);
            }
        }
        assertEquals(0, halts.get());
        assertTrue(Files.exists(file), "it waits for its place");

        points.pass(place);
        assertEquals(1, halts.get());
        assertEquals(place.text() + "\n", Files.readString(passed), "so that a test sees that it was passed");
    }

    @Test
    void it_is_looked_for_whenever_a_place_is_passed() throws IOException {
        points.pass(Place.BEFORE_SEND);
        assertEquals(0, halts.get());
        Files.writeString(file, "before-send");
        points.pass(Place.BEFORE_SEND);
        assertEquals(1, halts.get());
    }

    @Test
    void a_thread_waits_at_the_place_once() throws IOException {
        Files.writeString(file, "before-send hold");
        points.pass(Place.AFTER_ANSWER);
        assertEquals(0, holds.get());
        points.pass(Place.BEFORE_SEND);
        points.pass(Place.BEFORE_SEND);
        assertEquals(1, holds.get());
        assertEquals(0, halts.get());
    }

    @Test
    void the_next_process_under_the_property_lives() throws IOException {
        Files.writeString(file, "before-send");
        points.pass(Place.BEFORE_SEND);
        assertFalse(Files.exists(file));
        new ArmedKillPoints(file, halts::incrementAndGet, holds::incrementAndGet).pass(Place.BEFORE_SEND);
        assertEquals(1, halts.get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "somewhere", "before-send, after-answer", "BEFORE_SEND"})
    void what_names_no_place_ends_nothing(String text) throws IOException {
        Files.writeString(file, text);
        for (Place place : Place.values()) {
            points.pass(place);
        }
        assertEquals(0, halts.get());
    }

    @Test
    void one_of_many_threads_ends_it() throws Exception {
        Files.writeString(file, "before-send");
        int threads = 8;
        CountDownLatch together = new CountDownLatch(threads);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Future<?>> passing = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                passing.add(pool.submit(() -> {
                    together.countDown();
                    assertTrue(together.await(10, TimeUnit.SECONDS));
                    points.pass(Place.BEFORE_SEND);
                    return null;
                }));
            }
            for (Future<?> each : passing) {
                each.get(10, TimeUnit.SECONDS);
            }
        } finally {
            pool.shutdownNow();
        }
        assertEquals(1, halts.get());
    }
}
