package io.orderwatch.node.shard;

import java.io.IOException;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderLatchListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's part in the election of the leader. Leadership is lost as soon as the connection is suspended, not only
 * when the session is over: Curator's latch sees to that.
 */
final class Election implements Candidacy, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Election.class);

    private final CuratorFramework client;
    private final String folder;
    private final String node;
    private final Runnable changed;
    private volatile @Nullable LeaderLatch latch;

    /** @param changed called on Curator's thread when this node begins or ceases to lead */
    Election(CuratorFramework client, String folder, String node, Runnable changed) {
        this.client = client;
        this.folder = folder;
        this.node = node;
        this.changed = changed;
    }

    @Override
    public void stand() {
        if (latch != null) {
            return;
        }
        LeaderLatch candidate = new LeaderLatch(client, folder, node);
        candidate.addListener(new LeaderLatchListener() {
            @Override
            public void isLeader() {
                changed.run();
            }

            @Override
            public void notLeader() {
                changed.run();
            }
        });
        try {
            candidate.start();
            latch = candidate;
        } catch (Exception e) {
            throw new BoardException("Could not stand for election: " + e.getMessage(), e);
        }
    }

    @Override
    public void withdraw() {
        LeaderLatch candidate = latch;
        latch = null;
        if (candidate == null) {
            return;
        }
        try {
            candidate.close();
        } catch (IOException e) {
            LOG.warn("The place of node {} in the election goes only with its session: {}", node, e.getMessage());
        }
    }

    @Override
    public boolean leads() {
        LeaderLatch candidate = latch;
        return candidate != null && candidate.hasLeadership();
    }

    /** Path of this node's place in the election; null when it has none. */
    @Nullable String place() {
        LeaderLatch candidate = latch;
        return candidate == null ? null : candidate.getOurPath();
    }

    @Override
    public void close() {
        withdraw();
    }
}
