package io.orderwatch.job.alert;

import io.orderwatch.dao.Database;
import io.orderwatch.dao.Tx;
import io.orderwatch.dao.alert.AlertStore;
import io.orderwatch.dao.alert.Incident;
import io.orderwatch.dao.alert.NewIncident;
import io.orderwatch.dao.alert.NewNotice;
import io.orderwatch.dao.alert.Severity;
import io.orderwatch.dao.alert.Stage;
import io.orderwatch.dao.cluster.ClusterStore;
import io.orderwatch.job.SingletonJob;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens incidents and closes them, and queues what people are told. All that it knows is in the database, so any node
 * may run it next, and several at once do no harm.
 */
final class AlertCheckJob implements SingletonJob {

    static final String NAME = "alert-check";

    private static final Logger LOG = LoggerFactory.getLogger(AlertCheckJob.class);

    /** More of one rule at a time come as one message. */
    private static final int ONE_BY_ONE = 5;

    private final Database database;
    private final List<Rule> rules;
    private final List<AlertChannel> channels;
    private final AlertTexts texts;
    private final Duration repeat;
    private final AlertStore alerts = new AlertStore();
    private final ClusterStore cluster = new ClusterStore();

    AlertCheckJob(Database database, List<Rule> rules, List<AlertChannel> channels, AlertTexts texts, Duration repeat) {
        this.database = database;
        this.rules = rules;
        this.channels = channels;
        this.texts = texts;
        this.repeat = repeat;
    }

    @Override
    public String name() {
        return NAME;
    }

    /** Looks at everything; a rule that fails does not keep the others from looking. */
    @Override
    public int run(BooleanSupplier stopped) {
        int changes = closeUnwatched();
        RuntimeException failed = null;
        for (Rule rule : rules) {
            if (stopped.getAsBoolean()) {
                return changes;
            }
            try {
                changes += check(rule);
            } catch (RuntimeException e) {
                LOG.debug("Rule {} could not look", rule.name(), e);
                failed = e;
            }
        }
        if (failed != null) {
            throw failed;
        }
        return changes;
    }

    /** Incidents of a rule that was switched off would last for ever. */
    private int closeUnwatched() {
        Set<String> watched = rules.stream().map(Rule::name).collect(Collectors.toSet());
        return database.inTransaction(tx -> {
            int closed = 0;
            for (Incident incident : alerts.open(tx)) {
                if (!watched.contains(incident.name()) && alerts.close(tx, incident.id())) {
                    closed++;
                }
            }
            return closed;
        });
    }

    /** As {@link #run}, of one rule. Returns how many incidents opened, closed or were told of. */
    int check(Rule rule) {
        return database.inTransaction(tx -> check(tx, rule));
    }

    private int check(Tx tx, Rule rule) {
        Findings findings = rule.look(tx);
        Map<String, Incident> open = open(tx, rule);
        Instant now = cluster.databaseTime(tx);
        int changes = 0;
        Map<String, AlertTexts.Text> found = new HashMap<>();
        for (Finding finding : findings.wrong()) {
            AlertTexts.Text text = texts.of(rule.name(), rule.severity(), finding);
            found.put(finding.subject(), text);
            if (!open.containsKey(finding.subject())) {
                NewIncident incident =
                        new NewIncident(rule.name(), finding.subject(), rule.severity(), text.title(), text.message());
                changes += alerts.open(tx, incident, rule.severity() != Severity.CRITICAL) ? 1 : 0;
            }
        }
        List<Incident> over = new ArrayList<>();
        for (Incident incident : open.values()) {
            if (!found.containsKey(incident.subject()) && findings.over().test(incident.subject())) {
                if (alerts.close(tx, incident.id())) {
                    over.add(incident);
                    changes++;
                }
            }
        }
        tellOver(tx, rule, over, now);
        return changes + tellDue(tx, rule, found, now);
    }

    private Map<String, Incident> open(Tx tx, Rule rule) {
        return alerts.open(tx).stream()
                .filter(incident -> incident.name().equals(rule.name()))
                .collect(Collectors.toMap(Incident::subject, Function.identity()));
    }

    private void tellOver(Tx tx, Rule rule, List<Incident> over, Instant now) {
        List<Telling> tellings = over.stream()
                // whoever never heard that it began need not hear that it ended
                .filter(incident -> incident.notices() > 0)
                .map(incident -> {
                    AlertTexts.Text text = texts.over(incident, now);
                    return new Telling(incident, text.title(), text.message());
                })
                .toList();
        over.forEach(incident -> LOG.info("Incident {} is over: {}", incident.id(), incident.title()));
        tell(tx, rule, Stage.CLOSED, tellings, now);
    }

    private int tellDue(Tx tx, Rule rule, Map<String, AlertTexts.Text> found, Instant now) {
        Map<Long, Incident> lasting =
                open(tx, rule).values().stream().collect(Collectors.toMap(Incident::id, Function.identity()));
        Set<Long> due = new HashSet<>(alerts.lockDue(tx, lasting.keySet(), rule.hold(), repeat));
        Map<Stage, List<Telling>> tellings = new HashMap<>();
        lasting.values().stream()
                .filter(incident -> due.contains(incident.id()))
                .forEach(incident -> {
                    AlertTexts.Text text = found.getOrDefault(
                            incident.subject(), new AlertTexts.Text(incident.title(), incident.message()));
                    alerts.noticed(tx, incident.id(), text.title(), text.message());
                    LOG.warn("Incident {}: {}", incident.id(), text.title());
                    Stage stage = incident.notices() == 0 ? Stage.OPENED : Stage.REPEATED;
                    tellings.computeIfAbsent(stage, any -> new ArrayList<>())
                            .add(new Telling(
                                    incident, text.title(), texts.timed(text.message(), incident.openedAt(), now)));
                });
        tellings.forEach((stage, some) -> tell(tx, rule, stage, some, now));
        return due.size();
    }

    private void tell(Tx tx, Rule rule, Stage stage, List<Telling> tellings, Instant now) {
        if (tellings.size() <= ONE_BY_ONE) {
            tellings.forEach(telling ->
                    queue(tx, rule, stage, telling, telling.incident().subject()));
            return;
        }
        AlertTexts.Text several = texts.several(
                rule.severity(), tellings.stream().map(Telling::title).toList(), now);
        Incident first = tellings.get(0).incident();
        queue(tx, rule, stage, new Telling(first, several.title(), several.message()), "");
    }

    private void queue(Tx tx, Rule rule, Stage stage, Telling telling, String subject) {
        List<String> names = channels.stream()
                .filter(channel -> rule.severity() == Severity.CRITICAL || !channel.onlyCritical())
                .map(AlertChannel::name)
                .toList();
        NewNotice notice = new NewNotice(
                telling.incident().id(),
                stage,
                rule.name(),
                subject,
                rule.severity(),
                telling.title(),
                telling.message());
        alerts.queue(tx, notice, names);
    }

    private record Telling(Incident incident, String title, String message) {}
}
