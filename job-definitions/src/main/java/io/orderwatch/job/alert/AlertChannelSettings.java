package io.orderwatch.job.alert;

import io.orderwatch.job.gateway.SmsSettings;
import io.orderwatch.job.mail.MailSettings;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How people are reached. What is null is not used. Shows no secret in its {@code toString}.
 *
 * @param deadline of each try to send
 */
public record AlertChannelSettings(
        Duration deadline,
        @Nullable Telegram telegram,
        @Nullable Wecom wecom,
        @Nullable Webhook webhook,
        @Nullable Mail mail,
        @Nullable Sms sms) {

    /**
     * A Telegram bot.
     *
     * @param address of the API, without a slash at its end
     * @param token of the bot
     * @param chat its id, or {@code @name}
     */
    public record Telegram(String address, String token, String chat) {

        @Override
        public String toString() {
            return "Telegram chat " + chat;
        }
    }

    /**
     * A robot of a WeChat Work group.
     *
     * @param address without the key
     */
    public record Wecom(String address, String key) {

        @Override
        public String toString() {
            return "WeChat Work robot";
        }
    }

    /**
     * A service that takes JSON.
     *
     * @param authorization value of the header of that name; empty: none
     */
    public record Webhook(URI address, String authorization) {

        @Override
        public String toString() {
            return "webhook at " + address.getHost();
        }
    }

    /** @param to one or more addresses, separated by commas */
    public record Mail(MailSettings server, String to) {}

    /** @param to telephone numbers */
    public record Sms(SmsSettings gateway, List<String> to) {}
}
