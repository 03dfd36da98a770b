package io.orderwatch.dao.cluster;

import io.orderwatch.dao.SqlMapper;
import java.time.Instant;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.jspecify.annotations.Nullable;

interface ClusterMapper extends SqlMapper {

    @Select("SELECT value FROM cluster_settings WHERE name = #{name}")
    @Nullable String setting(@Param("name") String name);

    @Insert("INSERT IGNORE INTO cluster_settings (name, value) VALUES (#{name}, #{value})")
    int settingIfAbsent(@Param("name") String name, @Param("value") String value);

    @Update("UPDATE cluster_settings SET value = GREATEST(CAST(value AS UNSIGNED), #{atLeast}) + 1,"
            + " updated_at = UTC_TIMESTAMP(3) WHERE name = #{name}")
    int count(@Param("name") String name, @Param("atLeast") long atLeast);

    @Select("SELECT UTC_TIMESTAMP(6)")
    Instant time();

    @Select("SELECT VERSION()")
    String version();

    @Insert("INSERT INTO audit_log (actor, action, subject, detail)"
            + " VALUES (#{actor}, #{action}, #{subject}, #{detail})")
    int audit(
            @Param("actor") String actor,
            @Param("action") String action,
            @Param("subject") String subject,
            @Param("detail") String detail);
}
