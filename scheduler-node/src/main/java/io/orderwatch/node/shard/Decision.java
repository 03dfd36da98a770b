package io.orderwatch.node.shard;

import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What the leader is to do next, in this order: deny, grant in MySQL, write the plan with what was granted.
 *
 * @param deny these incarnations get no further renewals
 * @param grants to be tried in MySQL
 * @param plan the plan without the grants; its stamp is that of the plan seen when nothing else changed
 * @param live nodes that are alive as far as can be told
 * @param lookAgain when something may be due by the clock alone; at most
 */
record Decision(List<Denial> deny, List<Grant> grants, Plan plan, Set<String> live, Duration lookAgain) {

    /** @param why a clause that completes "... because it" */
    record Denial(Holder holder, String why) {}
}
