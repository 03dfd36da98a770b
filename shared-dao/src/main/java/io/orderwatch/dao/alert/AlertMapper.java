package io.orderwatch.dao.alert;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import java.util.Set;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;

interface AlertMapper extends SqlMapper {

    // uk_alerts_open: all that has a key is open
    @Select(
            "SELECT id, name, subject, severity, title, message, opened_at, notices FROM alerts WHERE open_key IS NOT NULL")
    List<Incident> open();

    // uk_alerts_open; ix_alerts_subject for the one before
    @Insert("INSERT IGNORE INTO alerts (name, subject, severity, title, message, noticed_at)"
            + " SELECT #{incident.name}, #{incident.subject}, #{incident.severity}, #{incident.title},"
            + " #{incident.message}, CASE WHEN #{inheritQuiet} THEN MAX(p.noticed_at) END FROM alerts p"
            + " WHERE p.name = #{incident.name} AND p.subject = #{incident.subject}")
    int insert(@Param("incident") NewIncident incident, @Param("inheritQuiet") boolean inheritQuiet);

    // PRIMARY
    @Update("UPDATE alerts SET closed_at = UTC_TIMESTAMP(3) WHERE id = #{id} AND closed_at IS NULL")
    int close(@Param("id") long id);

    // PRIMARY
    @Select("SELECT id FROM alerts WHERE id IN (${ids}) AND closed_at IS NULL"
            + " AND opened_at <= UTC_TIMESTAMP(3) - INTERVAL #{holdMillis} * 1000 MICROSECOND"
            + " AND (noticed_at IS NULL OR noticed_at <= UTC_TIMESTAMP(3) - INTERVAL #{repeatMillis} * 1000 MICROSECOND)"
            + " ORDER BY id FOR UPDATE")
    Set<Long> lockDue(
            @Param("ids") Ids ids, @Param("holdMillis") long holdMillis, @Param("repeatMillis") long repeatMillis);

    // PRIMARY; locked by lockDue
    @Update("UPDATE alerts SET noticed_at = UTC_TIMESTAMP(3), notices = notices + 1, title = #{title},"
            + " message = #{message} WHERE id = #{id}")
    int noticed(@Param("id") long id, @Param("title") String title, @Param("message") String message);

    @Insert("INSERT INTO alert_notices (alert_id, channel, stage, name, subject, severity, title, message, due_at)"
            + " VALUES (#{notice.alertId}, #{channel}, #{notice.stage}, #{notice.name}, #{notice.subject},"
            + " #{notice.severity}, #{notice.title}, #{notice.message}, UTC_TIMESTAMP(3))")
    int insertNotice(@Param("notice") NewNotice notice, @Param("channel") String channel);

    // ix_alert_notices_due
    @Select("SELECT id FROM alert_notices WHERE due_at <= UTC_TIMESTAMP(3) AND channel = #{channel}"
            + " ORDER BY due_at LIMIT #{limit} FOR UPDATE SKIP LOCKED")
    List<Long> lockNotices(@Param("channel") String channel, @Param("limit") int limit);

    // PRIMARY
    @Update("UPDATE alert_notices SET claim_token = #{token}, attempts = attempts + 1,"
            + " due_at = UTC_TIMESTAMP(3) + INTERVAL #{leaseMillis} * 1000 MICROSECOND WHERE id IN (${ids})")
    int claim(@Param("ids") Ids ids, @Param("token") long token, @Param("leaseMillis") long leaseMillis);

    // PRIMARY
    @Select("SELECT id, alert_id, channel, stage, name, subject, severity, title, message, attempts - 1 AS attempts,"
            + " created_at, TIMESTAMPDIFF(SECOND, created_at, UTC_TIMESTAMP(3)) AS age_seconds"
            + " FROM alert_notices WHERE id IN (${ids}) ORDER BY id")
    List<Notice> notices(@Param("ids") Ids ids);

    // PRIMARY
    @Update("UPDATE alert_notices SET due_at = NULL, sent_at = UTC_TIMESTAMP(3), last_error = NULL"
            + " WHERE id = #{id} AND claim_token = #{token}")
    int sent(@Param("id") long id, @Param("token") long token);

    // PRIMARY
    @Update("UPDATE alert_notices SET due_at = UTC_TIMESTAMP(3) + INTERVAL #{inMillis} * 1000 MICROSECOND,"
            + " last_error = #{error} WHERE id = #{id} AND claim_token = #{token}")
    int failed(
            @Param("id") long id,
            @Param("token") long token,
            @Param("error") String error,
            @Param("inMillis") long inMillis);

    // PRIMARY
    @Update("UPDATE alert_notices SET due_at = NULL, last_error = #{error} WHERE id = #{id} AND claim_token = #{token}")
    int givenUp(@Param("id") long id, @Param("token") long token, @Param("error") String error);
}
