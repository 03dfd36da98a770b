package io.orderwatch.stack.merchant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MerchantTest {

    private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
    private static final String BODY = "{\"event\":\"PAID\"}";

    private final HttpClient client = HttpClient.newHttpClient();
    private final List<Long> accepted = Collections.synchronizedList(new ArrayList<>());
    private Merchant merchant;

    @BeforeEach
    void start() throws InterruptedException {
        merchant = Merchant.start(0, Merchant::secretOf, InstantSource.fixed(NOW), (id, at) -> accepted.add(id));
    }

    @AfterEach
    void stop() {
        merchant.close();
    }

    @Test
    void a_signed_notification_is_accepted_and_recorded() throws Exception {
        HttpResponse<String> response = notify(7, 33);
        assertEquals(200, response.statusCode());
        assertEquals("success", response.body());
        assertEquals(new Delivery(33, 1, 1, NOW.toEpochMilli()), merchant.delivery(33));
        assertEquals(new MerchantStats(1, 1, 0, 0), merchant.stats());
        assertEquals(new MerchantStats(1, 1, 0, 0), merchant.stats(7));
        assertEquals(new MerchantStats(0, 0, 0, 0), merchant.stats(8));
        assertEquals(List.of(33L), accepted);
    }

    @Test
    void what_comes_again_after_it_was_accepted_is_a_duplicate() throws Exception {
        notify(7, 33);
        notify(7, 33);
        assertEquals(new MerchantStats(2, 1, 1, 0), merchant.stats());
        assertEquals(new Delivery(33, 2, 2, NOW.toEpochMilli()), merchant.delivery(33));
        assertEquals(List.of(33L), accepted);
    }

    @Test
    void what_comes_again_after_a_failure_is_no_duplicate() throws Exception {
        merchant.behave(Behaviour.parse("fail=503"));
        assertEquals(503, notify(7, 33).statusCode());
        merchant.behave(Behaviour.OK);
        assertEquals(200, notify(7, 33).statusCode());
        assertEquals(new MerchantStats(2, 1, 0, 0), merchant.stats());
    }

    @Test
    void a_wrong_signature_an_old_one_and_none_are_refused() throws Exception {
        URI seven = merchant.address(7);
        assertEquals(
                401, send(signed(seven, "ow_33", NOW, Merchant.secretOf(8))).statusCode());
        assertEquals(
                401,
                send(signed(seven, "ow_33", NOW.minusSeconds(600), Merchant.secretOf(7)))
                        .statusCode());
        assertEquals(
                401,
                send(HttpRequest.newBuilder(seven)
                                .POST(BodyPublishers.ofString(BODY))
                                .build())
                        .statusCode());
        assertEquals(400, send(signed(seven, "33", NOW, Merchant.secretOf(7))).statusCode());
        assertEquals(new MerchantStats(0, 0, 0, 4), merchant.stats());
        assertEquals(0, merchant.distinct());
    }

    @Test
    void a_merchants_own_behaviour_goes_before_that_of_all() throws Exception {
        merchant.behave(Behaviour.parse("fail"));
        merchant.behave(7, Behaviour.parse("redirect=http://127.0.0.1:1/"));
        merchant.behave(8, Behaviour.parse("word=later"));
        assertEquals(302, notify(7, 1).statusCode());
        assertEquals("later", notify(8, 2).body());
        assertEquals(500, notify(9, 3).statusCode());
        assertEquals(new MerchantStats(3, 0, 0, 0), merchant.stats());
    }

    @Test
    void one_that_is_away_says_for_how_long() throws Exception {
        merchant.behave(7, Behaviour.parse("away=3600"));
        HttpResponse<String> response = notify(7, 1);
        assertEquals(503, response.statusCode());
        assertEquals("3600", response.headers().firstValue("retry-after").orElseThrow());
        assertEquals(new MerchantStats(1, 0, 0, 0), merchant.stats(7));
    }

    @Test
    void merchants_hang_tear_the_line_drip_and_never_end() throws Exception {
        merchant.behave(1, Behaviour.parse("hang"));
        merchant.behave(2, Behaviour.parse("reset"));
        merchant.behave(3, Behaviour.parse("drip=10"));
        merchant.behave(4, Behaviour.parse("endless"));
        merchant.behave(5, Behaviour.parse("slow=50"));
        assertThrows(HttpTimeoutException.class, () -> notify(1, 1));
        assertThrows(IOException.class, () -> notify(2, 2));
        assertEquals("success", notify(3, 3).body());
        assertEquals("success", notify(5, 5).body());
        HttpResponse<InputStream> endless = client.send(
                signed(merchant.address(4), "ow_4", NOW, Merchant.secretOf(4)), BodyHandlers.ofInputStream());
        try (InputStream body = endless.body()) {
            assertEquals(1_000_000, body.readNBytes(1_000_000).length);
        }
        assertEquals(new MerchantStats(5, 2, 0, 0), merchant.stats());
    }

    @Test
    void other_programs_ask_and_tell_it_over_http() throws Exception {
        notify(7, 33);
        assertEquals("fail=500@0.25", post("/behaviour/7", "fail@0.25").body());
        assertEquals("slow=5", post("/behaviour", "slow=5").body());
        HttpResponse<String> wrong = post("/behaviour", "sulk");
        assertEquals(400, wrong.statusCode());
        assertTrue(wrong.body().contains("hang"), wrong.body());
        assertEquals("{\"requests\":1,\"accepted\":1,\"duplicated\":0,\"rejected\":0}", get("/stats/7"));
        assertEquals("{\"requests\":0,\"accepted\":0,\"duplicated\":0,\"rejected\":0}", get("/stats/8"));
        assertEquals(
                "{\"id\":\"ow_33\",\"arrivals\":1,\"acceptances\":1,\"acceptedAt\":" + NOW.toEpochMilli() + "}",
                get("/deliveries/ow_33"));
    }

    private HttpResponse<String> notify(long merchantId, long notificationId) throws Exception {
        return send(signed(merchant.address(merchantId), "ow_" + notificationId, NOW, Merchant.secretOf(merchantId)));
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return send(HttpRequest.newBuilder(merchant.address().resolve(path))
                .POST(BodyPublishers.ofString(body))
                .build());
    }

    private String get(String path) throws Exception {
        return send(HttpRequest.newBuilder(merchant.address().resolve(path)).build())
                .body();
    }

    private HttpResponse<String> send(HttpRequest request) throws Exception {
        return client.send(request, BodyHandlers.ofString());
    }

    private static HttpRequest signed(URI address, String id, Instant at, String secret) throws Exception {
        String timestamp = Long.toString(at.getEpochSecond());
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.substring("whsec_".length())), "HmacSHA256"));
        byte[] hash = mac.doFinal((id + "." + timestamp + "." + BODY).getBytes(StandardCharsets.UTF_8));
        return HttpRequest.newBuilder(address)
                .timeout(Duration.ofSeconds(2))
                .header("webhook-id", id)
                .header("webhook-timestamp", timestamp)
                .header(
                        "webhook-signature",
                        "v1a,other v1," + Base64.getEncoder().encodeToString(hash))
                .POST(BodyPublishers.ofString(BODY))
                .build();
    }
}
