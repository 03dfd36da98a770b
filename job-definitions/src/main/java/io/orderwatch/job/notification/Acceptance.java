package io.orderwatch.job.notification;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.orderwatch.dao.notification.SuccessRule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A merchant's rule of success, ready to be asked. Immutable; safe for use by many threads. */
final class Acceptance {

    private static final int LEAST = 200;
    private static final int MOST = 299;
    private static final Pattern STATUSES = Pattern.compile("(2\\d\\d)(?:\\s*-\\s*(2\\d\\d))?|(2xx)");
    // what follows the value is no part of JSON, and whoever sends it is not to be guessed at
    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final BitSet statuses;
    private final @Nullable String word;
    private final @Nullable JsonPointer pointer;
    private final @Nullable String value;

    private Acceptance(BitSet statuses, @Nullable String word, @Nullable JsonPointer pointer, @Nullable String value) {
        this.statuses = statuses;
        this.word = word;
        this.pointer = pointer;
        this.value = value;
    }

    /** @throws IllegalArgumentException saying what is wrong with the rule */
    static Acceptance of(SuccessRule rule) {
        String word = rule.word() == null || rule.word().isBlank()
                ? null
                : rule.word().strip();
        String pointer = rule.jsonPointer() == null || rule.jsonPointer().isBlank()
                ? null
                : rule.jsonPointer().strip();
        if (pointer == null && rule.jsonValue() != null) {
            throw new IllegalArgumentException("success_json_value is given without success_json_pointer");
        }
        return new Acceptance(statuses(rule.statuses()), word, pointer(pointer), rule.jsonValue());
    }

    private static BitSet statuses(String written) {
        BitSet statuses = new BitSet();
        for (String part : written.split(",", -1)) {
            Matcher matcher = STATUSES.matcher(part.strip());
            if (!matcher.matches()) {
                throw new IllegalArgumentException("success_status is '" + Judge.printable(written)
                        + "', not a list of statuses from " + LEAST + " to " + MOST + " such as 200,204 or 2xx");
            }
            boolean all = matcher.group(3) != null;
            int from = all ? LEAST : Integer.parseInt(matcher.group(1));
            int to = all ? MOST : matcher.group(2) == null ? from : Integer.parseInt(matcher.group(2));
            statuses.set(from, Math.max(from, to) + 1);
        }
        return statuses;
    }

    private static @Nullable JsonPointer pointer(@Nullable String written) {
        try {
            return written == null ? null : JsonPointer.compile(written);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "success_json_pointer is '" + Judge.printable(written) + "', not one such as /code");
        }
    }

    boolean status(int status) {
        return statuses.get(status);
    }

    /** What is wrong with the body; empty when nothing is. */
    Optional<String> objection(byte[] body) {
        if (word != null) {
            String text = new String(body, StandardCharsets.UTF_8).strip();
            if (!text.equalsIgnoreCase(word)) {
                return Optional.of("The answer is not '" + Judge.printable(word) + "' but " + quoted(body));
            }
        }
        return pointer == null ? Optional.empty() : json(pointer, body);
    }

    private Optional<String> json(JsonPointer at, byte[] body) {
        JsonNode found;
        try {
            found = JSON.readTree(body).at(at);
        } catch (JsonProcessingException e) {
            // its message quotes the body, which may hold anything
            return Optional.of("The answer is not JSON but " + quoted(body));
        } catch (IOException e) {
            return Optional.of("The answer is not JSON that can be read");
        }
        if (found.isMissingNode() || found.isNull() || found.isContainerNode()) {
            return Optional.of("The answer has no value at " + at + " but is " + quoted(body));
        }
        if (value == null || found.asText().equals(value)) {
            return Optional.empty();
        }
        return Optional.of("The answer has at " + at + " not '" + Judge.printable(value) + "' but '"
                + Judge.printable(found.asText()) + "'");
    }

    private static String quoted(byte[] body) {
        String excerpt = Judge.excerpt(body);
        return excerpt == null ? "empty" : "'" + excerpt + "'";
    }
}
