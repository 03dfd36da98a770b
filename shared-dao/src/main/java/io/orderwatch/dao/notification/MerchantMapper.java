package io.orderwatch.dao.notification;

import io.orderwatch.dao.Ids;
import io.orderwatch.dao.SqlMapper;
import java.util.List;
import org.apache.ibatis.annotations.Param;
import org.apache.ibatis.annotations.Select;

interface MerchantMapper extends SqlMapper {

    // PRIMARY
    @Select("SELECT id, name, status, events, success_word, retry_delays FROM merchants WHERE id IN (${ids})")
    List<MerchantRow> merchants(@Param("ids") Ids ids);

    // ix_merchant_endpoints_merchant
    @Select("SELECT id, merchant_id, url, secret, max_in_flight FROM merchant_endpoints"
            + " WHERE merchant_id IN (${ids}) AND status = 1 ORDER BY merchant_id, id")
    List<Endpoint> endpoints(@Param("ids") Ids ids);
}
