package io.orderwatch.dao.status;

import io.orderwatch.dao.ColumnsInOrder;
import org.jspecify.annotations.Nullable;

@ColumnsInOrder
record SwitchRow(
        SwitchKind kind, long id, int status, @Nullable Integer paymentWindowSeconds) {}
