package io.orderwatch.job.order;

import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.order.ChangedOrder;
import io.orderwatch.dao.order.OrderState;
import io.orderwatch.dao.order.StatusStep;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes of a changed order the steps that it took and the notifications that follow. Decides only; writes nothing. */
final class OrderInterpreter {

    private final NotificationBody body = new NotificationBody();
    private final int maxAttributesBytes;

    OrderInterpreter(int maxAttributesBytes) {
        this.maxAttributesBytes = maxAttributesBytes;
    }

    /** The state that the order is in. */
    OrderState state(ChangedOrder order) {
        return OrderState.of(order.status())
                .orElseThrow(() -> new BadOrderException(
                        "status '" + order.status() + "' is none of " + Arrays.toString(OrderState.values())));
    }

    /** The state last dealt with; null: none. */
    @Nullable OrderState seen(ChangedOrder order) {
        return order.seenStatus() == null
                ? null
                : OrderState.of(order.seenStatus()).orElse(null);
    }

    /**
     * @param events states that the merchant wants to hear of
     * @param logged as {@link OrderSteps#between} has it
     * @throws BadOrderException with the reason for which it has to be set aside
     */
    Noticed interpret(ChangedOrder order, Set<OrderState> logged, Set<String> events) {
        OrderState now = state(order);
        if (order.attributesBytes() > maxAttributesBytes) {
            throw new BadOrderException("attributes are " + order.attributesBytes() + " bytes long, more than the "
                    + maxAttributesBytes + " that are passed on");
        }
        if (order.id() > NewNotification.LARGEST_ORDER_ID) {
            throw new BadOrderException("its id is larger than " + NewNotification.LARGEST_ORDER_ID
                    + ", of which no notification id can be made");
        }
        OrderState from = seen(order);
        List<StatusStep> steps = new ArrayList<>(3);
        List<NewNotification> notifications = new ArrayList<>(2);
        for (OrderState to :
                OrderSteps.between(from, logged, now, order.paidAt() != null, order.completedAt() != null)) {
            Instant occurredAt = occurredAt(order, to);
            steps.add(new StatusStep(order.id(), order.userId(), order.shard(), from, to, to != now, occurredAt));
            if (events.contains(to.name())) {
                notifications.add(new NewNotification(
                        NewNotification.idOf(order.id(), to),
                        order.id(),
                        order.userId(),
                        order.groupId(),
                        order.strategyId(),
                        order.merchantId(),
                        order.shard(),
                        to,
                        body.write(order, from, to, occurredAt)));
            }
            from = to;
        }
        return new Noticed(order, steps, notifications);
    }

    private static Instant occurredAt(ChangedOrder order, OrderState state) {
        Instant told =
                switch (state) {
                    case PENDING -> order.createdAt();
                    case PAID -> order.paidAt();
                    case COMPLETED -> order.completedAt();
                    case CANCELLED -> order.cancelledAt();
                    case FAILED, REFUNDED -> null;
                };
        return told == null ? order.noticedAt() : told;
    }
}
