package io.orderwatch.stack.merchant;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a merchant treats the notifications it gets. Written as {@code kind[=argument][@fraction]}: {@code ok},
 * {@code fail@0.2} (a fifth is answered 500, the rest well), {@code fail=503}, {@code slow=300}, {@code hang@0.01}.
 *
 * @param kind what is done
 * @param argument what it is done with; empty where the kind needs none
 * @param fraction of the requests that are treated so, the others are answered well; above 0 to 1
 */
public record Behaviour(Kind kind, String argument, double fraction) {

    /** Answers all requests well. */
    public static final Behaviour OK = new Behaviour(Kind.OK, "", 1);

    private static final Pattern SYNTAX = Pattern.compile("([a-z-]+)(?:=([^@]*))?(?:@([0-9.]+))?");

    public Behaviour {
        if (!(fraction > 0 && fraction <= 1)) {
            throw new IllegalArgumentException("A behaviour's fraction must be above 0 and at most 1, not " + fraction);
        }
        kind.vet(argument);
    }

    /**
     * @throws IllegalArgumentException if it is none; the message says what would be
     */
    public static Behaviour parse(String text) {
        Matcher matcher = SYNTAX.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text + "' is no behaviour: write kind[=argument][@fraction]");
        }
        Kind kind = Kind.named(matcher.group(1));
        String argument = matcher.group(2) == null ? kind.argumentByDefault : matcher.group(2);
        double fraction = matcher.group(3) == null ? 1 : Double.parseDouble(matcher.group(3));
        return new Behaviour(kind, argument, fraction);
    }

    /** @throws NumberFormatException never: it was vetted */
    int number() {
        return Integer.parseInt(argument);
    }

    @Override
    public String toString() {
        return kind.word() + (argument.isEmpty() ? "" : "=" + argument) + (fraction < 1 ? "@" + fraction : "");
    }

    /** What a merchant can do with a request. */
    public enum Kind {
        /** 200 and the word {@code success}. */
        OK(""),
        /** A status that is no success; the argument is the status. */
        FAIL("500"),
        /** 503, and to be asked again after so many seconds at the earliest. */
        AWAY("86400"),
        /** No answer, ever. */
        HANG(""),
        /** A good answer after so many milliseconds. */
        SLOW("1000"),
        /** The connection is torn down without an answer. */
        RESET(""),
        /** A good answer, a byte each so many milliseconds. */
        DRIP("500"),
        /** A body of 200 that has no end. */
        ENDLESS(""),
        /** 302 to the argument. */
        REDIRECT("/elsewhere"),
        /** 200, but with the argument for a body. */
        WORD("no");

        private final String argumentByDefault;

        Kind(String argumentByDefault) {
            this.argumentByDefault = argumentByDefault;
        }

        private static Kind named(String word) {
            return Arrays.stream(values())
                    .filter(kind -> kind.word().equals(word))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("'" + word + "' is no behaviour: take one of "
                            + Arrays.stream(values()).map(Kind::word).collect(Collectors.joining(", "))));
        }

        private String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        private void vet(String argument) {
            if (this == FAIL || this == AWAY || this == SLOW || this == DRIP) {
                int least = this == FAIL ? 300 : 0;
                int most = this == FAIL ? 599 : 3_600_000;
                if (!argument.matches("[0-9]{1,7}")
                        || Integer.parseInt(argument) < least
                        || Integer.parseInt(argument) > most) {
                    throw new IllegalArgumentException("The behaviour " + word() + " needs a number from " + least
                            + " to " + most + ", not '" + argument + "'");
                }
            }
        }
    }
}
