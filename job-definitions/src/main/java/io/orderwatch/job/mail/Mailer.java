package io.orderwatch.job.mail;

import jakarta.mail.Address;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import java.util.Properties;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import org.eclipse.angus.mail.util.MailConnectException;
import org.eclipse.angus.mail.util.SocketConnectException;
import org.jspecify.annotations.Nullable;

/**
 * Sends mail, a connection each. Blocks for a few timeouts at most: whoever needs a total deadline keeps it. Safe for use
 * by many threads.
 */
public final class Mailer {

    private final MailSettings settings;
    private final Session session;

    public Mailer(MailSettings settings) {
        this(settings, null);
    }

    /** @param trust makes TLS sockets; null: those that believe whom the JVM believes */
    Mailer(MailSettings settings, @Nullable SSLSocketFactory trust) {
        this.settings = settings;
        String millis = Long.toString(settings.timeout().toMillis());
        String protocol = protocol();
        Properties properties = new Properties();
        properties.setProperty("mail.transport.protocol", protocol);
        properties.setProperty("mail." + protocol + ".connectiontimeout", millis);
        properties.setProperty("mail." + protocol + ".timeout", millis);
        properties.setProperty("mail." + protocol + ".writetimeout", millis);
        properties.setProperty(
                "mail." + protocol + ".auth", Boolean.toString(!settings.user().isEmpty()));
        properties.setProperty("mail." + protocol + ".ssl.checkserveridentity", "true");
        if (trust != null) {
            properties.put("mail." + protocol + ".ssl.socketFactory", trust);
        }
        if (settings.security() == MailSettings.Security.STARTTLS) {
            properties.setProperty("mail.smtp.starttls.enable", "true");
            properties.setProperty("mail.smtp.starttls.required", "true");
        }
        this.session = Session.getInstance(properties);
    }

    private String protocol() {
        return settings.security() == MailSettings.Security.TLS ? "smtps" : "smtp";
    }

    /**
     * Sends a message of plain text.
     *
     * @param to one or more addresses, separated by commas
     * @param messageId left of the @; the same for all tries of the same message
     * @param headers further ones, in ASCII
     * @param at date of the message
     * @throws MailException when the server did not take it for all recipients
     */
    public void send(String to, String subject, String text, String messageId, Map<String, String> headers, Instant at)
            throws MailException {
        try {
            MimeMessage message = new IdentifiedMessage(session, "<" + messageId + "@" + domain() + ">");
            message.setFrom(new InternetAddress(settings.from()));
            Address[] recipients = InternetAddress.parse(to, true);
            message.setRecipients(RecipientType.TO, recipients);
            message.setSubject(subject.replaceAll("[\\r\\n]+", " "), StandardCharsets.UTF_8.name());
            message.setText(text, StandardCharsets.UTF_8.name());
            message.setSentDate(Date.from(at));
            message.setHeader("Auto-Submitted", "auto-generated");
            for (Map.Entry<String, String> header : headers.entrySet()) {
                message.setHeader(header.getKey(), header.getValue().replaceAll("[\\r\\n]+", " "));
            }
            message.saveChanges();
            try (Transport transport = session.getTransport(protocol())) {
                transport.connect(
                        settings.host(),
                        settings.port(),
                        settings.user().isEmpty() ? null : settings.user(),
                        settings.user().isEmpty() ? null : settings.password());
                transport.sendMessage(message, recipients);
            }
        } catch (MessagingException e) {
            throw failure(e);
        }
    }

    /** @throws IllegalArgumentException when the text is not one or more addresses */
    public static void check(String addresses) {
        try {
            InternetAddress[] parsed = InternetAddress.parse(addresses, true);
            if (parsed.length == 0 || addresses.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("it is not an e-mail address");
            }
            for (InternetAddress address : parsed) {
                address.validate();
                if (!address.getAddress().contains("@")) {
                    throw new IllegalArgumentException("the address has no @");
                }
            }
        } catch (AddressException e) {
            throw new IllegalArgumentException("it is not an e-mail address: " + e.getMessage(), e);
        }
    }

    private String domain() {
        return settings.from().substring(settings.from().lastIndexOf('@') + 1).replaceAll("[>\\s]", "");
    }

    private MailException failure(MessagingException e) {
        MailException.Why why = why(e);
        return new MailException(why, sentence(why, e), e);
    }

    private static MailException.Why why(MessagingException e) {
        if (e instanceof AuthenticationFailedException
                || e instanceof SendFailedException
                || e instanceof AddressException) {
            return MailException.Why.REFUSED;
        }
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException) {
                return MailException.Why.TLS;
            }
            if (cause instanceof MailConnectException || cause instanceof SocketConnectException) {
                return MailException.Why.CONNECT;
            }
            if (cause instanceof SocketTimeoutException) {
                return MailException.Why.TIMEOUT;
            }
            if (cause instanceof org.eclipse.angus.mail.smtp.SMTPSenderFailedException
                    || cause instanceof org.eclipse.angus.mail.smtp.SMTPAddressFailedException) {
                return MailException.Why.REFUSED;
            }
        }
        return String.valueOf(e.getMessage()).contains("STARTTLS") ? MailException.Why.TLS : MailException.Why.RESET;
    }

    private String sentence(MailException.Why why, MessagingException e) {
        return switch (why) {
            case CONNECT -> "no connection to " + settings;
            case TLS -> "no TLS session that can be trusted with " + settings;
            case TIMEOUT ->
                settings + " did not answer within " + settings.timeout().toMillis() + " ms";
            case REFUSED -> settings + " refused it: " + firstLine(e);
            case RESET -> "the connection to " + settings + " broke: " + firstLine(e);
        };
    }

    private static String firstLine(MessagingException e) {
        Throwable deepest = e;
        while (deepest instanceof MessagingException messaging && messaging.getNextException() != null) {
            deepest = messaging.getNextException();
        }
        return String.valueOf(deepest.getMessage())
                .lines()
                .findFirst()
                .orElse("")
                .strip();
    }

    /** Keeps its own id, which tells tries of the same message from each other's. */
    private static final class IdentifiedMessage extends MimeMessage {

        private final String id;

        IdentifiedMessage(Session session, String id) {
            super(session);
            this.id = id;
        }

        @Override
        protected void updateMessageID() throws MessagingException {
            setHeader("Message-ID", id);
        }
    }
}
