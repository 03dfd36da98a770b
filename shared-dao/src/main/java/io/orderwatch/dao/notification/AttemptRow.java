package io.orderwatch.dao.notification;

import io.orderwatch.dao.Rows;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

record AttemptRow(
        long notificationId,
        int attempt,
        long claimToken,
        int step,
        long endpointId,
        String node,
        long epoch,
        Instant startedAt,
        int durationMs,
        String outcome,
        @Nullable Integer httpStatus,
        @Nullable String detail,
        Visit.Doubt doubt) {

    private static final int DETAIL_LENGTH = 255;

    /** A row for each endpoint that was called. */
    static List<AttemptRow> of(AttemptResult result, String node) {
        List<AttemptRow> rows = new ArrayList<>(result.visits().size());
        for (Visit visit : result.visits()) {
            rows.add(new AttemptRow(
                    result.notificationId(),
                    result.attempt(),
                    result.claimToken(),
                    rows.size() + 1,
                    visit.endpointId(),
                    node,
                    result.epoch(),
                    visit.startedAt(),
                    (int) Math.min(Integer.MAX_VALUE, visit.took().toMillis()),
                    visit.outcome(),
                    visit.httpStatus(),
                    cut(visit.detail()),
                    visit.doubt()));
        }
        return rows;
    }

    void write(Rows.Row row) {
        row.number(notificationId)
                .number(attempt)
                .number(claimToken)
                .number(step)
                .number(endpointId)
                .text(node)
                .number(epoch)
                .moment(startedAt)
                .number(durationMs)
                .text(outcome)
                .number(httpStatus)
                .text(detail)
                .text(doubt);
    }

    private static @Nullable String cut(@Nullable String detail) {
        return detail == null || detail.length() <= DETAIL_LENGTH ? detail : detail.substring(0, DETAIL_LENGTH);
    }
}
