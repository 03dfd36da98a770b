package io.orderwatch.job.notification;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Decides what a reply means. Pure. */
final class Judge {

    private static final int EXCERPT = 120;

    private Judge() {}

    /**
     * A try is a success when the status is 2xx and, where the merchant has a success word, the body is that word, case
     * and the white space around it aside.
     *
     * @param successWord null or blank: any 2xx will do
     * @throws IllegalArgumentException for a reply that was withheld: there is nothing to judge
     */
    static Verdict judge(Reply reply, @Nullable String successWord) {
        if (reply instanceof Reply.Answered answered) {
            return answered(answered, successWord);
        }
        if (reply instanceof Reply.Failed failed) {
            return new Verdict(failed.why(), null, printable(failed.detail()), failed.written());
        }
        throw new IllegalArgumentException("Nothing was sent, so there is nothing to judge: " + reply);
    }

    private static Verdict answered(Reply.Answered answered, @Nullable String successWord) {
        int status = answered.status();
        if (status < 200 || status > 299) {
            return new Verdict(Outcome.STATUS, status, excerpt(answered.body()), false);
        }
        if (answered.tooLarge()) {
            String detail = "The answer is larger than " + answered.body().length + " bytes";
            return new Verdict(Outcome.BODY, status, detail, false);
        }
        if (successWord == null || successWord.isBlank()) {
            return new Verdict(Outcome.DELIVERED, status, null, false);
        }
        String body = new String(answered.body(), StandardCharsets.UTF_8).strip();
        if (body.equalsIgnoreCase(successWord.strip())) {
            return new Verdict(Outcome.DELIVERED, status, null, false);
        }
        String wrong = excerpt(answered.body());
        String detail = "The answer is not '" + printable(successWord.strip()) + "' but "
                + (wrong == null ? "empty" : "'" + wrong + "'");
        return new Verdict(Outcome.BODY, status, detail, false);
    }

    private static @Nullable String excerpt(byte[] body) {
        // four bytes a character at most, so this many are enough
        String text = printable(new String(body, 0, Math.min(body.length, EXCERPT * 4), StandardCharsets.UTF_8));
        return text.isEmpty() ? null : text;
    }

    /** What a merchant sends ends up in tables and logs: one line, no control characters, no half of a pair. */
    static String printable(String text) {
        StringBuilder kept = new StringBuilder(Math.min(text.length(), EXCERPT));
        boolean space = false;
        for (int i = 0; i < text.length() && kept.length() < EXCERPT; ) {
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
