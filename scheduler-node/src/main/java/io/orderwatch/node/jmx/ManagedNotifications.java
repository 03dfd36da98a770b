package io.orderwatch.node.jmx;

import io.orderwatch.dao.notification.DeadFilter;
import io.orderwatch.dao.notification.MerchantState;
import io.orderwatch.job.notification.ManualRetry;
import io.orderwatch.job.notification.OperatorDesk;
import io.orderwatch.job.notification.RetryAnswer;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import javax.management.MBeanServer;
import org.jspecify.annotations.Nullable;

/** Registers {@link NotificationsMXBean}, and takes it away again when it is closed. */
public final class ManagedNotifications implements NotificationsMXBean, AutoCloseable {

    /** Name of the MBean. */
    public static final String NAME = "io.orderwatch:type=Notifications";

    private static final int LONGEST = 100;

    private final OperatorDesk desk;
    private final ManualRetry retry;
    private final Registration registration;

    /** @throws IllegalStateException when there is such an MBean already */
    public ManagedNotifications(OperatorDesk desk, ManualRetry retry, MBeanServer server) {
        this.desk = desk;
        this.retry = retry;
        this.registration = new Registration(this, NAME, server);
    }

    @Override
    public String why(String orderNo) {
        List<String> lines = desk.why(orderNo);
        return lines.isEmpty()
                ? "Nothing has happened to such an order, if there is one"
                : String.join(System.lineSeparator(), lines);
    }

    @Override
    public String retry(String orderNo) {
        return sentences(() -> retry.retry(orderNo, Registration.actor()));
    }

    @Override
    public String retryNotification(String id) {
        return sentences(() -> List.of(retry.retryNotification(id, Registration.actor())));
    }

    private String sentences(Callable<List<RetryAnswer>> work) {
        try {
            // one try at a time: each holds a thread of this node for as long as its merchant takes
            synchronized (retry) {
                return work.call().stream()
                        .map(RetryAnswer::sentence)
                        .collect(Collectors.joining(System.lineSeparator()));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("The node is stopping");
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            // a client may not have the class of the cause
            throw new IllegalStateException(e.toString());
        }
    }

    @Override
    public long countDead(long merchantId, String from, String until) {
        return desk.countDead(filter(merchantId, from, until));
    }

    @Override
    public long retryDead(long merchantId, String from, String until) {
        return desk.redriveDead(Registration.actor(), filter(merchantId, from, until), done -> {});
    }

    private static DeadFilter filter(long merchantId, String from, String until) {
        return new DeadFilter(merchantId == 0 ? null : merchantId, moment(from), moment(until));
    }

    private static @Nullable Instant moment(String text) {
        try {
            return text.isBlank() ? null : Instant.parse(text.strip());
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("A time is written like 2026-01-31T12:00:00Z", e);
        }
    }

    @Override
    public String merchants() {
        StringBuilder table = new StringBuilder();
        for (MerchantState m : desk.merchants()) {
            table.append(String.format(
                    Locale.ROOT,
                    "%-20d %-24s %-8s %-10d %-8s %s%n",
                    m.id(),
                    m.name(),
                    m.state(),
                    m.endpoints(),
                    m.status() == 1 ? "" : "paused",
                    m.why() == null ? "" : m.why()));
        }
        return table.toString();
    }

    @Override
    public String queues() {
        return desk.queues().table(LONGEST);
    }

    @Override
    public String queuesAsJson() {
        return desk.queues().json();
    }

    @Override
    public String pauseMerchant(long merchantId) {
        return desk.switchMerchant(Registration.actor(), merchantId, false).toString();
    }

    @Override
    public String resumeMerchant(long merchantId) {
        return desk.switchMerchant(Registration.actor(), merchantId, true).toString();
    }

    @Override
    public void close() {
        registration.close();
    }
}
