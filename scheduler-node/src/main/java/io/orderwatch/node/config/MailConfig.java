package io.orderwatch.node.config;

import io.orderwatch.job.mail.MailSettings;
import java.time.Duration;
import java.util.Locale;

/**
 * The server that takes our mail, alerts and notifications alike.
 *
 * @param host empty: there is none
 * @param security {@code none}, {@code starttls} or {@code tls}
 * @param user empty: it asks for none
 * @param from address of the sender
 * @param timeout of each step
 */
public record MailConfig(
        String host, int port, String security, String user, Secret password, String from, Duration timeout) {

    /** Whether there is one. */
    public boolean isSet() {
        return !host.isEmpty();
    }

    /** In the words of those who use it. */
    public MailSettings settings() {
        return new MailSettings(
                host,
                port,
                MailSettings.Security.valueOf(security.toUpperCase(Locale.ROOT)),
                user,
                password.value(),
                from,
                timeout);
    }
}
