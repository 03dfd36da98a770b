package io.orderwatch.dao.jobs;

import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;

interface JobMapper extends SqlMapper {

    @Select("SELECT job, enabled, interval_ms, cron, applied_enabled, applied_schedule, rejected"
            + " FROM job_settings ORDER BY job")
    List<JobSettingRow> settings();

    @Update("UPDATE job_settings SET applied_enabled = #{enabled}, applied_schedule = #{schedule},"
            + " rejected = NULL, applied_at = UTC_TIMESTAMP(3) WHERE job = #{job}")
    int applied(@Param("job") String job, @Param("enabled") boolean enabled, @Param("schedule") String schedule);

    @Update("UPDATE job_settings SET rejected = #{why} WHERE job = #{job}")
    int rejected(@Param("job") String job, @Param("why") String why);

    @Insert("INSERT INTO job_runs (job, node, last_started_at, last_duration_ms, runs, worked, failures,"
            + " last_error, last_error_at, updated_at)"
            + " VALUES (#{job}, #{node}, #{lastStartedAt}, #{lastDurationMs}, #{runs}, #{worked}, #{failures},"
            + " #{lastError}, #{lastErrorAt}, UTC_TIMESTAMP(3))"
            + " ON DUPLICATE KEY UPDATE last_started_at = VALUES(last_started_at),"
            + " last_duration_ms = VALUES(last_duration_ms), runs = VALUES(runs), worked = VALUES(worked),"
            + " failures = VALUES(failures), last_error = VALUES(last_error),"
            + " last_error_at = VALUES(last_error_at), updated_at = VALUES(updated_at)")
    int record(JobRunRow run);

    @Select("SELECT job, node, last_started_at, last_duration_ms, runs, worked, failures, last_error,"
            + " last_error_at FROM job_runs ORDER BY job, node")
    List<JobRunRow> runs();

    @Select("SELECT job_group AS job, job_name AS name, trigger_state AS state FROM QRTZ_TRIGGERS"
            + " WHERE trigger_group = job_group AND trigger_name = job_name ORDER BY job_group, job_name")
    List<JobTrigger> triggers();
}
