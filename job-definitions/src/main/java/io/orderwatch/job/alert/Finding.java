package io.orderwatch.job.alert;

import java.util.List;

/**
 * Something that is wrong now.
 *
 * @param subject what it is about, for as long as it lasts the same; empty: the whole cluster
 * @param figures what the rule's texts are filled in with
 */
record Finding(String subject, List<Object> figures) {}
