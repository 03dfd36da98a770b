package io.orderwatch.job.alert;

import io.orderwatch.dao.Tx;
import io.orderwatch.dao.alert.ConditionStore;
import io.orderwatch.dao.alert.ConditionStore.Worst;
import io.orderwatch.dao.alert.Figures;
import io.orderwatch.dao.alert.MerchantFigures;
import io.orderwatch.dao.alert.Severity;
import io.orderwatch.dao.cluster.ClusterStore;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What merchants answer, all together, is out of bounds. Reads a row a minute and node, and more only when it is. */
final class RateRule implements Rule {

    static final String SUCCESS_RATE = "success-rate";
    static final String ANSWER_TIME = "answer-time";
    static final String ERROR_RATE = "error-rate";

    private static final int WORST = 3;

    private final ConditionStore conditions = new ConditionStore();
    private final ClusterStore cluster = new ClusterStore();
    private final String name;
    private final Duration window;
    private final int minCount;
    private final double bound;
    private final Predicate<Figures> wrong;
    private final Worst worst;

    private RateRule(String name, Duration window, int minCount, double bound, Predicate<Figures> wrong, Worst worst) {
        this.name = name;
        this.window = window;
        this.minCount = minCount;
        this.bound = bound;
        this.wrong = wrong;
        this.worst = worst;
    }

    static RateRule successRate(AlertSettings.Rate settings) {
        double least = settings.percent() / 100;
        return new RateRule(
                SUCCESS_RATE,
                settings.window(),
                settings.minCount(),
                least,
                figures -> figures.successRate() < least,
                Worst.NOT_ACCEPTED);
    }

    static RateRule errorRate(AlertSettings.Rate settings) {
        double most = settings.percent() / 100;
        return new RateRule(
                ERROR_RATE,
                settings.window(),
                settings.minCount(),
                most,
                figures -> figures.errorRate() > most,
                Worst.UNANSWERED);
    }

    static RateRule answerTime(AlertSettings.AnswerTime settings) {
        long most = settings.above().toMillis();
        return new RateRule(
                ANSWER_TIME,
                settings.window(),
                settings.minCount(),
                most / 1000.0,
                figures -> figures.averageMillis() > most,
                Worst.SLOW);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Severity severity() {
        return Severity.WARNING;
    }

    @Override
    public Duration hold() {
        return Duration.ZERO;
    }

    @Override
    public Findings look(Tx tx) {
        Figures all = conditions.window(tx, cluster.databaseTime(tx), window);
        if (all.tries() < minCount || !wrong.test(all)) {
            return Findings.all(List.of());
        }
        String merchants = conditions.worst(tx, window, worst, WORST).stream()
                .map(this::line)
                .collect(Collectors.joining("; "));
        return Findings.all(List.of(new Finding(
                "",
                List.of(
                        all.successRate(),
                        all.errorRate(),
                        all.averageMillis() / 1000.0,
                        all.tries(),
                        window.toMinutes(),
                        bound,
                        merchants))));
    }

    private String line(MerchantFigures merchant) {
        Figures figures = merchant.figures();
        String who = Names.of(merchant.merchantId(), merchant.name());
        return switch (worst) {
            case NOT_ACCEPTED -> who + " " + figures.accepted() + "/" + figures.tries();
            case UNANSWERED -> who + " " + figures.unanswered() + "/" + figures.tries();
            case SLOW -> who + " " + figures.averageMillis() + " ms";
        };
    }
}
