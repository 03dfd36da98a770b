package io.orderwatch.dao.notification;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

record AttemptRow(
        long notificationId,
        int attempt,
        @Nullable Long endpointId,
        String node,
        long epoch,
        Instant startedAt,
        int durationMs,
        String outcome,
        @Nullable Integer httpStatus,
        @Nullable String detail) {

    private static final int DETAIL_LENGTH = 255;

    static AttemptRow of(AttemptResult result, String node) {
        String detail = result.detail();
        return new AttemptRow(
                result.notificationId(),
                result.attempt(),
                result.endpointId(),
                node,
                result.epoch(),
                result.startedAt(),
                (int) Math.min(Integer.MAX_VALUE, result.took().toMillis()),
                result.outcome(),
                result.httpStatus(),
                detail == null || detail.length() <= DETAIL_LENGTH ? detail : detail.substring(0, DETAIL_LENGTH));
    }
}
