package io.orderwatch.stack.merchant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.orderwatch.stack.merchant.Behaviour.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BehaviourTest {

    @Test
    void kind_argument_and_fraction_are_read() {
        assertEquals(new Behaviour(Kind.FAIL, "503", 0.2), Behaviour.parse("fail=503@0.2"));
        assertEquals(new Behaviour(Kind.FAIL, "500", 1), Behaviour.parse(" fail "));
        assertEquals(
                new Behaviour(Kind.REDIRECT, "http://127.0.0.1:1/x", 1),
                Behaviour.parse("redirect=http://127.0.0.1:1/x"));
        assertEquals(Behaviour.OK, Behaviour.parse("ok"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "sulk",
                "fail=200",
                "fail=x",
                "slow=-1",
                "away=soon",
                "slow=99999999",
                "ok@0",
                "ok@1.5",
                "ok@@"
            })
    void nonsense_is_refused(String text) {
        assertThrows(IllegalArgumentException.class, () -> Behaviour.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ok", "fail=503@0.2", "slow=300", "away=60", "hang@0.01", "word=no"})
    void it_is_written_as_it_is_read(String text) {
        assertEquals(text, Behaviour.parse(text).toString());
    }
}
