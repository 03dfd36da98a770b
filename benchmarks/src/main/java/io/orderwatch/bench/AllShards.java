package io.orderwatch.bench;

import io.orderwatch.dao.shard.ShardLease;
import io.orderwatch.job.Ownership;
import io.orderwatch.job.Tenure;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.IntStream;

/** A node that owns everything, for as long as the benchmark takes. */
final class AllShards implements Ownership {

    private static final long EPOCH = 1;

    private final List<ShardLease> leases = IntStream.range(0, World.SHARDS)
            .mapToObj(shard -> new ShardLease(shard, EPOCH))
            .toList();

    @Override
    public String node() {
        return "bench";
    }

    @Override
    public Tenure begin() {
        return new Tenure() {
            @Override
            public String node() {
                return "bench";
            }

            @Override
            public List<ShardLease> leases() {
                return leases;
            }

            @Override
            public boolean valid() {
                return true;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public OptionalLong epoch(int shard) {
        return OptionalLong.of(EPOCH);
    }
}
