package io.orderwatch.dao.shard;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;

interface ShardMapper extends SqlMapper {

    @Insert("INSERT INTO shard_leases (shard) VALUES (#{shard}) ON DUPLICATE KEY UPDATE shard = shard")
    int ensure(@Param("shard") int shard);

    @Select("SELECT shard, node, epoch FROM shard_leases ORDER BY shard")
    List<ShardOwner> owners();

    // PRIMARY; LOCK IN SHARE MODE and not FOR SHARE, which MariaDB does not know
    @Select("SELECT shard, epoch FROM shard_leases WHERE shard IN (${shards}) AND node = #{node} LOCK IN SHARE MODE")
    List<ShardLease> lockShared(@Param("node") String node, @Param("shards") Ids shards);

    @Select("SELECT shard FROM shard_leases WHERE shard IN (${shards}) FOR UPDATE SKIP LOCKED")
    List<Integer> lockFree(@Param("shards") Ids shards);

    @Update("UPDATE shard_leases SET node = #{node}, epoch = epoch + 1, leader_epoch = #{leaderEpoch},"
            + " granted_at = UTC_TIMESTAMP(6)"
            + " WHERE shard = #{shard} AND epoch = #{expectedEpoch} AND leader_epoch <= #{leaderEpoch}")
    int raise(
            @Param("shard") int shard,
            @Param("expectedEpoch") long expectedEpoch,
            @Param("node") String node,
            @Param("leaderEpoch") long leaderEpoch);

    @Insert("INSERT INTO shard_epochs (shard, epoch, node, leader_epoch, reason)"
            + " VALUES (#{shard}, #{epoch}, #{node}, #{leaderEpoch}, #{reason})")
    int remember(
            @Param("shard") int shard,
            @Param("epoch") long epoch,
            @Param("node") String node,
            @Param("leaderEpoch") long leaderEpoch,
            @Param("reason") GrantReason reason);
}
