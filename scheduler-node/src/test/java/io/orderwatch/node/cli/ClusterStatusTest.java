package io.orderwatch.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.orderwatch.node.shard.ClusterView;
import io.orderwatch.node.shard.Uptake;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterStatusTest {

    @Test
    void a_node_that_starts_is_not_taken_for_one_that_drains() {
        ClusterView view = new ClusterView(
                "node-3",
                1,
                1,
                List.of(
                        member("node-1", Uptake.NOT_YET, true),
                        member("node-2", Uptake.WARM_UP, true),
                        member("node-3", Uptake.SHARE, true),
                        member("node-4", Uptake.NONE, true),
                        member("node-5", Uptake.SHARE, false)),
                List.of());
        ClusterStatus status = ClusterStatus.of("test", view, null, List.of(), Duration.ofSeconds(1));
        assertEquals(
                List.of(
                        "node-1 starting",
                        "node-2 warming up",
                        "node-3 working",
                        "node-4 draining",
                        "node-5 judged gone"),
                status.nodes().stream()
                        .map(node -> node.node() + " " + node.state())
                        .toList());
    }

    private static ClusterView.MemberView member(String node, Uptake uptake, boolean working) {
        return new ClusterView.MemberView(node, "host", "", Instant.EPOCH, uptake, working, 0);
    }
}
