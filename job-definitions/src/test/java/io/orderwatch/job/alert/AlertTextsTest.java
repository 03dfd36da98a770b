package io.orderwatch.job.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.alert.Incident;
import io.orderwatch.dao.alert.Severity;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ResourceBundle;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AlertTextsTest {

    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

    private final AlertTexts english = new AlertTexts(Locale.ENGLISH, ZoneOffset.UTC, "orderwatch");
    private final AlertTexts chinese = new AlertTexts(Locale.CHINESE, ZoneId.of("Asia/Shanghai"), "orderwatch");

    private static final Map<String, List<Object>> EXAMPLES = Map.of(
            BreakerRule.NAME,
                    List.of(Names.of(1234567, "Tea shop"), 12L, "5 failures in a row, the last of them TIMEOUT"),
            SlowMerchantRule.NAME, List.of(Names.of(1234567, ""), 4321, 3),
            QueueRule.NAME, List.of(10_000, 1, 1_000),
            RateRule.SUCCESS_RATE, List.of(0.912, 0.05, 1.25, 4000L, 5L, 0.95, "7 (Tea shop) 40/400"),
            RateRule.ERROR_RATE, List.of(0.912, 0.062, 1.25, 4000L, 5L, 0.05, "7 (Tea shop) 40/400"),
            RateRule.ANSWER_TIME, List.of(0.912, 0.05, 11.25, 4000L, 5L, 10.0, "7 (Tea shop) 12345 ms"),
            NodeLostRule.NAME, List.of("node-2", NOON));

    @Test
    void every_rule_says_figures_effect_and_advice_in_both_languages() {
        for (AlertTexts texts : List.of(english, chinese)) {
            EXAMPLES.forEach((rule, figures) -> {
                AlertTexts.Text text = texts.of(rule, Severity.CRITICAL, new Finding("", figures));
                assertEquals(3, text.message().lines().count(), text.message());
                assertFalse((text.title() + text.message()).matches("(?s).*[{}].*"), text.toString());
                assertFalse(text.title().contains("\n"), text.title());
            });
        }
    }

    @Test
    void both_languages_have_the_same_keys() {
        ResourceBundle zh = ResourceBundle.getBundle("io.orderwatch.job.alert.alerts", Locale.CHINESE);
        ResourceBundle en = ResourceBundle.getBundle("io.orderwatch.job.alert.alerts", Locale.ROOT);
        assertEquals(new TreeSet<>(en.keySet()), new TreeSet<>(zh.keySet()));
        // a bundle hands out its parent's texts for those that it lacks
        for (String key : en.keySet()) {
            boolean same = en.getString(key).equals(zh.getString(key));
            assertTrue(!same || List.of("title", "breaker-opened.figures").contains(key), key + " is not translated");
        }
    }

    @Test
    void an_operator_reads_what_happened_when_to_whom_and_what_to_do() {
        AlertTexts.Text text =
                english.of(BreakerRule.NAME, Severity.CRITICAL, new Finding("", EXAMPLES.get(BreakerRule.NAME)));
        assertEquals(
                "[CRITICAL] orderwatch: merchant 1234567 (Tea shop) is not called any more (endpoint 12)",
                text.title());
        assertEquals(
                "Time: 2026-11-21 12:00:00 UTC (lasts for 3 min)\n"
                        + "Figures: 5 failures in a row, the last of them TIMEOUT\n"
                        + "Effect: Its notifications wait and use up no try. One probe at a time looks whether it answers"
                        + " again; then all go on by themselves.\n"
                        + "Advice: Tell the merchant. Its latest answers: bin/orderwatch status, and"
                        + " notification_attempts of endpoint 12.",
                english.timed(text.message(), NOON.minusSeconds(200), NOON).replace("Z (", "UTC ("));
        AlertTexts.Text zh =
                chinese.of(QueueRule.NAME, Severity.WARNING, new Finding("", EXAMPLES.get(QueueRule.NAME)));
        assertEquals("[警告] orderwatch：10,000 条以上通知等待发送", zh.title());
        assertTrue(
                chinese.timed(zh.message(), NOON, NOON).startsWith("时间：2026-11-21 20:00:00 CST\n数据：到期未发送 10,000 条以上"),
                chinese.timed(zh.message(), NOON, NOON));
    }

    @Test
    void what_is_over_says_how_long_it_lasted() {
        Incident incident =
                new Incident(1, "queue", "", Severity.WARNING, "[WARNING] x: y", "m", NOON.minusSeconds(9000), 2);
        AlertTexts.Text text = english.over(incident, NOON);
        assertEquals("[OVER] [WARNING] x: y", text.title());
        assertTrue(text.message().endsWith("lasted 2 h."), text.message());
        assertTrue(chinese.over(incident, NOON).message().contains("持续 2 小时"), "in Chinese too");
    }

    @Test
    void many_at_once_are_one_message_that_says_how_many_more_there_are() {
        List<String> titles = java.util.stream.IntStream.range(0, 300)
                .mapToObj(i -> "title " + i)
                .toList();
        AlertTexts.Text text = english.several(Severity.CRITICAL, titles, NOON);
        assertTrue(text.title().contains("300 incidents at once"), text.title());
        assertTrue(text.message().contains("... and 290 more"), text.message());
        assertTrue(text.message().length() < 1000);
    }

    @Test
    void a_language_that_we_do_not_have_is_english() {
        assertEquals(
                english.test(NOON, "me").title(),
                new AlertTexts(Locale.FRENCH, ZoneOffset.UTC, "orderwatch")
                        .test(NOON, "me")
                        .title());
    }
}
