package io.orderwatch.job.notification;

import io.orderwatch.dao.notification.Endpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.HttpHost;

/**
 * An HTTP endpoint: its address taken apart and its keys made ready.
 *
 * @param host scheme, name and port
 * @param path and query, beginning with a slash
 * @param signature made of the endpoint's secrets
 */
record HttpAddress(HttpHost host, String path, Signature signature) {

    /** Ends in a number, as no name does: some take it for an address in decimal, octal or hexadecimal. */
    private static final Pattern ODD_NUMBER = Pattern.compile("(^|\\.)(\\d+|0[xX]\\p{XDigit}*)\\.?$");

    private static final Pattern USUAL_NUMBERS = Pattern.compile("((0|[1-9]\\d{0,2})\\.){3}(0|[1-9]\\d{0,2})");

    /** @throws IllegalArgumentException saying what is wrong with the address or the secret, without showing the secret */
    static HttpAddress of(Endpoint endpoint) {
        URI uri = uri(endpoint.url());
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!scheme.equals("http") && !scheme.equals("https")) {
            throw new IllegalArgumentException("the address does not begin with http:// or https://");
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException("the address names no host");
        }
        if (ODD_NUMBER.matcher(uri.getHost()).find()
                && !USUAL_NUMBERS.matcher(uri.getHost()).matches()) {
            throw new IllegalArgumentException("the address's host is a number that is written in an unusual way");
        }
        if (uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException("the address contains a user name or password");
        }
        if (uri.getPort() == 0 || uri.getPort() > 65_535) {
            throw new IllegalArgumentException("the address has the impossible port " + uri.getPort());
        }
        return new HttpAddress(
                new HttpHost(scheme, uri.getHost().toLowerCase(Locale.ROOT), uri.getPort()),
                path(uri),
                Signature.with(endpoint.secrets()));
    }

    /** Paths and queries may carry what is nobody else's to know. */
    @Override
    public String toString() {
        return host.toURI();
    }

    private static URI uri(String url) {
        try {
            return new URI(url.strip());
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("the address is malformed: " + Judge.printable(e.getReason()));
        }
    }

    private static String path(URI uri) {
        // java.net.URI lets letters of other alphabets through; on the wire they are percent-encoded
        URI ascii = URI.create(uri.toASCIIString());
        String path = ascii.getRawPath().isEmpty() ? "/" : ascii.getRawPath();
        return ascii.getRawQuery() == null ? path : path + '?' + ascii.getRawQuery();
    }
}
