package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.notification.SuccessRule;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JudgeTest {

    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 204, 299})
    void any_2xx_will_do_without_a_word(int status) {
        assertTrue(judge(answer(status, "whatever"), null).delivered());
        assertTrue(judge(answer(status, ""), " ").delivered());
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 409, 410, 429, 500, 503, 999})
    void any_other_status_is_a_failure(int status) {
        Verdict verdict = judge(answer(status, "success"), "success");
        assertEquals(Outcome.STATUS, verdict.outcome());
        assertEquals(status, verdict.httpStatus());
        assertEquals("success", verdict.detail());
        assertFalse(verdict.uncertain());
    }

    @ParameterizedTest
    @ValueSource(strings = {"success", "SUCCESS", " Success\r\n", "\tsuccess"})
    void the_word_is_found_case_and_white_space_aside(String body) {
        assertTrue(judge(answer(200, body), "success").delivered());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "fail", "successful", "not success", "\"success\"", "suc cess"})
    void another_word_is_a_failure(String body) {
        Verdict verdict = judge(answer(200, body), "success");
        assertEquals(Outcome.BODY, verdict.outcome());
        assertEquals(200, verdict.httpStatus());
    }

    @Test
    void a_word_of_another_alphabet_is_compared_in_utf_8() {
        assertTrue(judge(answer(200, "成功"), "成功").delivered());
    }

    @Test
    void an_answer_that_is_too_large_is_a_failure_whatever_it_says() {
        byte[] body = "success".getBytes(StandardCharsets.UTF_8);
        assertEquals(
                Outcome.BODY,
                judge(new Reply.Answered(200, body, true, null), null).outcome());
        assertEquals(
                Outcome.STATUS,
                judge(new Reply.Answered(500, body, true, null), null).outcome());
    }

    @Test
    void a_failure_after_writing_is_uncertain() {
        assertTrue(judge(new Reply.Failed(Outcome.RESET, "reset", true), null).uncertain());
        Verdict verdict = judge(new Reply.Failed(Outcome.CONNECT, "refused", false), null);
        assertFalse(verdict.uncertain());
        assertNull(verdict.httpStatus());
        assertEquals("refused", verdict.detail());
    }

    @Test
    void what_was_withheld_cannot_be_judged() {
        assertThrows(IllegalArgumentException.class, () -> judge(new Reply.Withheld("shard gone"), null));
    }

    @Test
    void what_a_merchant_says_cannot_forge_lines() {
        String forged = Judge.printable("a\r\n2026-01-01 INFO all is well\u2028\u202e\u0000\ud800 b" + "x".repeat(500));
        assertTrue(forged.startsWith("a 2026-01-01 INFO all is well bxxx"), forged);
        assertTrue(forged.length() <= 120);
    }

    private static Reply answer(int status, String body) {
        return new Reply.Answered(status, body.getBytes(StandardCharsets.UTF_8), false, null);
    }

    private static Verdict judge(Reply reply, @Nullable String word) {
        return Judge.judge(reply, Acceptance.of(new SuccessRule("2xx", word, null, null)), NOW);
    }
}
