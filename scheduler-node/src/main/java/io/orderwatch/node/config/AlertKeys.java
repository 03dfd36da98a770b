package io.orderwatch.node.config;

import io.orderwatch.job.gateway.SmsSettings;
import io.orderwatch.job.mail.Mailer;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;

/** Reads the sections {@code alerts}, {@code mail} and {@code sms}. */
final class AlertKeys {

    private static final String WINDOW = "5 m";
    private static final int MIN_COUNT = 100;

    private final Settings settings;

    AlertKeys(Settings settings) {
        this.settings = settings;
    }

    AlertConfig alerts() {
        return new AlertConfig(
                settings.text("alerts.language", "en", Set.of("en", "zh")::contains, "expected en or zh"),
                settings.value("alerts.time-zone", ZoneId.of("UTC"), ZoneOffset.UTC, "expected a time zone", text -> {
                    try {
                        return Optional.of(ZoneId.of(text));
                    } catch (DateTimeException e) {
                        return Optional.empty(); // the sentence says what is expected instead
                    }
                }),
                settings.duration("alerts.repeat-every", "1 h", "1 m", "30 d"),
                settings.duration("alerts.give-up-after", "1 h", "1 m", "7 d"),
                settings.duration("alerts.timeout", "10 s", "100 ms", "1 m"),
                settings.flag("alerts.breaker-opened.enabled", true),
                settings.flag("alerts.slow-merchant.enabled", true),
                new AlertConfig.Queue(
                        settings.flag("alerts.queue.enabled", true),
                        settings.number("alerts.queue.above", 1_000, 1, 1_000_000),
                        settings.duration("alerts.queue.lasting", "30 s", "0 s", "1 d")),
                rate("alerts.success-rate", "below-percent", 95),
                new AlertConfig.AnswerTime(
                        settings.flag("alerts.answer-time.enabled", true),
                        settings.duration("alerts.answer-time.above", "10 s", "1 ms", "1 h"),
                        settings.duration("alerts.answer-time.window", WINDOW, "1 m", "1 d"),
                        settings.number("alerts.answer-time.min-count", MIN_COUNT, 1, 1_000_000_000)),
                rate("alerts.error-rate", "above-percent", 5),
                new AlertConfig.NodeLost(
                        settings.flag("alerts.node-lost.enabled", true),
                        settings.duration("alerts.node-lost.forget-after", "1 d", "1 m", "365 d")),
                new AlertConfig.Telegram(
                        address("alerts.telegram.api", "https://api.telegram.org"),
                        token("alerts.telegram.token"),
                        optional("alerts.telegram.chat", "expected the id of a chat, or nothing")),
                new AlertConfig.Wecom(
                        address("alerts.wecom.api", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send"),
                        token("alerts.wecom.key")),
                new AlertConfig.Webhook(
                        secretAddress("alerts.webhook.url"), headerValue("alerts.webhook.authorization")),
                mailAddresses("alerts.mail.to"),
                settings.text(
                        "alerts.sms.to",
                        "",
                        text -> text.isEmpty() || text.matches("\\+?\\d{3,20}(\\s*,\\s*\\+?\\d{3,20})*"),
                        "expected telephone numbers with a comma between, or nothing"));
    }

    MailConfig mail() {
        return new MailConfig(
                optional("mail.host", "expected a host name or an address, or nothing"),
                settings.number("mail.port", 587, 1, 65_535),
                settings.text(
                        "mail.security",
                        "starttls",
                        Set.of("none", "starttls", "tls")::contains,
                        "expected none, starttls or tls"),
                optional("mail.user", "expected a user's name, or nothing"),
                settings.secret("mail.password"),
                mailAddresses("mail.from"),
                settings.duration("mail.timeout", "10 s", "100 ms", "1 m"));
    }

    SmsConfig sms() {
        return new SmsConfig(
                secretAddress("sms.url"),
                headerValue("sms.authorization"),
                settings.text(
                        "sms.body",
                        SmsSettings.USUAL_BODY,
                        text -> text.contains("{to}") && text.contains("{text}"),
                        "expected a text with {to} and {text} in it"));
    }

    /** What is good one by one must go together. */
    void check(AlertConfig alerts, MailConfig mail, SmsConfig sms) {
        if (alerts.telegram().token().isSet() == alerts.telegram().chat().isEmpty()) {
            settings.contradiction("alerts.telegram.token and alerts.telegram.chat: expected both or none.");
        }
        if (mail.isSet() && mail.from().isEmpty()) {
            settings.contradiction("mail.from is empty: expected the sender's address with mail.host.");
        }
        if (!alerts.mailTo().isEmpty() && !mail.isSet()) {
            settings.contradiction("alerts.mail.to is " + alerts.mailTo() + ": expected mail.host with it.");
        }
        if (!alerts.smsTo().isEmpty() && !sms.isSet()) {
            settings.contradiction("alerts.sms.to is " + alerts.smsTo() + ": expected sms.url with it.");
        }
    }

    private AlertConfig.Rate rate(String section, String bound, double percent) {
        return new AlertConfig.Rate(
                settings.flag(section + ".enabled", true),
                settings.value(section + "." + bound, percent, percent, "expected a percentage from 0 to 100", text -> {
                    boolean good = text.matches("\\d{1,3}(\\.\\d{1,3})?") && Double.parseDouble(text) <= 100;
                    return good ? Optional.of(Double.parseDouble(text)) : Optional.empty();
                }),
                settings.duration(section + ".window", WINDOW, "1 m", "1 d"),
                settings.number(section + ".min-count", MIN_COUNT, 1, 1_000_000_000));
    }

    private String optional(String key, String expected) {
        return settings.text(key, "", text -> text.matches("\\S*"), expected);
    }

    private String mailAddresses(String key) {
        return settings.text(
                key,
                "",
                text -> {
                    try {
                        if (!text.isEmpty()) {
                            Mailer.check(text);
                        }
                        return true;
                    } catch (IllegalArgumentException e) {
                        return false; // the sentence says what is expected instead
                    }
                },
                "expected e-mail addresses with a comma between, or nothing");
    }

    /** What goes into a path or a query as it is. */
    private Secret token(String key) {
        Secret token = settings.secret(key);
        if (!token.value().matches("[A-Za-z0-9:_.~-]*")) {
            settings.contradiction(key + " is no token: expected letters, digits, and : _ . ~ - alone.");
        }
        return token;
    }

    private Secret headerValue(String key) {
        Secret value = settings.secret(key);
        if (!value.value().matches("[ -~]*")) {
            settings.contradiction(key + " is no value of a header: expected printable ASCII.");
        }
        return value;
    }

    private URI address(String key, String ifMissing) {
        URI usual = URI.create(ifMissing);
        return settings.value(
                key, usual, usual, "expected an address that begins with http:// or https://", AlertKeys::http);
    }

    private Secret secretAddress(String key) {
        Secret address = settings.secret(key);
        if (address.isSet() && http(address.value()).isEmpty()) {
            // the address is not shown: it may hold a token
            settings.contradiction(key + " is no address: expected one that begins with http:// or https://.");
            return Secret.NONE;
        }
        return address;
    }

    private static Optional<URI> http(String text) {
        try {
            URI uri = new URI(text);
            boolean good = ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))
                    && uri.getHost() != null
                    && uri.getUserInfo() == null;
            return good ? Optional.of(uri) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty(); // the sentence says what is expected instead
        }
    }
}
