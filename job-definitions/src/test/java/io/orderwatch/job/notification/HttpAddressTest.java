package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.orderwatch.dao.notification.Endpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpAddressTest {

    @ParameterizedTest
    @CsvSource({
        "http://shop.example,                     http://shop.example,       /",
        "http://shop.example:8080/notify,         http://shop.example:8080,  /notify",
        "https://Shop.Example/a/b?c=d&e=%20f,     https://shop.example,      /a/b?c=d&e=%20f",
        "'  http://shop.example/trim ',           http://shop.example,       /trim",
        "http://[::1]:9000/v6,                    'http://[::1]:9000',       /v6",
        "http://shop.example/a#fragment,          http://shop.example,       /a",
        "http://shop.example/通知,                http://shop.example,       /%E9%80%9A%E7%9F%A5",
        "http://shop.example?only=query,          http://shop.example,       /?only=query"
    })
    void addresses_are_taken_apart(String url, String host, String path) {
        HttpAddress target = HttpAddress.of(endpoint(url, "secret"));
        assertEquals(host, target.host().toURI());
        assertEquals(path, target.path());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "shop.example/notify",
                "ftp://shop.example",
                "file:///etc/passwd",
                "http://",
                "http:///path",
                "http://user:pw@shop.example/",
                "http://shop.example:0/",
                "http://shop.example:70000/",
                "http://shop example/",
                "http://shop.example/a\r\nX-Injected: 1",
                "javascript:alert(1)"
            })
    void anything_else_is_refused(String url) {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> HttpAddress.of(endpoint(url, "secret")));
        assertTrue(refusal.getMessage().startsWith("the address"), refusal.getMessage());
    }

    @Test
    void secrets_are_not_printed() {
        assertFalse(HttpAddress.of(endpoint("http://shop.example", "hush-hush"))
                .toString()
                .contains("hush"));
    }

    private static Endpoint endpoint(String url, String secret) {
        return Rows.endpoint(1, 2, url, secret, 64);
    }
}
