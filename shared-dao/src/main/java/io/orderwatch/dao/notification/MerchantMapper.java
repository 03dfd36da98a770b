package io.orderwatch.dao.notification;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;

interface MerchantMapper extends SqlMapper {

    // PRIMARY
    @Select("SELECT id, status, events FROM merchants WHERE id IN (${ids})")
    List<SubscriptionRow> subscriptions(@Param("ids") Ids ids);

    // PRIMARY
    @Select("SELECT id, name, status, events, success_status, success_word, success_json_pointer, success_json_value,"
            + " retry_preset, retry_delays FROM merchants WHERE id IN (${ids})")
    List<MerchantRow> merchants(@Param("ids") Ids ids);

    // ix_merchant_endpoints_merchant; a secret whose time is over stays in the database. Secrets come as bytes: of
    // those
    // the log of statements prints no more at TRACE than that there are some.
    @Select("SELECT id, merchant_id, channel, url, CAST(secret AS BINARY) AS secret,"
            + " CAST(CASE WHEN previous_secret_until IS NULL OR previous_secret_until > UTC_TIMESTAMP(3)"
            + " THEN previous_secret END AS BINARY) AS previous_secret,"
            + " priority, weight, fallback, events, max_in_flight, rate_per_second, rate_burst FROM merchant_endpoints"
            + " WHERE merchant_id IN (${ids}) AND status = 1 ORDER BY merchant_id, priority, id")
    List<EndpointRow> endpoints(@Param("ids") Ids ids);
}
