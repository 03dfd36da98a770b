package io.orderwatch.dao.setaside;

import io.orderwatch.dao.SqlMapper;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;

interface SetAsideMapper extends SqlMapper {

    @Insert("INSERT INTO set_aside (kind, subject_id, reason, node) VALUES (#{kind}, #{subjectId}, #{reason}, #{node})"
            + " ON DUPLICATE KEY UPDATE reason = VALUES(reason), node = VALUES(node), times = times + 1,"
            + " last_at = UTC_TIMESTAMP(3)")
    int remember(
            @Param("kind") SetAsideKind kind,
            @Param("subjectId") long subjectId,
            @Param("reason") String reason,
            @Param("node") String node);

    @Update("UPDATE orders SET held = 2 WHERE id = #{id}")
    int holdOrder(@Param("id") long id);

    // whoever sets a notification aside holds its claim; nothing is being sent
    @Update("UPDATE notifications SET held = 2, state = 'READY', lease_until = NULL WHERE id = #{id}")
    int holdNotification(@Param("id") long id);

    // uk_set_aside_subject, then PRIMARY of the row: as many look-ups as there are entries
    @Select("SELECT (SELECT COUNT(*) FROM set_aside a JOIN orders o ON o.id = a.subject_id"
            + " WHERE a.kind = 'ORDER' AND o.held = 2)"
            + " + (SELECT COUNT(*) FROM set_aside a JOIN notifications n ON n.id = a.subject_id"
            + " WHERE a.kind = 'NOTIFICATION' AND n.held = 2)")
    long count();
}
