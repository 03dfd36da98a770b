package io.orderwatch.dao.order;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.Rows;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Options;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.mapping.StatementType;
import org.jspecify.annotations.Nullable;

interface OrderMapper extends SqlMapper {

    @Options(statementType = StatementType.STATEMENT)
    @Select("${select}")
    List<Long> ids(@Param("select") String select);

    // PRIMARY. ORDER BY id, so that all who lock several orders do it in one order
    @Options(statementType = StatementType.STATEMENT)
    @Select("SELECT id, order_no, user_id, group_id, strategy_id, merchant_id, shard, status, seen_status, amount,"
            + " currency, CASE WHEN LENGTH(attributes) <= ${mostBytes} THEN attributes END AS attributes,"
            + " COALESCE(LENGTH(attributes), 0) AS attributes_bytes, created_at, expires_at, paid_at,"
            + " completed_at, cancelled_at, cancel_reason, UTC_TIMESTAMP(3) AS noticed_at"
            + " FROM orders WHERE id IN (${ids}) AND work = 1 ORDER BY id FOR UPDATE SKIP LOCKED")
    List<ChangedOrder> lockChanged(@Param("ids") Ids ids, @Param("mostBytes") int mostBytes);

    // PRIMARY
    @Options(statementType = StatementType.STATEMENT)
    @Select("SELECT id, attributes FROM orders WHERE id IN (${ids})")
    List<Attributes> attributes(@Param("ids") Ids ids);

    // PRIMARY
    @Options(statementType = StatementType.STATEMENT)
    @Update("UPDATE orders SET seen_status = status, paid_at = CASE WHEN paid_at IS NULL"
            + " AND status IN ('PAID', 'COMPLETED', 'REFUNDED') THEN UTC_TIMESTAMP(3) ELSE paid_at END,"
            + " expires_at = CASE WHEN expires_at IS NULL AND status = 'PENDING'"
            + " THEN created_at + INTERVAL ${seconds} SECOND ELSE expires_at END"
            + " WHERE id IN (${ids})")
    int seen(@Param("ids") Ids ids, @Param("seconds") long seconds);

    @Options(statementType = StatementType.STATEMENT)
    @Insert("INSERT INTO order_status_logs"
            + " (order_id, user_id, from_status, to_status, derived, occurred_at, node, epoch) VALUES ${rows}")
    int log(@Param("rows") Rows rows);

    // ix_order_status_logs_order
    @Select("SELECT DISTINCT order_id, to_status AS state FROM order_status_logs WHERE order_id IN (${ids})")
    List<LoggedState> logged(@Param("ids") Ids ids);

    // PRIMARY
    @Update("UPDATE orders SET held = 1 WHERE id IN (${ids}) AND held = 0")
    int hold(@Param("ids") Ids ids);

    // PRIMARY
    @Select("SELECT id, order_no, user_id, group_id, strategy_id, shard FROM orders WHERE id IN (${ids})"
            + " AND open_until <= UTC_TIMESTAMP(3) ORDER BY id FOR UPDATE SKIP LOCKED")
    List<ExpiredOrder> lockExpired(@Param("ids") Ids ids);

    // PRIMARY
    @Update("UPDATE orders SET status = 'CANCELLED', cancelled_at = UTC_TIMESTAMP(3), cancel_reason = 'EXPIRED'"
            + " WHERE id IN (${ids}) AND status = 'PENDING' AND paid_at IS NULL"
            + " AND expires_at <= UTC_TIMESTAMP(3)")
    int cancelExpired(@Param("ids") Ids ids);

    // uk_orders_order_no
    @Select("SELECT id FROM orders WHERE order_no = #{orderNo}")
    @Nullable Long findId(@Param("orderNo") String orderNo);

    // ix_orders_work, covering
    @Select("SELECT COUNT(*) FROM orders WHERE shard IN (${shards}) AND work = 1")
    long waiting(@Param("shards") Ids shards);
}
