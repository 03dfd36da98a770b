package io.orderwatch.node.config;

import io.orderwatch.job.alert.AlertChannelSettings;
import io.orderwatch.job.alert.AlertSettings;
import java.net.URI;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What counts as an incident, and how people are told of it. An empty address, token or list means that the channel is not
 * used.
 *
 * @param language {@code en} or {@code zh}
 * @param zone that times are told in
 * @param repeatEvery time between two messages of an incident that lasts
 * @param giveUpAfter a message that no channel took so long is not sent any more
 * @param timeout of each try to send
 * @param mailTo addresses, separated by commas
 * @param smsTo telephone numbers, separated by commas
 */
public record AlertConfig(
        String language,
        ZoneId zone,
        Duration repeatEvery,
        Duration giveUpAfter,
        Duration timeout,
        boolean breakerOpened,
        boolean slowMerchant,
        Queue queue,
        Rate successRate,
        AnswerTime answerTime,
        Rate errorRate,
        NodeLost nodeLost,
        Telegram telegram,
        Wecom wecom,
        Webhook webhook,
        String mailTo,
        String smsTo) {

    /** Too many notifications wait for too long. */
    public record Queue(boolean enabled, int above, Duration lasting) {}

    /** A share of the tries is out of bounds. */
    public record Rate(boolean enabled, double percent, Duration window, int minCount) {}

    /** Answers take too long on average. */
    public record AnswerTime(boolean enabled, Duration above, Duration window, int minCount) {}

    /** @param forgetAfter a node that is gone for longer is not missed any more */
    public record NodeLost(boolean enabled, Duration forgetAfter) {}

    /** A bot and its chat. */
    public record Telegram(URI api, Secret token, String chat) {}

    /** A robot of a group. */
    public record Wecom(URI api, Secret key) {}

    /** @param url a secret, too: many services have their token in it */
    public record Webhook(Secret url, Secret authorization) {}

    /** In the words of those who act on it. */
    public AlertSettings settings(String cluster) {
        return new AlertSettings(
                cluster,
                "zh".equals(language) ? Locale.CHINESE : Locale.ENGLISH,
                zone,
                repeatEvery,
                giveUpAfter,
                breakerOpened,
                slowMerchant,
                queue.enabled() ? new AlertSettings.Queue(queue.above(), queue.lasting()) : null,
                rate(successRate),
                answerTime.enabled()
                        ? new AlertSettings.AnswerTime(answerTime.above(), answerTime.window(), answerTime.minCount())
                        : null,
                rate(errorRate),
                nodeLost.enabled() ? nodeLost.forgetAfter() : null);
    }

    private static AlertSettings.@Nullable Rate rate(Rate rate) {
        return rate.enabled() ? new AlertSettings.Rate(rate.percent(), rate.window(), rate.minCount()) : null;
    }

    /** How people are reached. */
    public AlertChannelSettings channels(MailConfig mail, SmsConfig sms) {
        return new AlertChannelSettings(
                timeout,
                telegram.token().isSet()
                        ? new AlertChannelSettings.Telegram(
                                telegram.api().toString(), telegram.token().value(), telegram.chat())
                        : null,
                wecom.key().isSet()
                        ? new AlertChannelSettings.Wecom(
                                wecom.api().toString(), wecom.key().value())
                        : null,
                webhook.url().isSet()
                        ? new AlertChannelSettings.Webhook(
                                URI.create(webhook.url().value()),
                                webhook.authorization().value())
                        : null,
                mailTo.isEmpty() ? null : new AlertChannelSettings.Mail(mail.settings(), mailTo),
                smsTo.isEmpty() ? null : new AlertChannelSettings.Sms(sms.settings(), smsNumbers()));
    }

    private List<String> smsNumbers() {
        return Arrays.stream(smsTo.split(",")).map(String::strip).toList();
    }
}
