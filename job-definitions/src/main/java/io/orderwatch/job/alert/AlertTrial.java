package io.orderwatch.job.alert;

import io.orderwatch.dao.alert.Severity;
import io.orderwatch.dao.alert.Stage;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Tries out whether people are reached. */
public final class AlertTrial {

    private final AlertTexts texts;
    private final InstantSource clock;

    public AlertTrial(AlertSettings settings, InstantSource clock) {
        this.texts = new AlertTexts(settings.language(), settings.zone(), settings.cluster());
        this.clock = clock;
    }

    /**
     * How a channel did.
     *
     * @param said what the service said, or why it did not take the message
     */
    public record Result(String channel, boolean sent, String said, long millis) {}

    /**
     * Sends one message over each channel, one after the other.
     *
     * @param who tries, as {@code user@host}
     */
    public List<Result> run(AlertChannels channels, String who) throws InterruptedException {
        List<Result> results = new ArrayList<>();
        for (AlertChannel channel : channels.all()) {
            Instant at = clock.instant();
            AlertTexts.Text text = texts.test(at, who);
            AlertMessage message = new AlertMessage(
                    "alert-test-" + UUID.randomUUID(),
                    "alert-test",
                    "",
                    Severity.CRITICAL,
                    Stage.OPENED,
                    text.title(),
                    text.message(),
                    at);
            boolean sent = false;
            String said;
            try {
                said = channel.send(message);
                sent = true;
            } catch (AlertNotSentException e) {
                said = e.getMessage();
            }
            results.add(new Result(channel.name(), sent, said, clock.millis() - at.toEpochMilli()));
        }
        return results;
    }
}
