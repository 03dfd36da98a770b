package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Plans by the names that {@code merchants.retry_preset} has for them: what payment companies promise their merchants. */
enum RetryPreset {
    /** For merchants that are looked after by people: six minutes in all. */
    DEFAULT("default", "5s,30s,5m"),
    /** Seven more tries in 24 h 24 min. */
    ALIPAY("alipay", "4m,10m,10m,1h,2h,6h,15h"),
    /** Fifteen more in 24 h 4 min, as WeChat Pay's third version has it. */
    WECHATPAY("wechatpay", "15s,15s,30s,3m,10m,20m,30m,30m,30m,60m,3h,3h,3h,6h,6h"),
    /** Nine more in three days, as Standard Webhooks 1.0.0 recommends. */
    STANDARD_WEBHOOKS("standard-webhooks", "5s,5m,30m,2h,5h,10h,14h,20h,24h"),
    /** For thirty days, at last every eight hours, as Adyen's queue is tried. */
    ADYEN("adyen", "2m,5m,10m,15m,30m,1h,2h,4h", "8h", 88);

    private final String name;
    private final RetryPlan plan;

    RetryPreset(String name, String delays) {
        this.name = name;
        this.plan = RetryPlan.parse(delays).orElseThrow();
    }

    RetryPreset(String name, String delays, String then, int times) {
        this.name = name;
        List<Duration> last = Collections.nCopies(
                times, RetryPlan.parse(then).orElseThrow().delays().get(0));
        this.plan = new RetryPlan(Stream.concat(RetryPlan.parse(delays).orElseThrow().delays().stream(), last.stream())
                .toList());
    }

    RetryPlan plan() {
        return plan;
    }

    static Optional<RetryPreset> named(String name) {
        return Arrays.stream(values())
                .filter(preset -> preset.name.equals(name.strip()))
                .findFirst();
    }

    /** {@code default, alipay, ...}. */
    static String names() {
        return Arrays.stream(values()).map(preset -> preset.name).collect(Collectors.joining(", "));
    }
}
