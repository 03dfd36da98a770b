package io.orderwatch.job.notification;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Decides what a reply means. Pure. */
final class Judge {

    private static final int EXCERPT = 120;

    private Judge() {}

    /**
     * A try is a success when its status and its body are what the merchant's rule asks for.
     *
     * @param now what a date that it asks us to wait for is taken from
     * @throws IllegalArgumentException for a reply that was withheld: there is nothing to judge
     */
    static Verdict judge(Reply reply, Acceptance rule, Instant now) {
        if (reply instanceof Reply.Answered answered) {
            return answered(answered, rule, now);
        }
        if (reply instanceof Reply.Accepted) {
            return new Verdict(Outcome.DELIVERED, null, null, null, false);
        }
        if (reply instanceof Reply.Refused refused) {
            return new Verdict(Outcome.STATUS, null, printable(refused.detail()), null, false);
        }
        if (reply instanceof Reply.Failed failed) {
            return new Verdict(failed.why(), null, printable(failed.detail()), null, failed.written());
        }
        throw new IllegalArgumentException("Nothing was sent, so there is nothing to judge: " + reply);
    }

    private static Verdict answered(Reply.Answered answered, Acceptance rule, Instant now) {
        Duration asked = answered.retryAfter() == null
                ? null
                : RetryAfter.read(answered.retryAfter(), now).orElse(null);
        int status = answered.status();
        if (!rule.status(status)) {
            return new Verdict(Outcome.STATUS, status, excerpt(answered.body()), asked, false);
        }
        if (answered.tooLarge()) {
            String detail = "The answer is larger than " + answered.body().length + " bytes";
            return new Verdict(Outcome.BODY, status, detail, asked, false);
        }
        return rule.objection(answered.body())
                .map(detail -> new Verdict(Outcome.BODY, status, detail, asked, false))
                .orElseGet(() -> new Verdict(Outcome.DELIVERED, status, null, null, false));
    }

    /** The beginning of a body, on one line; null when there is nothing to show. */
    static @Nullable String excerpt(byte[] body) {
        // four bytes a character at most, so this many are enough
        String text = printable(new String(body, 0, Math.min(body.length, EXCERPT * 4), StandardCharsets.UTF_8));
        return text.isEmpty() ? null : text;
    }

    /** What a merchant sends ends up in tables and logs: one line, no control characters, no half of a pair. */
    static String printable(String text) {
        return printable(text, EXCERPT);
    }

    /** As {@link #printable}, for what was cut already. */
    static String line(String text) {
        return printable(text, text.length());
    }

    private static String printable(String text, int most) {
        StringBuilder kept = new StringBuilder(Math.min(text.length(), most));
        boolean space = false;
        for (int i = 0; i < text.length() && kept.length() < most; ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            boolean blank = Character.isWhitespace(c)
                    || Character.isISOControl(c)
                    || Character.getType(c) == Character.FORMAT
                    || Character.getType(c) == Character.LINE_SEPARATOR
                    || Character.getType(c) == Character.PARAGRAPH_SEPARATOR
                    || Character.getType(c) == Character.SURROGATE;
            if (!blank) {
                if (space && kept.length() > 0) {
                    kept.append(' ');
                }
                kept.appendCodePoint(c);
            }
            space = blank;
        }
        return kept.toString();
    }
}
