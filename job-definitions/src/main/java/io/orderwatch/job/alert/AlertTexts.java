package io.orderwatch.job.alert;

import io.orderwatch.dao.alert.Incident;
import io.orderwatch.dao.alert.Severity;
import java.text.MessageFormat;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.ResourceBundle;

/** What people read. The words are in {@code alerts.properties} and {@code alerts_zh.properties}. Safe for many threads. */
final class AlertTexts {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss zzz", Locale.ENGLISH);
    private static final int MOST_TITLES = 10;

    private final ResourceBundle words;
    private final Locale language;
    private final DateTimeFormatter time;
    private final String cluster;

    AlertTexts(Locale language, ZoneId zone, String cluster) {
        this.language = language;
        this.words = ResourceBundle.getBundle(
                "io.orderwatch.job.alert.alerts",
                language,
                ResourceBundle.Control.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES));
        this.time = TIME.withZone(zone);
        this.cluster = cluster;
    }

    /** A title and the lines below it. */
    record Text(String title, String message) {}

    /** Of an incident, whenever it is told of. */
    Text of(String rule, Severity severity, Finding finding) {
        Object[] figures = finding.figures().stream().map(this::shown).toArray();
        String title = say("title", severity(severity), cluster, say(rule + ".title", figures));
        return new Text(
                title,
                String.join(
                        "\n",
                        say("figures", say(rule + ".figures", figures)),
                        say("effect", say(rule + ".effect", figures)),
                        say("advice", say(rule + ".advice", figures))));
    }

    /** The message as it is told at a moment. */
    String timed(String message, Instant openedAt, Instant at) {
        Duration lasts = Duration.between(openedAt, at);
        String since = lasts.compareTo(Duration.ofMinutes(1)) < 0 ? "" : say("lasts", span(lasts));
        return say("time", time.format(at)) + since + "\n" + message;
    }

    /** Of one that is over. */
    Text over(Incident incident, Instant at) {
        return new Text(
                say("over.title", incident.title()),
                String.join(
                        "\n",
                        say("time", time.format(at)),
                        say(
                                "over.message",
                                time.format(incident.openedAt()),
                                span(Duration.between(incident.openedAt(), at)))));
    }

    /** Of several of one rule at once. */
    Text several(Severity severity, List<String> titles, Instant at) {
        String first = String.join("\n", titles.subList(0, Math.min(MOST_TITLES, titles.size())));
        int more = titles.size() - MOST_TITLES;
        return new Text(
                say("title", severity(severity), cluster, say("several.title", titles.size())),
                say("time", time.format(at)) + "\n" + first + (more > 0 ? "\n" + say("several.more", more) : ""));
    }

    /** Tries whether a channel works. */
    Text test(Instant at, String who) {
        return new Text(
                say("title", say("severity.test"), cluster, say("test.title")),
                say("time", time.format(at)) + "\n" + say("test.message", who));
    }

    private String severity(Severity severity) {
        return say("severity." + severity.name().toLowerCase(Locale.ROOT));
    }

    private String span(Duration span) {
        long seconds = Math.max(0, span.toSeconds());
        if (seconds < 60) {
            return say("span.seconds", seconds);
        }
        return seconds < 2 * 3600 ? say("span.minutes", seconds / 60) : say("span.hours", seconds / 3600);
    }

    private Object shown(Object figure) {
        return figure instanceof Instant at ? time.format(at) : figure;
    }

    private String say(String key, Object... figures) {
        return new MessageFormat(words.getString(key), language).format(figures);
    }
}
