package io.orderwatch.dao.notification;

import org.jspecify.annotations.Nullable;

/**
 * Which answers a merchant means as a success, as an operator wrote it. All that is given must hold.
 *
 * @param statuses such as {@code 200,204} or {@code 2xx}
 * @param word what the body must be; null: anything
 * @param jsonPointer where the body, as JSON, must have a value, such as {@code /code}; null: it need not be JSON
 * @param jsonValue that value as text; null: any but null
 */
public record SuccessRule(
        String statuses,
        @Nullable String word,
        @Nullable String jsonPointer,
        @Nullable String jsonValue) {

    /** Any 2xx will do. */
    public static final SuccessRule ANY_2XX = new SuccessRule("2xx", null, null, null);
}
