package io.orderwatch.dao.notification;

import java.time.Duration;

/** What becomes of a notification after a claim. */
public sealed interface Next {

    /** The merchant has it. */
    record Delivered() implements Next {}

    /** The try failed; another one follows so long after now, by the database's clock. */
    record Retry(Duration in) implements Next {}

    /** The last try failed; an operator has to see to it. */
    record Dead() implements Next {}

    /** No try was made or used up; it is due again so long after now, or with zero keeps its place among what is due. */
    record Release(Duration in) implements Next {}

    /** As {@link Release}, and it waits in its merchant's own lane, out of the way of the others. */
    record Park(Duration in) implements Next {}
}
