package io.orderwatch.dao.alert;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;
import org.jspecify.annotations.Nullable;

interface ConditionMapper extends SqlMapper {

    String MINUTE = "DATE_FORMAT(UTC_TIMESTAMP(), '%Y-%m-%d %H:%i:00')";
    String SINCE = "UTC_TIMESTAMP() - INTERVAL #{seconds} SECOND";
    String SUMS = " COALESCE(SUM(m.tries), 0) AS tries, COALESCE(SUM(m.accepted), 0) AS accepted,"
            + " COALESCE(SUM(m.unanswered), 0) AS unanswered, COALESCE(SUM(m.millis), 0) AS millis";

    // PRIMARY
    @Insert("INSERT INTO delivery_minutes (minute, merchant_id, node, tries, accepted, unanswered, millis)"
            + " VALUES (" + MINUTE + ", #{merchantId}, #{node}, #{figures.tries}, #{figures.accepted},"
            + " #{figures.unanswered}, #{figures.millis})"
            + " ON DUPLICATE KEY UPDATE tries = tries + VALUES(tries), accepted = accepted + VALUES(accepted),"
            + " unanswered = unanswered + VALUES(unanswered), millis = millis + VALUES(millis)")
    int add(@Param("merchantId") long merchantId, @Param("node") String node, @Param("figures") Figures figures);

    // PRIMARY: a row a minute, merchant 0 and node
    @Select("SELECT" + SUMS + " FROM delivery_minutes m WHERE m.minute IN (${minutes}) AND m.merchant_id = 0")
    Figures window(@Param("minutes") String minutes);

    // PRIMARY: all rows of the window
    @Select("SELECT m.merchant_id, COALESCE(MAX(k.name), '') AS name," + SUMS + " FROM delivery_minutes m"
            + " LEFT JOIN merchants k ON k.id = m.merchant_id WHERE m.minute >= " + SINCE
            + " AND m.merchant_id <> 0 GROUP BY m.merchant_id ORDER BY ${worst} DESC LIMIT #{limit}")
    List<MerchantFigures> worst(
            @Param("seconds") long seconds, @Param("worst") String worst, @Param("limit") int limit);

    // ix_notifications_wake: what is free, and what is parked; the inner LIMITs end the counting
    @Select("SELECT LEAST(COUNT(*), #{most}) FROM ("
            + "(SELECT 1 FROM notifications WHERE shard IN (${shards}) AND lane = 0"
            + " AND wake_at <= UTC_TIMESTAMP(3) LIMIT #{most}) UNION ALL "
            + "(SELECT 1 FROM notifications WHERE shard IN (${shards}) AND lane < 0"
            + " AND wake_at <= UTC_TIMESTAMP(3) LIMIT #{most}) UNION ALL "
            + "(SELECT 1 FROM notifications WHERE shard IN (${shards}) AND lane > 0"
            + " AND wake_at <= UTC_TIMESTAMP(3) LIMIT #{most})) due")
    int waiting(@Param("shards") Ids shards, @Param("most") int most);

    // PRIMARY of both; the list is as long as there are slow merchants
    @Select("SELECT s.merchant_id, COALESCE(MAX(m.name), '') AS name, COUNT(*) AS nodes,"
            + " MAX(s.average_ms) AS average_ms FROM slow_merchants s LEFT JOIN merchants m ON m.id = s.merchant_id"
            + " GROUP BY s.merchant_id ORDER BY s.merchant_id LIMIT #{limit}")
    List<SlowMerchant> slow(@Param("limit") int limit);

    // one row a node
    @Select("SELECT node, lease_until FROM node_leases WHERE denied = 1 AND lease_until <= UTC_TIMESTAMP(6)"
            + " AND lease_until > UTC_TIMESTAMP(6) - INTERVAL #{seconds} SECOND ORDER BY node")
    List<LostNode> lost(@Param("seconds") long seconds);

    // PRIMARY
    @Select("SELECT c.id, c.merchant_id, COALESCE(m.name, '') AS merchant_name, c.endpoint_id, c.scope,"
            + " c.to_state <> 'CLOSED' AS open, c.reason FROM breaker_changes c"
            + " LEFT JOIN merchants m ON m.id = c.merchant_id WHERE c.id > #{after} ORDER BY c.id LIMIT #{limit}")
    List<BreakerNews> breakers(@Param("after") long after, @Param("limit") int limit);

    @Select("SELECT value FROM cluster_settings WHERE name = 'alerts-breaker-position'")
    @Nullable Long position();

    @Insert("INSERT IGNORE INTO cluster_settings (name, value) VALUES ('alerts-breaker-position', '0')")
    int startPosition();

    @Update("UPDATE cluster_settings SET value = #{position}, updated_at = UTC_TIMESTAMP(3)"
            + " WHERE name = 'alerts-breaker-position' AND CAST(value AS UNSIGNED) < #{position}")
    int movePosition(@Param("position") long position);
}
