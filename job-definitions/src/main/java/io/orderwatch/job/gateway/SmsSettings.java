package io.orderwatch.job.gateway;

import java.net.URI;

/**
 * The SMS gateway.
 *
 * @param address that takes a POST for each message
 * @param authorization value of the header of that name; empty: none; never printed
 * @param body what is posted, with {@code {to}} and {@code {text}} where those go, as JSON strings without their quotes
 */
public record SmsSettings(URI address, String authorization, String body) {

    /** A gateway of which nothing more is said. */
    public static final String USUAL_BODY = "{\"to\": \"{to}\", \"text\": \"{text}\"}";

    @Override
    public String toString() {
        return "SMS gateway";
    }
}
