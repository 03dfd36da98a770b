package io.orderwatch.job.alert;

import io.orderwatch.dao.Tx;
import io.orderwatch.dao.alert.BreakerNews;
import io.orderwatch.dao.alert.ConditionStore;
import io.orderwatch.dao.alert.Severity;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A merchant's endpoint is not called since its breaker is open. Reads only what changed since the last look. */
final class BreakerRule implements Rule {

    static final String NAME = "breaker-opened";

    private static final int AGAIN = 100;
    private static final int AT_ONCE = 1_000;

    private final ConditionStore conditions = new ConditionStore();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Severity severity() {
        return Severity.CRITICAL;
    }

    @Override
    public Duration hold() {
        return Duration.ZERO;
    }

    @Override
    public Findings look(Tx tx) {
        Map<String, BreakerNews> last = new LinkedHashMap<>();
        long position = 0;
        for (BreakerNews news : conditions.breakers(tx, AGAIN, AT_ONCE)) {
            last.put(subject(news), news);
            position = news.id();
        }
        List<Finding> wrong = new ArrayList<>();
        Set<String> over = new HashSet<>();
        last.forEach((subject, news) -> {
            if (news.open()) {
                wrong.add(new Finding(
                        subject,
                        List.of(Names.of(news.merchantId(), news.merchantName()), news.endpointId(), news.reason())));
            } else {
                over.add(subject);
            }
        });
        if (position > 0) {
            conditions.dealtWith(tx, position);
        }
        return Findings.news(wrong, over);
    }

    private static String subject(BreakerNews news) {
        String endpoint = "merchant " + news.merchantId() + " endpoint " + news.endpointId();
        return news.scope().isEmpty() ? endpoint : endpoint + " on " + news.scope();
    }
}
