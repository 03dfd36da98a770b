package io.orderwatch.dao.notification;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.Rows;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import java.util.Set;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Options;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.mapping.StatementType;
import org.jspecify.annotations.Nullable;

interface NotificationMapper extends SqlMapper {

    String VIEW = "SELECT n.id, n.order_id, n.user_id, n.merchant_id, n.shard, n.event, n.state, n.held, n.attempts,"
            + " n.next_attempt_at, n.claimed_by, n.lease_until, n.finished_at,"
            + " (SELECT CONCAT_WS(' ', a.outcome, a.http_status, a.detail) FROM notification_attempts a"
            + " WHERE a.notification_id = n.id ORDER BY a.id DESC LIMIT 1) AS last_outcome,"
            + " (SELECT r.reason FROM set_aside r WHERE r.kind = 'NOTIFICATION' AND r.subject_id = n.id"
            + " AND n.held = 2) AS set_aside_reason";

    String LOCKED = "SELECT id, order_id, user_id, group_id, strategy_id, merchant_id, shard, event, body, state,"
            + " attempts FROM notifications ";

    @Options(statementType = StatementType.STATEMENT)
    @Insert("INSERT INTO notifications"
            + " (id, order_id, user_id, group_id, strategy_id, merchant_id, event, body, held, next_attempt_at, claimed_by)"
            + " VALUES ${rows}")
    int insert(@Param("rows") Rows rows);

    @Options(statementType = StatementType.STATEMENT)
    @Insert("INSERT INTO notifications (id, order_id, user_id, group_id, strategy_id, merchant_id, event, body, state,"
            + " next_attempt_at, claim_token, claimed_by, lease_until) VALUES ${rows}")
    int insertClaimed(@Param("rows") Rows rows);

    // PRIMARY
    @Options(statementType = StatementType.STATEMENT)
    @Select("SELECT id FROM notifications WHERE id IN (${ids})")
    Set<Long> existing(@Param("ids") Ids ids);

    // PRIMARY
    @Select("SELECT id FROM notifications WHERE id BETWEEN #{from} AND #{to}")
    Set<Long> existingBetween(@Param("from") long from, @Param("to") long to);

    @Options(statementType = StatementType.STATEMENT)
    @Select("${select}")
    List<DueNotification> due(@Param("select") String select);

    @Options(statementType = StatementType.STATEMENT)
    @Select("${select}")
    List<ParkedLane> lanes(@Param("select") String select);

    // PRIMARY
    @Select("SELECT id FROM notifications WHERE id IN (${ids}) AND shard IN (${shards}) AND held = 0"
            + " AND wake_at <= UTC_TIMESTAMP(3) ORDER BY id FOR UPDATE SKIP LOCKED")
    List<Long> lockParkable(@Param("ids") Ids ids, @Param("shards") Ids shards);

    // PRIMARY
    @Update("UPDATE notifications SET held = 3 WHERE id IN (${ids})")
    int park(@Param("ids") Ids ids);

    // PRIMARY; one whose sender died keeps its state, so that it is known when it is sent again
    @Update("UPDATE notifications SET held = 3, next_attempt_at = CASE WHEN state = 'READY'"
            + " THEN UTC_TIMESTAMP(3) + INTERVAL #{micros} MICROSECOND ELSE next_attempt_at END WHERE id IN (${ids})")
    int parkFor(@Param("ids") Ids ids, @Param("micros") long micros);

    // PRIMARY
    @Options(statementType = StatementType.STATEMENT)
    @Select(LOCKED + "WHERE id IN (${ids}) AND wake_at <= UTC_TIMESTAMP(3) ORDER BY id FOR UPDATE SKIP LOCKED")
    List<LockedNotification> lockDue(@Param("ids") Ids ids);

    // PRIMARY
    @Select(LOCKED + "WHERE id = #{id} AND held <> 2 AND (state IN ('READY', 'DEAD')"
            + " OR (state = 'SENDING' AND lease_until <= UTC_TIMESTAMP(3))) FOR UPDATE")
    List<LockedNotification> lockOpen(@Param("id") long id);

    // PRIMARY
    @Select("SELECT id FROM merchants WHERE id IN (${ids}) AND status <> 1")
    Set<Long> merchantsOff(@Param("ids") Ids ids);

    // PRIMARY
    @Update("UPDATE notifications SET held = 1, state = 'READY' WHERE id IN (${ids})")
    int hold(@Param("ids") Ids ids);

    // PRIMARY
    @Update("UPDATE notifications SET state = 'SENDING', claim_token = #{token}, claimed_by = #{by}, held = 0,"
            + " lease_until = UTC_TIMESTAMP(3) + INTERVAL #{micros} MICROSECOND WHERE id IN (${ids})")
    int claim(@Param("ids") Ids ids, @Param("token") long token, @Param("by") String by, @Param("micros") long micros);

    @Options(statementType = StatementType.STATEMENT)
    @Insert("INSERT INTO notification_attempts"
            + " (notification_id, attempt, claim_token, step, endpoint_id, node, epoch, started_at, duration_ms,"
            + " outcome, http_status, detail, doubt) VALUES ${rows} ON DUPLICATE KEY UPDATE id = id")
    int insertAttempts(@Param("rows") Rows rows);

    // PRIMARY
    @Options(statementType = StatementType.STATEMENT)
    @Update("UPDATE notifications SET state = '${state}', attempts = attempts + 1,"
            + " finished_at = UTC_TIMESTAMP(3)"
            + " WHERE id IN (${ids}) AND claim_token = ${token} AND state = 'SENDING'")
    int finish(@Param("ids") Ids ids, @Param("token") long token, @Param("state") NotificationState state);

    // PRIMARY
    @Select("SELECT id, claim_token, attempts FROM notifications WHERE id IN (${ids}) AND state = 'READY'")
    List<ReadyAgain> readyAgain(@Param("ids") Ids ids);

    // PRIMARY
    @Select("SELECT user_id, group_id, strategy_id, merchant_id FROM notifications"
            + " WHERE id = #{id} AND claim_token = #{token} AND state = 'SENDING'"
            + " AND lease_until > UTC_TIMESTAMP(3)")
    @Nullable SwitchedBy underClaim(@Param("id") long id, @Param("token") long token);

    // PRIMARY
    @Select("SELECT id FROM notifications WHERE id IN (${ids}) AND claim_token = #{token} AND state = #{state}")
    Set<Long> finished(@Param("ids") Ids ids, @Param("token") long token, @Param("state") NotificationState state);

    // PRIMARY; a try by hand is made before its time, and is due when it is given back
    @Update("UPDATE notifications SET state = 'READY', held = #{held}, attempts = attempts + #{used},"
            + " next_attempt_at = CASE WHEN #{keepsPlace} THEN LEAST(next_attempt_at, UTC_TIMESTAMP(3))"
            + " ELSE UTC_TIMESTAMP(3) + INTERVAL #{micros} MICROSECOND END"
            + " WHERE id = #{id} AND claim_token = #{token} AND state = 'SENDING'")
    int makeReady(
            @Param("id") long id,
            @Param("token") long token,
            @Param("held") int held,
            @Param("used") int used,
            @Param("keepsPlace") boolean keepsPlace,
            @Param("micros") long micros);

    // uk_orders_order_no, PRIMARY (an order's ids are the sixteen from order id * 16 on),
    // uk_notification_attempts_step, uk_set_aside_subject
    @Select(VIEW
            + " FROM orders o JOIN notifications n ON n.id BETWEEN o.id * 16 AND o.id * 16 + 15"
            + " WHERE o.order_no = #{orderNo} ORDER BY n.id")
    List<NotificationView> ofOrder(@Param("orderNo") String orderNo);

    // PRIMARY, uk_notification_attempts_step, uk_set_aside_subject
    @Select(VIEW + " FROM notifications n WHERE n.id = #{id}")
    List<NotificationView> byId(@Param("id") long id);

    // ix_notifications_wake: what is parked, and what is free and not done
    @Select("SELECT COALESCE(SUM(state = 'READY'), 0) AS waiting,"
            + " COALESCE(SUM(state = 'READY' AND wake_at <= UTC_TIMESTAMP(3)), 0) AS due,"
            + " COALESCE(SUM(state = 'SENDING'), 0) AS sending"
            + " FROM (SELECT state, wake_at FROM notifications WHERE shard IN (${shards}) AND lane < 0"
            + " UNION ALL SELECT state, wake_at FROM notifications WHERE shard IN (${shards}) AND lane > 0"
            + " UNION ALL SELECT state, wake_at FROM notifications"
            + " WHERE shard IN (${shards}) AND lane = 0 AND wake_at IS NOT NULL) open")
    Backlog backlog(@Param("shards") Ids shards);
}
