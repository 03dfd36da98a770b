package io.orderwatch.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.node.config.ConfigReader;
import io.orderwatch.node.config.NodeConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateFileTest {

    @TempDir
    Path home;

    private NodeConfig config;
    private RunFolder folder;
    private Instant now = Instant.parse("2026-11-21T10:00:00Z");
    private final List<String> heard = new ArrayList<>();

    @BeforeEach
    void config() throws Exception {
        config = new ConfigReader(home, Map.of("ORDERWATCH_JMX_PORT", "9010"), "host")
                .read(Path.of("../conf/orderwatch.conf"), Map.of("node.id", "node-1"));
        folder = RunFolder.of(config);
    }

    @Test
    void tells_each_phase_with_its_shards_and_reasons() throws Exception {
        try (StateFile state = open()) {
            assertEquals(
                    List.of(
                            "node=node-1",
                            "state=starting",
                            "since=2026-11-21T10:00:00Z",
                            "pid=" + ProcessHandle.current().pid(),
                            "shards=",
                            "logs=/var/log/orderwatch",
                            "jmx=127.0.0.1:9010"),
                    Files.readAllLines(folder.stateFile()));
            assertEquals(
                    Long.toString(ProcessHandle.current().pid()),
                    Files.readString(folder.pidFile()).strip());

            now = now.plusSeconds(1);
            state.waiting(List.of("MySQL at db:3306 does not answer.", "ZooKeeper at zk:2181\nis away."));
            NodeState waiting = folder.read().orElseThrow();
            assertEquals(Phase.WAITING, waiting.phase());
            assertEquals(now, waiting.since());
            assertEquals(
                    List.of("MySQL at db:3306 does not answer.", "ZooKeeper at zk:2181 is away."), waiting.reasons());

            now = now.plusSeconds(1);
            state.ready(List.of(3, 0, 1, 7, 2, 63), List.of());
            Instant readySince = now;
            now = now.plusSeconds(1);
            state.ready(List.of(3, 0, 1, 7, 2), List.of());
            NodeState ready = folder.read().orElseThrow();
            assertEquals(Phase.READY, ready.phase());
            assertEquals(readySince, ready.since(), "since when it is ready, not since when it has these shards");
            assertEquals(new TreeSet<>(List.of(0, 1, 2, 3, 7)), ready.shards());
            assertTrue(Files.readAllLines(folder.stateFile()).contains("shards=0-3,7"));
            assertEquals(List.of(), ready.reasons());

            state.ready(List.of(0, 1), List.of("The clock is wrong."));
            assertEquals(
                    List.of("The clock is wrong."), folder.read().orElseThrow().reasons());
            assertTrue(Sentences.of(folder.read().orElseThrow()).endsWith(" The clock is wrong."));
            state.ready(List.of(0, 1, 2, 3, 7), List.of());

            int before = heard.size();
            state.ready(List.of(0, 1, 2, 3, 7), List.of());
            assertEquals(before, heard.size(), "nothing changed");

            state.draining(List.of(7));
            assertEquals(Phase.DRAINING, folder.read().orElseThrow().phase());
            state.drained();
            assertEquals(Phase.DRAINED, folder.read().orElseThrow().phase());
        }
        assertEquals(Phase.STOPPED, folder.read().orElseThrow().phase());
        assertFalse(Files.exists(folder.pidFile()));
        assertEquals(
                "node-1 is ready. It works on 5 shards (0-3,7). Its logs are in /var/log/orderwatch."
                        + " JMX listens on 127.0.0.1:9010.",
                heard.get(3));
    }

    @Test
    void a_second_process_of_the_same_id_is_refused_while_the_first_one_runs() throws Exception {
        assertFalse(folder.running());
        try (StateFile first = open()) {
            assertTrue(folder.running());
            AlreadyRunningException refused = assertThrows(AlreadyRunningException.class, this::open);
            assertEquals(
                    "node-1 is already running (process "
                            + ProcessHandle.current().pid() + ").",
                    refused.getMessage());
        }
        assertFalse(folder.running());
        open().close();
    }

    @Test
    void a_state_that_cannot_be_written_stops_nobody() throws Exception {
        try (StateFile state = open()) {
            Path blocked = Files.createDirectories(folder.stateFile().resolveSibling("node-1.state.tmp"));
            state.ready(List.of(1), List.of());
            assertEquals(Phase.STARTING, folder.read().orElseThrow().phase());
            Files.delete(blocked);
            state.ready(List.of(1, 2), List.of());
            assertEquals(Phase.READY, folder.read().orElseThrow().phase());
        }
    }

    @Test
    void a_state_file_that_makes_no_sense_is_as_good_as_none() throws Exception {
        Files.createDirectories(folder.folder());
        Files.writeString(folder.stateFile(), "state=perhaps\n");
        assertTrue(folder.read().isEmpty());
    }

    @Test
    void numbers_are_written_as_ranges() {
        assertEquals("", NodeState.ranges(Collections.emptySortedSet()));
        assertEquals("0", NodeState.ranges(new TreeSet<>(List.of(0))));
        assertEquals("0-1,5,7-9", NodeState.ranges(new TreeSet<>(List.of(0, 1, 5, 7, 8, 9))));
    }

    private StateFile open() throws Exception {
        return StateFile.open(
                config, Path.of("/var/log/orderwatch"), () -> now, state -> heard.add(Sentences.of(state)));
    }
}
