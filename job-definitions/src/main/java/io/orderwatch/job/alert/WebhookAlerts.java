package io.orderwatch.job.alert;

import io.orderwatch.job.gateway.GatewayAnswer;
import io.orderwatch.job.gateway.HttpGateway;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Whatever takes a JSON object: an on-call service, a script of the operators. */
final class WebhookAlerts implements AlertChannel {

    static final String NAME = "webhook";

    private final AlertChannelSettings.Webhook settings;
    private final HttpAlerts http;

    WebhookAlerts(AlertChannelSettings.Webhook settings, HttpGateway gateway) {
        this.settings = settings;
        this.http = new HttpAlerts(gateway, new Redaction(secrets(settings)));
    }

    /** Many services have their token in the path. */
    private static List<String> secrets(AlertChannelSettings.Webhook settings) {
        List<String> secrets = new ArrayList<>(List.of(settings.authorization()));
        String path = settings.address().getRawPath();
        if (path != null && path.length() > 1) {
            secrets.add(path);
        }
        if (settings.address().getRawQuery() != null) {
            secrets.add(settings.address().getRawQuery());
        }
        return secrets;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String send(AlertMessage message) throws AlertNotSentException, InterruptedException {
        Map<String, String> body = new LinkedHashMap<>();
        body.put("id", message.id());
        body.put("name", message.name());
        body.put("subject", message.subject());
        body.put("severity", message.severity().name());
        body.put("stage", message.stage().name());
        body.put("title", message.title());
        body.put("message", message.message());
        body.put("time", message.at().toString());
        GatewayAnswer answer = http.post(
                settings.address(),
                settings.authorization().isEmpty() ? Map.of() : Map.of("Authorization", settings.authorization()),
                body);
        if (!answer.good()) {
            throw new AlertNotSentException("the webhook answered " + http.shown(answer), null);
        }
        return "HTTP " + answer.status();
    }
}
