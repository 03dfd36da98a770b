package io.orderwatch.node.cli;

import io.orderwatch.node.config.NodeConfig;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a running node says of itself, in {@code <node.run>/<id>.state}, for the scripts on its host; see
 * {@link NodeState}. Also holds the lock that keeps a second process of the same id from this folder. Written only
 * when something changed, so it may be told as often as one likes. Safe for use by many threads.
 */
public final class StateFile implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(StateFile.class);

    private final RunFolder folder;
    private final FileChannel lockFile;
    private final InstantSource clock;
    private final Consumer<NodeState> listener;
    private NodeState state;
    private boolean writable = true;

    private StateFile(
            RunFolder folder,
            FileChannel lockFile,
            InstantSource clock,
            Consumer<NodeState> listener,
            NodeState state) {
        this.folder = folder;
        this.lockFile = lockFile;
        this.clock = clock;
        this.listener = listener;
        this.state = state;
    }

    /**
     * Takes the lock and writes that the node is starting.
     *
     * @param logs folder that the node writes its log files to
     * @param listener told of each change, on the thread that made it, after it was written
     * @throws AlreadyRunningException when another process holds the lock
     * @throws IOException when the folder cannot be written
     */
    static StateFile open(NodeConfig config, Path logs, InstantSource clock, Consumer<NodeState> listener)
            throws AlreadyRunningException, IOException {
        String node = config.node().id();
        RunFolder folder = RunFolder.of(config);
        FileChannel lockFile = folder.lock();
        try {
            NodeState starting = new NodeState(
                    node,
                    Phase.STARTING,
                    clock.instant(),
                    ProcessHandle.current().pid(),
                    Collections.emptySortedSet(),
                    List.of(),
                    logs,
                    config.jmx().enabled()
                            ? config.jmx().host() + ":" + config.jmx().port()
                            : "");
            folder.writePid(starting.pid());
            folder.write(starting);
            Files.deleteIfExists(folder.drainFile());
            listener.accept(starting);
            return new StateFile(folder, lockFile, clock, listener, starting);
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    /** The node is up and lacks something; it goes on trying. Sentences that name the servers and what they said. */
    public void waiting(List<String> reasons) {
        change(Phase.WAITING, Collections.emptySortedSet(), reasons);
    }

    /**
     * The node works on these shards; none is possible where there are more nodes than shards.
     *
     * @param remarks sentences on what somebody should look at all the same; empty for none
     */
    public void ready(Collection<Integer> shards, List<String> remarks) {
        change(Phase.READY, new TreeSet<>(shards), remarks);
    }

    /** The node hands its shards over; these are left. */
    public void draining(Collection<Integer> shards) {
        change(Phase.DRAINING, new TreeSet<>(shards), List.of());
    }

    /** The node stays up without shards, as it was asked to. */
    public void drained() {
        change(Phase.DRAINED, Collections.emptySortedSet(), List.of());
    }

    /** Whether an operator asked that the node hand its shards over, and has not taken it back. */
    boolean drainRequested() {
        return Files.exists(folder.drainFile());
    }

    private synchronized void change(Phase phase, SortedSet<Integer> shards, List<String> reasons) {
        if (state.phase() == Phase.STOPPED
                || state.phase() == phase
                        && state.shards().equals(shards)
                        && state.reasons().equals(reasons)) {
            return;
        }
        state = new NodeState(
                state.node(),
                phase,
                state.phase() == phase ? state.since() : clock.instant(),
                state.pid(),
                Collections.unmodifiableSortedSet(shards),
                List.copyOf(reasons),
                state.logs(),
                state.jmx());
        try {
            folder.write(state);
            writable = true;
        } catch (IOException e) {
            // a full disk must not stop a node that works; the next change tries again
            if (writable) {
                LOG.warn("The state file {} cannot be written: {}", folder.stateFile(), e.toString());
            }
            writable = false;
        }
        listener.accept(state);
    }

    /** Writes that the node has stopped, and lets go of the lock. */
    @Override
    public void close() throws IOException {
        change(Phase.STOPPED, Collections.emptySortedSet(), List.of());
        Files.deleteIfExists(folder.pidFile());
        lockFile.close();
    }
}
