package io.orderwatch.job.alert;

import io.orderwatch.job.gateway.HttpGateway;
import io.orderwatch.job.gateway.SmsGateway;
import io.orderwatch.job.mail.Mailer;
import java.util.ArrayList;
import java.util.List;

/** All the ways in which people are reached. Opens no connection before there is something to send. */
public final class AlertChannels implements AutoCloseable {

    private final HttpGateway http;
    private final List<AlertChannel> channels;

    public AlertChannels(AlertChannelSettings settings) {
        this.http = new HttpGateway("alert-http", settings.deadline());
        this.channels = channels(settings, http);
    }

    private static List<AlertChannel> channels(AlertChannelSettings settings, HttpGateway http) {
        List<AlertChannel> channels = new ArrayList<>();
        if (settings.telegram() != null) {
            channels.add(new TelegramAlerts(settings.telegram(), http));
        }
        if (settings.wecom() != null) {
            channels.add(new WecomAlerts(settings.wecom(), http));
        }
        if (settings.webhook() != null) {
            channels.add(new WebhookAlerts(settings.webhook(), http));
        }
        if (settings.mail() != null) {
            channels.add(new MailAlerts(
                    settings.mail().to(), new Mailer(settings.mail().server())));
        }
        if (settings.sms() != null) {
            channels.add(new SmsAlerts(
                    settings.sms().to(),
                    new SmsGateway(settings.sms().gateway(), http),
                    settings.deadline(),
                    new Redaction(List.of(settings.sms().gateway().authorization()))));
        }
        return List.copyOf(channels);
    }

    List<AlertChannel> all() {
        return channels;
    }

    @Override
    public void close() {
        http.close();
    }
}
