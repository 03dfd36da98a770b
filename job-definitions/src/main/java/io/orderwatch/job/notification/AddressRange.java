package io.orderwatch.job.notification;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/** Addresses that begin alike, such as {@code 10.0.0.0/8}. Immutable. */
final class AddressRange {

    private static final Pattern LITERAL = Pattern.compile("[0-9.]+|\\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*]?");

    private final byte[] first;
    private final int prefix;

    private AddressRange(byte[] first, int prefix) {
        this.first = first;
        this.prefix = prefix;
    }

    /** @throws IllegalArgumentException when the text is no address, with or without the length of a prefix */
    static AddressRange of(String text) {
        int slash = text.indexOf('/');
        String address = slash < 0 ? text.strip() : text.substring(0, slash).strip();
        if (!literal(address)) {
            throw new IllegalArgumentException("'" + text + "' is no range of addresses such as 10.0.0.0/8");
        }
        try {
            byte[] first = InetAddress.getByName(address).getAddress();
            int prefix = slash < 0
                    ? first.length * Byte.SIZE
                    : Integer.parseInt(text.substring(slash + 1).strip());
            if (prefix < 0 || prefix > first.length * Byte.SIZE) {
                throw new IllegalArgumentException("'" + text + "' has an impossible length of its prefix");
            }
            return new AddressRange(first, prefix);
        } catch (UnknownHostException | NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is no range of addresses such as 10.0.0.0/8", e);
        }
    }

    /** Whether a host can be nothing but an address, so that looking it up asks no server. */
    static boolean literal(String host) {
        return LITERAL.matcher(host).matches();
    }

    boolean contains(InetAddress address) {
        byte[] other = address.getAddress();
        if (other.length != first.length) {
            return false;
        }
        int whole = prefix / Byte.SIZE;
        for (int i = 0; i < whole; i++) {
            if (other[i] != first[i]) {
                return false;
            }
        }
        int rest = prefix % Byte.SIZE;
        int mask = 0xff << (Byte.SIZE - rest) & 0xff;
        return rest == 0 || (other[whole] & mask) == (first[whole] & mask);
    }
}
