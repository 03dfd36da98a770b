package io.orderwatch.job.gateway;

/**
 * What a service answered.
 *
 * @param body as far as it was read
 */
public record GatewayAnswer(int status, String body) {

    /** Whether the status is 2xx. */
    public boolean good() {
        return status >= 200 && status <= 299;
    }
}
