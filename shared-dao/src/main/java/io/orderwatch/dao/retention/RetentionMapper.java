package io.orderwatch.dao.retention;

import io.orderwatch.dao.SqlMapper;
import org.apache.ibatis.annotations.Delete;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;

interface RetentionMapper extends SqlMapper {

    String CUTOFF = "UTC_TIMESTAMP(3) - INTERVAL #{seconds} SECOND";

    // PRIMARY
    @Select("SELECT MAX(id) AS last_id, COUNT(*) AS `rows`, COALESCE(SUM(${agedBy} >= " + CUTOFF + "), 0) AS young"
            + " FROM (SELECT id, ${agedBy} FROM ${table} WHERE id > #{after} ORDER BY id LIMIT #{batch}) page")
    PageEnd page(
            @Param("table") String table,
            @Param("agedBy") String agedBy,
            @Param("after") long after,
            @Param("seconds") long seconds,
            @Param("batch") int batch);

    // PRIMARY
    @Delete("DELETE FROM ${table} WHERE id > #{after} AND id <= #{last} AND ${condition} AND ${agedBy} < " + CUTOFF)
    int delete(
            @Param("table") String table,
            @Param("condition") String condition,
            @Param("agedBy") String agedBy,
            @Param("after") long after,
            @Param("last") long last,
            @Param("seconds") long seconds);

    // ix_shard_epochs_granted, PRIMARY of delivery_minutes, ix_set_aside_closed; job_runs is small
    @Delete("DELETE FROM ${table} WHERE ${agedBy} < " + CUTOFF + " AND ${condition} LIMIT #{batch}")
    int deleteOld(
            @Param("table") String table,
            @Param("condition") String condition,
            @Param("agedBy") String agedBy,
            @Param("seconds") long seconds,
            @Param("batch") int batch);
}
