package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.notification.SuccessRule;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AcceptanceTest {

    @ParameterizedTest
    @CsvSource({
        "2xx,             200 201 204 299, 199 300 404 500",
        "200,             200,             201 204",
        "'200, 204',      200 204,         201 202",
        "200-204,         200 202 204,     205 299",
        "'201-202 ,2xx',  200 299,         300"
    })
    void statuses_are_listed(String written, String good, String bad) {
        Acceptance rule = Acceptance.of(new SuccessRule(written, null, null, null));
        for (String status : good.split(" ")) {
            assertTrue(rule.status(Integer.parseInt(status)), status);
        }
        for (String status : bad.split(" ")) {
            assertFalse(rule.status(Integer.parseInt(status)), status);
        }
    }

    /** A redirect or a failure is none, whatever a row says. */
    @ParameterizedTest
    @ValueSource(strings = {"", "302", "3xx", "200;204", "200,", "1000", "20x", "200-302", "ok"})
    void no_other_status_is_a_success(String written) {
        String message = assertThrows(
                        IllegalArgumentException.class, () -> Acceptance.of(new SuccessRule(written, null, null, null)))
                .getMessage();
        assertTrue(message.startsWith("success_status is"), message);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "/code,          SUCCESS, `{\"code\":\"SUCCESS\",\"message\":\"成功\"}`",
                "/code,          0,       `{\"code\":0}`",
                "/code,          0,       `{\"code\":\"0\"}`",
                "/ok,            true,    `{\"ok\":true}`",
                "/data/0/result, done,    `{\"data\":[{\"result\":\"done\"}]}`",
                "/a~1b,          1,       `{\"a/b\":1}`"
            })
    void a_value_is_found_where_the_pointer_says(String pointer, String value, String body) {
        assertEquals(Optional.empty(), objection(pointer, value, body));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "`{\"code\":\"FAIL\"}`,                 The answer has at /code not 'SUCCESS' but 'FAIL'",
                "`{\"code\":\"success\"}`,              The answer has at /code not 'SUCCESS' but 'success'",
                "`{}`,                                  The answer has no value at /code but is '{}'",
                "`{\"code\":null}`,                     The answer has no value at /code but is '{\"code\":null}'",
                "`{\"code\":{}}`,                       The answer has no value at /code but is '{\"code\":{}}'",
                "`[]`,                                  The answer has no value at /code but is '[]'",
                "SUCCESS,                               The answer is not JSON but 'SUCCESS'",
                "`{\"code\":\"SUCCESS\"`,               The answer is not JSON but '{\"code\":\"SUCCESS\"'",
                "`{\"code\":\"SUCCESS\"} x`,            The answer is not JSON but '{\"code\":\"SUCCESS\"} x'"
            })
    void anything_else_is_told(String body, String objection) {
        assertEquals(Optional.of(objection), objection("/code", "SUCCESS", body));
    }

    @Test
    void an_empty_answer_and_a_very_deep_one_are_no_success() {
        assertEquals(Optional.of("The answer has no value at /code but is empty"), objection("/code", "SUCCESS", ""));
        assertTrue(objection("/code", "SUCCESS", "[".repeat(60_000)).isPresent());
    }

    @Test
    void without_a_value_any_will_do() {
        assertEquals(Optional.empty(), objection("/code", null, "{\"code\":false}"));
        assertTrue(objection("/code", null, "{\"code\":null}").isPresent());
    }

    @Test
    void a_word_and_a_value_must_both_be_there() {
        Acceptance rule = Acceptance.of(new SuccessRule("2xx", "{\"code\":0}", "/code", "0"));
        assertEquals(Optional.empty(), rule.objection(bytes("{\"code\":0}")));
        assertTrue(rule.objection(bytes("{\"code\": 0}")).isPresent());
    }

    @Test
    void a_rule_that_cannot_be_meant_is_refused() {
        assertThrows(IllegalArgumentException.class, () -> Acceptance.of(new SuccessRule("2xx", null, "code", "0")));
        assertThrows(IllegalArgumentException.class, () -> Acceptance.of(new SuccessRule("2xx", null, null, "0")));
    }

    private static Optional<String> objection(String pointer, @Nullable String value, String body) {
        return Acceptance.of(new SuccessRule("2xx", null, pointer, value)).objection(bytes(body));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
