package io.orderwatch.dao.setaside;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Insert;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;
import org.apache.ibatis.annotations.Update;

interface SetAsideMapper extends SqlMapper {

    @Insert("INSERT INTO set_aside (kind, subject_id, reason, node) VALUES (#{kind}, #{subjectId}, #{reason}, #{node})"
            + " ON DUPLICATE KEY UPDATE reason = VALUES(reason), node = VALUES(node), times = times + 1,"
            + " last_at = UTC_TIMESTAMP(3), closed_at = NULL")
    int remember(
            @Param("kind") SetAsideKind kind,
            @Param("subjectId") long subjectId,
            @Param("reason") String reason,
            @Param("node") String node);

    @Update("UPDATE orders SET held = 2 WHERE id = #{id}")
    int holdOrder(@Param("id") long id);

    // whoever sets a notification aside holds its claim; nothing is being sent
    @Update("UPDATE notifications SET held = 2, state = 'READY' WHERE id = #{id}")
    int holdNotification(@Param("id") long id);

    // ix_set_aside_closed; locked, so that what closeFree reads of the rows is younger than any entry's last change
    @Select("SELECT id FROM set_aside WHERE closed_at IS NULL AND id > #{after} ORDER BY id LIMIT #{limit}"
            + " FOR UPDATE SKIP LOCKED")
    List<Long> open(@Param("after") long after, @Param("limit") int limit);

    // PRIMARY, and PRIMARY of the rows
    @Update("UPDATE set_aside SET closed_at = UTC_TIMESTAMP(3) WHERE id IN (${ids})"
            + " AND NOT EXISTS (SELECT 1 FROM orders o WHERE kind = 'ORDER' AND o.id = subject_id AND o.held = 2)"
            + " AND NOT EXISTS (SELECT 1 FROM notifications n"
            + " WHERE kind = 'NOTIFICATION' AND n.id = subject_id AND n.held = 2)")
    int closeFree(@Param("ids") Ids ids);

    // ix_set_aside_closed, then PRIMARY of the row: as many look-ups as there are open entries
    @Select("SELECT (SELECT COUNT(*) FROM set_aside a JOIN orders o ON o.id = a.subject_id"
            + " WHERE a.closed_at IS NULL AND a.kind = 'ORDER' AND o.held = 2)"
            + " + (SELECT COUNT(*) FROM set_aside a JOIN notifications n ON n.id = a.subject_id"
            + " WHERE a.closed_at IS NULL AND a.kind = 'NOTIFICATION' AND n.held = 2)")
    long count();
}
