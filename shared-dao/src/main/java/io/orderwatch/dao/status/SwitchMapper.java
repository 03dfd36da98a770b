package io.orderwatch.dao.status;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Options;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.apache.ibatis.mapping.StatementType;
import org.jspecify.annotations.Nullable;

interface SwitchMapper extends SqlMapper {

    @Options(statementType = StatementType.STATEMENT)
    @Select("${select}")
    List<SwitchRow> read(@Param("select") String select);

    @Options(statementType = StatementType.STATEMENT)
    @Select("${select}")
    List<Toggle> toggled(@Param("select") String select);

    // PRIMARY
    @Update("UPDATE ${table} SET seen_status = #{toggle.status}"
            + " WHERE id = #{toggle.id} AND status = #{toggle.status} AND seen_status = #{toggle.seenStatus}")
    int moveSeen(@Param("table") String table, @Param("toggle") Toggle toggle);

    // PRIMARY; the row is locked by moveSeen
    @Update("UPDATE ${table} SET seen_status = #{toggle.seenStatus} WHERE id = #{toggle.id}")
    int moveSeenBack(@Param("table") String table, @Param("toggle") Toggle toggle);

    // ix_orders_held, ix_notifications_held, then PRIMARY of each switch
    @Select("SELECT r.id FROM ${table} r JOIN users u ON u.id = r.user_id"
            + " LEFT JOIN order_groups g ON g.id = r.group_id LEFT JOIN strategies s ON s.id = r.strategy_id"
            + " WHERE r.held_user = #{userId} AND r.${reference} = #{subject}"
            + " AND u.status = 1 AND COALESCE(g.status, 1) = 1 AND COALESCE(s.status, 1) = 1 LIMIT 1")
    @Nullable Long releasable(
            @Param("table") String table,
            @Param("userId") long userId,
            @Param("reference") String reference,
            @Param("subject") long subject);

    // PRIMARY
    @Insert("INSERT INTO status_changes (kind, subject_id, user_id, from_status, to_status, released, node, epoch)"
            + " SELECT #{toggle.kind}, #{toggle.id}, #{toggle.userId}, #{toggle.seenStatus}, #{toggle.status},"
            + " #{released}, #{node}, epoch FROM shard_leases WHERE shard = #{toggle.shard}")
    int remember(@Param("toggle") Toggle toggle, @Param("released") int released, @Param("node") String node);

    // ix_orders_held, ix_notifications_held: only rows that are held are looked at, whatever else the user has
    @Select("SELECT id FROM ${table} WHERE held_user = #{userId} AND ${reference} = #{subject}"
            + " AND id > #{after} ORDER BY id LIMIT #{limit}")
    List<Long> held(
            @Param("table") String table,
            @Param("userId") long userId,
            @Param("reference") String reference,
            @Param("subject") long subject,
            @Param("after") long after,
            @Param("limit") int limit);

    // PRIMARY of each table
    @Update("UPDATE ${table} r JOIN users u ON u.id = r.user_id LEFT JOIN order_groups g ON g.id = r.group_id"
            + " LEFT JOIN strategies s ON s.id = r.strategy_id SET r.held = 0 WHERE r.id IN (${ids})"
            + " AND r.held = 1 AND u.status = 1 AND COALESCE(g.status, 1) = 1 AND COALESCE(s.status, 1) = 1")
    int release(@Param("table") String table, @Param("ids") Ids ids);
}
