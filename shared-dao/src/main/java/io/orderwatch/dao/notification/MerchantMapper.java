package io.orderwatch.dao.notification;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.SqlMapper;
import java.math.BigDecimal;
import java.util.List;
import org.apache.ibatis.annotations.Arg;
import org.apache.ibatis.annotations.ConstructorArgs;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;

interface MerchantMapper extends SqlMapper {

    // PRIMARY; declared one by one: matching columns to a record's arguments by name costs more per row than all the
    // rest
    @ConstructorArgs({
        @Arg(column = "id", javaType = long.class),
        @Arg(column = "name", javaType = String.class),
        @Arg(column = "status", javaType = int.class),
        @Arg(column = "events", javaType = String.class),
        @Arg(column = "success_status", javaType = String.class),
        @Arg(column = "success_word", javaType = String.class),
        @Arg(column = "success_json_pointer", javaType = String.class),
        @Arg(column = "success_json_value", javaType = String.class),
        @Arg(column = "retry_preset", javaType = String.class),
        @Arg(column = "retry_delays", javaType = String.class)
    })
    @Select("SELECT id, name, status, events, success_status, success_word, success_json_pointer, success_json_value,"
            + " retry_preset, retry_delays FROM merchants WHERE id IN (${ids})")
    List<MerchantRow> merchants(@Param("ids") Ids ids);

    // ix_merchant_endpoints_merchant; a secret whose time is over stays in the database. Secrets come as bytes: the log
    // of
    // statements prints every column of a row at TRACE, but of bytes only that there are some.
    @ConstructorArgs({
        @Arg(column = "id", javaType = long.class),
        @Arg(column = "merchant_id", javaType = long.class),
        @Arg(column = "channel", javaType = String.class),
        @Arg(column = "url", javaType = String.class),
        @Arg(column = "secret", javaType = byte[].class),
        @Arg(column = "previous_secret", javaType = byte[].class),
        @Arg(column = "priority", javaType = int.class),
        @Arg(column = "weight", javaType = int.class),
        @Arg(column = "fallback", javaType = int.class),
        @Arg(column = "events", javaType = String.class),
        @Arg(column = "max_in_flight", javaType = int.class),
        @Arg(column = "rate_per_second", javaType = BigDecimal.class),
        @Arg(column = "rate_burst", javaType = Integer.class)
    })
    @Select("SELECT id, merchant_id, channel, url, CAST(secret AS BINARY) AS secret,"
            + " CAST(CASE WHEN previous_secret_until IS NULL OR previous_secret_until > UTC_TIMESTAMP(3)"
            + " THEN previous_secret END AS BINARY) AS previous_secret,"
            + " priority, weight, fallback, events, max_in_flight, rate_per_second, rate_burst FROM merchant_endpoints"
            + " WHERE merchant_id IN (${ids}) AND status = 1 ORDER BY merchant_id, priority, id")
    List<EndpointRow> endpoints(@Param("ids") Ids ids);
}
