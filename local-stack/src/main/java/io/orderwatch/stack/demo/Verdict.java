package io.orderwatch.stack.demo;

import io.orderwatch.stack.generator.OrderBook.Tally;
import io.orderwatch.stack.merchant.MerchantStats;
import java.util.ArrayList;
import java.util.List;

/**
 * What came of it: the book of what was written against the merchants' own count and the database.
 *
 * @param tally what merchants were to hear, and heard
 * @param merchants their count
 * @param p50 milliseconds from paid to answered
 * @param p99 milliseconds from paid to answered
 * @param unpaidAndOpen orders that should have been cancelled by now
 * @param paidAndCancelled orders that should never have been cancelled
 * @param setAside rows that Orderwatch set aside
 * @param badRows rows that it had to set aside
 * @param dead notifications that were given up, where an operator sees them
 * @param waiting notifications that wait for another try; 0 where merchants accept all, be it slowly: then
 *     nothing has to
 */
record Verdict(
        Tally tally,
        MerchantStats merchants,
        long p50,
        long p99,
        long unpaidAndOpen,
        long paidAndCancelled,
        long setAside,
        long badRows,
        long dead,
        long waiting) {

    /** Events that reached nobody, and of which nobody is told either. */
    long lost() {
        return Math.max(0, tally.missing() - dead - waiting);
    }

    boolean good() {
        return complaints().isEmpty();
    }

    /** What is wrong, a sentence each. */
    List<String> complaints() {
        List<String> complaints = new ArrayList<>();
        addIf(complaints, lost(), "%d events never reached their merchants.");
        addIf(complaints, merchants.duplicated(), "%d notifications came again after they had been answered well.");
        addIf(complaints, tally.wrong(), "%d notifications tell of what never happened.");
        addIf(complaints, merchants.rejected(), "%d requests had no valid signature or no usable id.");
        addIf(complaints, unpaidAndOpen, "%d orders past their expiry are neither paid nor cancelled.");
        addIf(complaints, paidAndCancelled, "%d orders are cancelled though they were paid.");
        if (setAside != badRows) {
            complaints.add(setAside + " rows are set aside, where " + badRows + " were bad.");
        }
        return complaints;
    }

    /** Notifications answered well a second, from the first order committed as paid to the last answer. */
    double ratePerSecond() {
        long millis = Math.max(1, tally.lastToldAt() - tally.firstPaidAt());
        return tally.measured() * 1_000.0 / millis;
    }

    String lastLine() {
        return "delivered=" + tally.told() + " duplicated=" + merchants.duplicated() + " lost=" + lost() + " p50_ms="
                + p50 + " p99_ms=" + p99;
    }

    private static void addIf(List<String> complaints, long count, String sentence) {
        if (count > 0) {
            complaints.add(sentence.formatted(count));
        }
    }
}
