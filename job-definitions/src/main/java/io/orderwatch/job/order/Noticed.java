package io.orderwatch.job.order;

import io.orderwatch.dao.notification.NewNotification;
import io.orderwatch.dao.order.ChangedOrder;
import io.orderwatch.dao.order.StatusStep;
import java.util.List;

/** What one changed order comes to: its steps, and what its merchant is told of them. */
record Noticed(ChangedOrder order, List<StatusStep> steps, List<NewNotification> notifications) {}
