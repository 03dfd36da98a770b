package io.orderwatch.dao.notification;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;

interface OperatorMapper extends SqlMapper {

    String WANTED = " state = 'DEAD' AND held <> 2 AND (#{f.merchantId} IS NULL OR merchant_id = #{f.merchantId})"
            + " AND (#{f.from} IS NULL OR finished_at >= #{f.from}) AND (#{f.until} IS NULL OR finished_at < #{f.until})";

    // uk_orders_order_no; then of each table what belongs to the order alone: ix_order_status_logs_order, PRIMARY (an
    // order's notifications are the sixteen from order id * 16 on), uk_notification_attempts_step,
    // uk_set_aside_subject, ix_merchant_endpoints_merchant and uk_breaker_changes_epoch
    @Select("SELECT h.at, h.kind, h.notification_id, h.what, h.node, h.epoch FROM ("
            + "SELECT l.created_at AS at, 1 AS turn, l.id AS place, 'STATUS' AS kind, NULL AS notification_id,"
            + " CONCAT(COALESCE(l.from_status, 'new'), ' to ', l.to_status, CASE WHEN l.derived = 1 THEN ', derived'"
            + " ELSE '' END) AS what, l.node AS node, l.epoch AS epoch"
            + " FROM orders o JOIN order_status_logs l ON l.order_id = o.id WHERE o.order_no = #{orderNo}"
            + " UNION ALL SELECT n.created_at, 2, n.id, 'NOTIFICATION', n.id, CONCAT(n.event, ' for merchant ',"
            + " n.merchant_id, ', now ', n.state, CASE WHEN n.held = 0 THEN '' WHEN n.held = 1 THEN ', held by a switch'"
            + " WHEN n.held = 2 THEN ', set aside' ELSE ', in its merchant''s lane' END,"
            + " CASE WHEN n.state = 'READY' THEN CONCAT(', due ', n.next_attempt_at) ELSE '' END), NULL, NULL"
            + " FROM orders o JOIN notifications n ON n.id BETWEEN o.id * 16 AND o.id * 16 + 15"
            + " WHERE o.order_no = #{orderNo}"
            + " UNION ALL SELECT a.started_at, 3, a.id, 'ATTEMPT', a.notification_id, CONCAT('try ', a.attempt,"
            + " CASE WHEN a.step > 1 THEN CONCAT(' step ', a.step) ELSE '' END, ' at endpoint ',"
            + " COALESCE(a.endpoint_id, '?'), ': ', a.outcome, COALESCE(CONCAT(' ', a.http_status), ''), ' after ',"
            + " a.duration_ms, ' ms', COALESCE(CONCAT(', ', a.detail), ''),"
            + " CASE WHEN a.doubt = 'NONE' THEN '' ELSE CONCAT(' (', a.doubt, ')') END), a.node, a.epoch"
            + " FROM orders o JOIN notifications n ON n.id BETWEEN o.id * 16 AND o.id * 16 + 15"
            + " JOIN notification_attempts a ON a.notification_id = n.id WHERE o.order_no = #{orderNo}"
            + " UNION ALL SELECT n.finished_at, 4, n.id, 'DONE', n.id, CONCAT(n.event, ' is ', n.state, ' after ',"
            + " n.attempts, ' tries'), CASE WHEN n.attempts > 0 THEN NULLIF(n.claimed_by, '') END, NULL"
            + " FROM orders o JOIN notifications n ON n.id BETWEEN o.id * 16 AND o.id * 16 + 15"
            + " WHERE o.order_no = #{orderNo} AND n.state IN ('DELIVERED', 'DEAD') AND n.finished_at IS NOT NULL"
            + " UNION ALL SELECT s.last_at, 5, s.id, 'SET_ASIDE', NULL, CONCAT('the order: ', s.reason,"
            + " CASE WHEN s.closed_at IS NULL THEN '' ELSE ' (set free since)' END), s.node, NULL"
            + " FROM orders o JOIN set_aside s ON s.kind = 'ORDER' AND s.subject_id = o.id WHERE o.order_no = #{orderNo}"
            + " UNION ALL SELECT s.last_at, 5, s.id, 'SET_ASIDE', n.id, CONCAT(s.reason,"
            + " CASE WHEN s.closed_at IS NULL THEN '' ELSE ' (set free since)' END), s.node, NULL"
            + " FROM orders o JOIN notifications n ON n.id BETWEEN o.id * 16 AND o.id * 16 + 15"
            + " JOIN set_aside s ON s.kind = 'NOTIFICATION' AND s.subject_id = n.id WHERE o.order_no = #{orderNo}"
            + " UNION ALL SELECT c.created_at, 6, c.id, 'BREAKER', n.id, CONCAT('endpoint ', c.endpoint_id, ' is ',"
            + " c.to_state, ', so it waits and uses up no try: ', c.reason), c.node, NULL"
            + " FROM orders o JOIN notifications n ON n.id BETWEEN o.id * 16 AND o.id * 16 + 15"
            + " JOIN merchant_endpoints e ON e.merchant_id = n.merchant_id AND e.status = 1"
            + " JOIN breaker_changes c ON c.endpoint_id = e.id AND c.scope = '' AND c.to_state <> 'CLOSED'"
            + " WHERE o.order_no = #{orderNo} AND n.state = 'READY' AND c.epoch = (SELECT MAX(l.epoch)"
            + " FROM breaker_changes l WHERE l.endpoint_id = e.id AND l.scope = '')"
            + ") h ORDER BY h.at, h.turn, h.place")
    List<HistoryLine> history(@Param("orderNo") String orderNo);

    // PRIMARY of merchants; ix_merchant_endpoints_merchant, PRIMARY of slow_merchants, uk_breaker_changes_epoch (the
    // last
    // change of the cluster's breaker): for operators, not for every tick
    @Select(
            "SELECT m.id, m.name, m.status,"
                    + " (SELECT COUNT(*) FROM merchant_endpoints e WHERE e.merchant_id = m.id AND e.status = 1) AS endpoints,"
                    + " CASE WHEN EXISTS (SELECT 1 FROM merchant_endpoints e WHERE e.merchant_id = m.id AND e.status = 1"
                    + " AND (SELECT c.to_state FROM breaker_changes c WHERE c.endpoint_id = e.id AND c.scope = ''"
                    + " ORDER BY c.epoch DESC LIMIT 1) <> 'CLOSED') THEN 'open'"
                    + " WHEN EXISTS (SELECT 1 FROM slow_merchants s WHERE s.merchant_id = m.id) THEN 'slow'"
                    + " ELSE 'normal' END AS state,"
                    + " COALESCE((SELECT CONCAT('endpoint ', c.endpoint_id, ' is ', c.to_state, ' since ', c.created_at, ': ',"
                    + " c.reason) FROM merchant_endpoints e JOIN breaker_changes c ON c.endpoint_id = e.id AND c.scope = ''"
                    + " WHERE e.merchant_id = m.id AND e.status = 1 AND c.to_state <> 'CLOSED' AND c.epoch ="
                    + " (SELECT MAX(l.epoch) FROM breaker_changes l WHERE l.endpoint_id = e.id AND l.scope = '')"
                    + " ORDER BY e.id LIMIT 1),"
                    + " (SELECT CONCAT(s.average_ms, ' ms on average since ', s.since, ' on ', s.node) FROM slow_merchants s"
                    + " WHERE s.merchant_id = m.id ORDER BY s.node LIMIT 1)) AS why FROM merchants m WHERE m.id > #{after} ORDER BY m.id LIMIT #{limit}")
    List<MerchantState> merchants(@Param("after") long after, @Param("limit") int limit);

    // ix_notifications_wake, covering, and of each line's oldest the row: as much as waits, for operators alone. An id
    // grows with its order's, so the least is the oldest.
    @Select("SELECT q.merchant_id, m.name, q.lane, q.first, q.again, q.due, n.created_at AS oldest_at FROM ("
            + "SELECT merchant_id, 'free' AS lane, SUM(attempts = 0) AS first, SUM(attempts > 0) AS again,"
            + " SUM(wake_at <= UTC_TIMESTAMP(3)) AS due, MIN(id) AS oldest FROM notifications"
            + " WHERE shard IN (${shards}) AND lane = 0 AND wake_at IS NOT NULL GROUP BY merchant_id"
            + " UNION ALL SELECT merchant_id, 'parked', SUM(attempts = 0), SUM(attempts > 0),"
            + " SUM(wake_at <= UTC_TIMESTAMP(3)), MIN(id) FROM notifications"
            + " WHERE shard IN (${shards}) AND (lane < 0 OR lane > 0) GROUP BY merchant_id) q"
            + " JOIN notifications n ON n.id = q.oldest LEFT JOIN merchants m ON m.id = q.merchant_id"
            + " ORDER BY q.first + q.again DESC, q.merchant_id, q.lane")
    List<QueueLine> queues(@Param("shards") Ids shards);

    // PRIMARY
    @Update("UPDATE merchants SET status = #{status} WHERE id = #{id} AND status <> #{status}")
    int setStatus(@Param("id") long id, @Param("status") int status);

    // PRIMARY
    @Select("SELECT COUNT(*) FROM merchants WHERE id = #{id}")
    int exists(@Param("id") long id);

    // PRIMARY, a page at a time: what is dead is in no index, since each delivered row would pay for that
    @Select("SELECT COALESCE(SUM(CASE WHEN" + WANTED + " THEN 1 ELSE 0 END), 0) AS found, MAX(id) AS last"
            + " FROM (SELECT id, merchant_id, state, held, finished_at FROM notifications WHERE id > #{after}"
            + " ORDER BY id LIMIT #{limit}) page")
    DeadPage dead(@Param("f") DeadFilter filter, @Param("after") long after, @Param("limit") int limit);

    // PRIMARY; the token ends whatever may still be known of the last claim
    @Update("UPDATE notifications SET state = 'READY', attempts = 0, finished_at = NULL, claim_token = claim_token + 1,"
            + " next_attempt_at = UTC_TIMESTAMP(3) WHERE id > #{after} AND id <= #{last} AND" + WANTED)
    int redrive(@Param("f") DeadFilter filter, @Param("after") long after, @Param("last") long last);
}
