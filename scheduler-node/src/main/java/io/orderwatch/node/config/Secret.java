package io.orderwatch.node.config;

/**
 * A password that does not show itself in logs.
 *
 * @param value the password; empty for none
 */
public record Secret(String value) {

    /** No password. */
    public static final Secret NONE = new Secret("");

    /** Whether there is a password. */
    public boolean isSet() {
        return !value.isEmpty();
    }

    /** Never the password. */
    @Override
    public String toString() {
        return isSet() ? "(hidden)" : "(none)";
    }
}
