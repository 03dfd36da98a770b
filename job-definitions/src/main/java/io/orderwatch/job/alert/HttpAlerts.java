package io.orderwatch.job.alert;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.orderwatch.job.gateway.GatewayAnswer;
import io.orderwatch.job.gateway.GatewayException;
import io.orderwatch.job.gateway.HttpGateway;
import java.net.URI;
import java.util.Map;

/** What the channels that post JSON have in common. */
final class HttpAlerts {

    private final HttpGateway http;
    private final Redaction redaction;
    private final ObjectMapper json = new ObjectMapper();

    HttpAlerts(HttpGateway http, Redaction redaction) {
        this.http = http;
        this.redaction = redaction;
    }

    /** Posts and returns whatever was answered. */
    GatewayAnswer post(URI address, Map<String, String> headers, Object body)
            throws AlertNotSentException, InterruptedException {
        try {
            return http.post(address, "application/json", headers, json.writeValueAsString(body));
        } catch (GatewayException e) {
            throw new AlertNotSentException(e.getMessage(), e);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("Texts and numbers can be written as JSON", e);
        }
    }

    /** The body of an answer; missing where it is not JSON. */
    JsonNode tree(GatewayAnswer answer) {
        try {
            JsonNode tree = json.readTree(answer.body());
            return tree == null ? MissingNode.getInstance() : tree;
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    /** What to tell of an answer. */
    String shown(GatewayAnswer answer) {
        return ("HTTP " + answer.status() + " " + redaction.of(answer.body())).strip();
    }
}
