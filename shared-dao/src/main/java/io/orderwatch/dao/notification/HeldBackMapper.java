package io.orderwatch.dao.notification;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;

interface HeldBackMapper extends SqlMapper {

    String CUTOFF = "UTC_TIMESTAMP(3) - INTERVAL #{seconds} SECOND";

    // ix_merchant_endpoints_merchant, uk_breaker_changes_epoch, ix_breaker_changes_state: a look-up or three for each
    // endpoint that is on. A breaker that stays open changes twice in each of its times.
    @Select("SELECT e.merchant_id FROM merchant_endpoints e JOIN merchants m ON m.id = e.merchant_id AND m.status = 1"
            + " WHERE e.status = 1 AND e.fallback = 0 GROUP BY e.merchant_id HAVING MIN("
            + "COALESCE((SELECT c.to_state FROM breaker_changes c WHERE c.endpoint_id = e.id AND c.scope = ''"
            + " ORDER BY c.epoch DESC LIMIT 1), 'CLOSED') <> 'CLOSED'"
            + " AND NOT EXISTS (SELECT 1 FROM breaker_changes c WHERE c.endpoint_id = e.id AND c.scope = ''"
            + " AND c.to_state = 'CLOSED' AND c.created_at >= " + CUTOFF + ")"
            + " AND EXISTS (SELECT 1 FROM breaker_changes c WHERE c.endpoint_id = e.id AND c.scope = ''"
            + " AND c.to_state = 'OPEN' AND c.created_at < " + CUTOFF + ")) = 1")
    List<Long> shut(@Param("seconds") long seconds);

    // ix_notifications_wake
    @Select("SELECT id FROM notifications WHERE shard = #{shard} AND lane = #{lane} AND wake_at < " + CUTOFF
            + " ORDER BY wake_at LIMIT #{limit} FOR UPDATE SKIP LOCKED")
    List<Long> lockHeldBack(
            @Param("shard") int shard,
            @Param("lane") long lane,
            @Param("seconds") long seconds,
            @Param("limit") int limit);

    // PRIMARY
    @Insert("INSERT INTO notification_attempts (notification_id, attempt, claim_token, node, epoch, started_at,"
            + " duration_ms, outcome, detail) SELECT id, attempts + 1, claim_token + 1, #{node}, 0, UTC_TIMESTAMP(3), 0,"
            + " 'BREAKER', #{detail} FROM notifications WHERE id IN (${ids})")
    int logGivenUp(@Param("ids") Ids ids, @Param("node") String node, @Param("detail") String detail);

    // PRIMARY; the token ends whatever may still be known of the last claim
    @Update("UPDATE notifications SET state = 'DEAD', claim_token = claim_token + 1,"
            + " finished_at = UTC_TIMESTAMP(3) WHERE id IN (${ids})")
    int giveUp(@Param("ids") Ids ids);
}
