package io.orderwatch.dao.notification;

import io.orderwatch.dao.SqlMapper;
import org.apache.ibatis.annotations.Delete;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;

interface HealthMapper extends SqlMapper {

    // uk_breaker_changes_epoch
    @Insert("INSERT IGNORE INTO breaker_changes"
            + " (merchant_id, endpoint_id, from_state, to_state, reason, scope, epoch, node)"
            + " VALUES (#{change.merchantId}, #{change.endpointId}, #{change.from}, #{change.to}, #{change.reason},"
            + " #{change.scope}, #{change.epoch}, #{node})")
    int insertChange(@Param("change") BreakerChange change, @Param("node") String node);

    // PRIMARY
    @Insert("INSERT INTO slow_merchants (merchant_id, node, average_ms) VALUES (#{merchantId}, #{node}, #{averageMs})"
            + " ON DUPLICATE KEY UPDATE average_ms = #{averageMs}")
    int insertSlow(
            @Param("merchantId") long merchantId, @Param("node") String node, @Param("averageMs") long averageMs);

    // PRIMARY
    @Delete("DELETE FROM slow_merchants WHERE merchant_id = #{merchantId} AND node = #{node}")
    int deleteSlow(@Param("merchantId") long merchantId, @Param("node") String node);

    // the table is as long as there are slow merchants
    @Delete("DELETE FROM slow_merchants WHERE node = #{node}")
    int deleteAllSlow(@Param("node") String node);
}
