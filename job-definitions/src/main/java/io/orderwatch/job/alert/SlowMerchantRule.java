package io.orderwatch.job.alert;

import io.orderwatch.dao.Tx;
import io.orderwatch.dao.alert.ConditionStore;
import io.orderwatch.dao.alert.Severity;
import io.orderwatch.dao.alert.SlowMerchant;
import java.time.Duration;
import java.util.List;

/** A merchant's answers take so long that it went to the slow lane. */
final class SlowMerchantRule implements Rule {

    static final String NAME = "slow-merchant";

    private static final int AT_ONCE = 1_000;

    private final ConditionStore conditions = new ConditionStore();

    @Override
    public String name() {
        return NAME;
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
        List<SlowMerchant> slow = conditions.slow(tx, AT_ONCE);
        List<Finding> wrong = slow.stream()
                .map(merchant -> new Finding(
                        "merchant " + merchant.merchantId(),
                        List.of(
                                Names.of(merchant.merchantId(), merchant.name()),
                                merchant.averageMs(),
                                merchant.nodes())))
                .toList();
        return slow.size() < AT_ONCE ? Findings.all(wrong) : Findings.some(wrong);
    }
}
