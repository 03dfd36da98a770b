package io.orderwatch.job.notification;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/** What people can be told of a notification in a line; empty texts where its body does not say. */
public record Digest(String orderNo, String status, String amount, String currency) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of a message's body. */
    public static Digest of(Message message) {
        try {
            JsonNode data = JSON.readTree(message.body()).path("data");
            return new Digest(
                    data.path("order_no").asText(""),
                    data.path("status").asText(""),
                    data.path("amount").asText(""),
                    data.path("currency").asText(""));
        } catch (IOException e) {
            return new Digest("", "", "", "");
        }
    }

    /** {@code Order T-1001: PAID, 12.30 EUR}, on one line. */
    public String line() {
        String line = "Order " + orderNo + ": " + status + ", " + amount + " " + currency;
        return line.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
    }
}
