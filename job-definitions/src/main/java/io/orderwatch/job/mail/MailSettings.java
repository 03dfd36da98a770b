package io.orderwatch.job.mail;

import java.time.Duration;

/**
 * The server that takes our mail.
 *
 * @param user empty: it asks for none
 * @param password never printed
 * @param from address of the sender
 * @param timeout of each step: to connect, and to be answered
 */
public record MailSettings(
        String host, int port, Security security, String user, String password, String from, Duration timeout) {

    /** How the connection is kept from others. */
    public enum Security {
        /** Not at all: for a server on this host or in its network. */
        NONE,
        /** It becomes TLS before anything is said; a server that cannot is not used. */
        STARTTLS,
        /** TLS from the first byte. */
        TLS
    }

    @Override
    public String toString() {
        return "mail server " + host + ":" + port;
    }
}
