package io.orderwatch.node.config;

import io.orderwatch.job.gateway.SmsSettings;
import java.net.URI;

/**
 * The gateway that takes our short messages, alerts and notifications alike.
 *
 * @param url empty: there is none; a secret, since some gateways have their key in it
 * @param authorization value of the header of that name; empty: none
 * @param body what is posted, with {@code {to}} and {@code {text}} in it
 */
public record SmsConfig(Secret url, Secret authorization, String body) {

    /** Whether there is one. */
    public boolean isSet() {
        return url.isSet();
    }

    /** In the words of those who use it. */
    public SmsSettings settings() {
        return new SmsSettings(URI.create(url.value()), authorization.value(), body);
    }
}
