package io.orderwatch.job.alert;

import io.orderwatch.job.mail.MailException;
import io.orderwatch.job.mail.Mailer;
import java.util.Map;

/** E-mail. */
final class MailAlerts implements AlertChannel {

    static final String NAME = "mail";

    private final String to;
    private final Mailer mailer;

    /** @param to one or more addresses, separated by commas */
    MailAlerts(String to, Mailer mailer) {
        this.to = to;
        this.mailer = mailer;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String send(AlertMessage message) throws AlertNotSentException {
        try {
            mailer.send(to, message.title(), message.text(), message.id(), Map.of(), message.at());
            return "taken by the mail server";
        } catch (MailException e) {
            throw new AlertNotSentException(e.getMessage(), e);
        }
    }
}
