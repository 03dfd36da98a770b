package io.orderwatch.job.alert;

import io.orderwatch.dao.alert.Notice;
import io.orderwatch.dao.alert.Severity;
import io.orderwatch.dao.alert.Stage;
import java.time.Instant;

/**
 * What a channel sends.
 *
 * @param id the same for all tries
 * @param name of the rule
 * @param subject what it is about; empty: the whole cluster
 */
record AlertMessage(
        String id,
        String name,
        String subject,
        Severity severity,
        Stage stage,
        String title,
        String message,
        Instant at) {

    static AlertMessage of(Notice notice) {
        return new AlertMessage(
                "alert-" + notice.id(),
                notice.name(),
                notice.subject(),
                notice.severity(),
                notice.stage(),
                notice.title(),
                notice.message(),
                notice.createdAt());
    }

    /** Title and message. */
    String text() {
        return title + "\n" + message;
    }
}
