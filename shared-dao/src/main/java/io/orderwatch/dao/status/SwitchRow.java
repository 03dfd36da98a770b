package io.orderwatch.dao.status;

import org.jspecify.annotations.Nullable;

record SwitchRow(
        SwitchKind kind, long id, int status, @Nullable Integer paymentWindowSeconds) {}
