package io.orderwatch.job.alert;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What one look of a rule came to.
 *
 * @param wrong what is wrong now
 * @param over whether the incident of a subject that is not among those is over; a rule that saw only a part cannot say so
 *     of the rest
 */
record Findings(List<Finding> wrong, Predicate<String> over) {

    /** All that is wrong; whatever else was, is over. */
    static Findings all(List<Finding> wrong) {
        return new Findings(wrong, any -> true);
    }

    /** Of these subjects something is known, of others nothing new. */
    static Findings news(List<Finding> wrong, Set<String> over) {
        return new Findings(wrong, over::contains);
    }

    /** There is more than can be told of. */
    static Findings some(List<Finding> wrong) {
        return new Findings(wrong, none -> false);
    }
}
