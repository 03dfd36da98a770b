package io.orderwatch.job.notification;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** Reads the addresses of channels that are no URLs of a host: {@code scheme:part/part}. Pure. */
public final class Places {

    private Places() {}

    /**
     * @param expected what it should look like, such as {@code kafka:TOPIC}
     * @return the parts behind the scheme, percent-decoded
     * @throws IllegalArgumentException saying what is expected
     */
    public static List<String> parts(String address, String scheme, int count, String expected) {
        String text = address.strip();
        String prefix = scheme + ":";
        if (!text.regionMatches(true, 0, prefix, 0, prefix.length())) {
            throw new IllegalArgumentException("the address does not look like " + expected);
        }
        List<String> parts;
        try {
            parts = Stream.of(text.substring(prefix.length()).split("/", -1))
                    .map(part -> URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .toList();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the address has a % that no two hex digits follow");
        }
        if (parts.size() != count
                || parts.stream().anyMatch(part -> part.chars().anyMatch(Character::isISOControl))) {
            throw new IllegalArgumentException("the address does not look like " + expected);
        }
        return parts;
    }
}
