package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {

    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

    @ParameterizedTest
    @CsvSource({
        "120,                             PT2M",
        "' 0 ',                           PT0S",
        "86400,                           PT24H",
        "'Sat, 21 Nov 2026 10:00:30 GMT', PT30S",
        "'Sat, 21 Nov 2026 09:00:00 GMT', PT0S"
    })
    void seconds_and_dates_are_read(String text, Duration wait) {
        assertEquals(Optional.of(wait), RetryAfter.read(text, NOW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "soon", "-5", "1.5", "99999999999999999999", "2026-11-21T10:00:30Z", "Sun, 21 Nov 2026"})
    void anything_else_is_no_wish(String text) {
        assertEquals(Optional.empty(), RetryAfter.read(text, NOW));
    }
}
