package io.orderwatch.job.order;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.orderwatch.dao.order.ChangedOrder;
import io.orderwatch.dao.order.OrderState;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a merchant gets: {@code type}, {@code timestamp} and {@code data}, as Standard Webhooks 1.0.0 recommends.
 * Amounts are strings, since a JSON number would lose digits in many a receiver. For use by many threads.
 */
final class NotificationBody {

    private final JsonFactory json = new JsonFactory();

    /**
     * @param previous null: the order was new
     * @throws BadOrderException if the order's attributes are no JSON object
     */
    String write(ChangedOrder order, @Nullable OrderState previous, OrderState state, Instant occurredAt) {
        StringWriter out = new StringWriter(512);
        try (JsonGenerator body = json.createGenerator(out)) {
            body.writeStartObject();
            body.writeStringField("type", "order." + state.name().toLowerCase(Locale.ROOT));
            body.writeStringField("timestamp", occurredAt.toString());
            body.writeObjectFieldStart("data");
            body.writeStringField("order_no", order.orderNo());
            body.writeStringField("status", state.name());
            writeIfPresent(body, "previous_status", previous);
            body.writeNumberField("user_id", order.userId());
            writeIfPresent(body, "group_id", order.groupId());
            writeIfPresent(body, "strategy_id", order.strategyId());
            body.writeNumberField("merchant_id", order.merchantId());
            body.writeStringField("amount", order.amount().toPlainString());
            body.writeStringField("currency", order.currency());
            body.writeStringField("created_at", order.createdAt().toString());
            writeIfPresent(body, "paid_at", order.paidAt());
            writeIfPresent(body, "completed_at", order.completedAt());
            writeIfPresent(body, "cancelled_at", order.cancelledAt());
            writeIfPresent(body, "cancel_reason", order.cancelReason());
            if (order.attributes() != null) {
                body.writeFieldName("attributes");
                copyObject(order.attributes(), body);
            }
            body.writeEndObject();
            body.writeEndObject();
        } catch (JsonProcessingException e) {
            throw new BadOrderException("attributes are no JSON object: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("Writing to memory", e);
        }
        return out.toString();
    }

    private void copyObject(String attributes, JsonGenerator body) throws IOException {
        try (JsonParser parser = json.createParser(attributes)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new BadOrderException("attributes are no JSON object");
            }
            body.copyCurrentStructure(parser);
            if (parser.nextToken() != null) {
                throw new BadOrderException("attributes are more than one JSON object");
            }
        }
    }

    private static void writeIfPresent(JsonGenerator body, String name, @Nullable Object value) throws IOException {
        if (value instanceof Long number) {
            body.writeNumberField(name, number);
        } else if (value != null) {
            body.writeStringField(name, value.toString());
        }
    }
}
