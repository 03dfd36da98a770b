package io.orderwatch.dao.shard;

import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.jspecify.annotations.Nullable;

interface NodeLeaseMapper extends SqlMapper {

    String UNTIL = "UTC_TIMESTAMP(6) + INTERVAL #{micros} MICROSECOND";

    String COLUMNS = "node, incarnation, lease_until, denied,"
            + " TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), lease_until) AS remaining_micros";

    @Insert("INSERT IGNORE INTO node_leases (node, incarnation, lease_until)" + " VALUES (#{node}, #{incarnation}, "
            + UNTIL + ")")
    int insert(@Param("node") String node, @Param("incarnation") long incarnation, @Param("micros") long micros);

    // not one that is there already: asked again by a statement that arrives late, it would rise from its denial
    @Update("UPDATE node_leases SET incarnation = #{incarnation}, lease_until = " + UNTIL + ", denied = 0"
            + " WHERE node = #{node} AND lease_until <= UTC_TIMESTAMP(6) AND incarnation <> #{incarnation}")
    int replaceOver(@Param("node") String node, @Param("incarnation") long incarnation, @Param("micros") long micros);

    @Update("UPDATE node_leases SET lease_until = " + UNTIL
            + " WHERE node = #{node} AND incarnation = #{incarnation} AND denied = 0")
    int renew(@Param("node") String node, @Param("incarnation") long incarnation, @Param("micros") long micros);

    @Update("UPDATE node_leases SET lease_until = LEAST(lease_until, UTC_TIMESTAMP(6))"
            + " WHERE node = #{node} AND incarnation = #{incarnation}")
    int leave(@Param("node") String node, @Param("incarnation") long incarnation);

    @Update("UPDATE node_leases SET denied = 1 WHERE node = #{node} AND incarnation = #{incarnation}")
    int deny(@Param("node") String node, @Param("incarnation") long incarnation);

    @Update("UPDATE node_leases SET denied = 1"
            + " WHERE node = #{node} AND incarnation = #{incarnation} AND lease_until <= UTC_TIMESTAMP(6)")
    int denyOver(@Param("node") String node, @Param("incarnation") long incarnation);

    // PRIMARY
    @Update("UPDATE node_leases SET clock_ahead_ms = #{millis} WHERE node = #{node}")
    int clockAhead(@Param("node") String node, @Param("millis") long millis);

    @Select("SELECT node, clock_ahead_ms AS millis FROM node_leases WHERE clock_ahead_ms IS NOT NULL")
    List<NodeClockRow> clocks();

    @Select("SELECT " + COLUMNS + " FROM node_leases WHERE node = #{node}")
    @Nullable NodeLeaseRow find(@Param("node") String node);

    @Select("SELECT " + COLUMNS + " FROM node_leases ORDER BY node")
    List<NodeLeaseRow> all();
}
