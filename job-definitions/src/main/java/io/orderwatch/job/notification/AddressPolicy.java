package io.orderwatch.job.notification;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Which addresses may be called. Merchants write their addresses themselves, and a name can be made to lead anywhere: so
 * only the public internet may be called, and what an operator lists. Immutable; safe for use by many threads.
 */
public final class AddressPolicy {

    /** Not of the public internet (IANA's special-purpose registry), but for one that is and answers for a cloud. */
    private static final List<AddressRange> NOT_PUBLIC_4 = ranges(
            "0.0.0.0/8", // this host
            "10.0.0.0/8",
            "100.64.0.0/10", // shared with other customers of a provider; Alibaba's metadata
            "127.0.0.0/8",
            "168.63.129.16/32", // what Azure's hosts tell their guests
            "169.254.0.0/16", // link-local; the metadata of most clouds
            "172.16.0.0/12",
            "192.0.0.0/24", // protocols; Oracle's metadata
            "192.0.2.0/24",
            "192.88.99.0/24", // relays to IPv6
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4");

    /** All that is public of IPv6; local, mapped, NAT64 and multicast addresses are outside of it. */
    private static final List<AddressRange> PUBLIC_6 = ranges("2000::/3");

    private static final List<AddressRange> NOT_PUBLIC_6 = ranges(
            "2001::/23", // Teredo, which carries an IPv4 address, and other protocols
            "2001:db8::/32",
            "2002::/16", // 6to4, which carries an IPv4 address
            "3fff::/20");

    private final List<AddressRange> listed;

    private AddressPolicy(List<AddressRange> listed) {
        this.listed = listed;
    }

    /** The public internet alone. */
    public static AddressPolicy internet() {
        return new AddressPolicy(List.of());
    }

    /**
     * The public internet, and the ranges that are listed.
     *
     * @param ranges such as {@code 127.0.0.0/8} or {@code ::1}
     * @throws IllegalArgumentException when one is no range of addresses
     */
    public static AddressPolicy internetAnd(Collection<String> ranges) {
        return new AddressPolicy(ranges.stream().map(AddressRange::of).toList());
    }

    private static List<AddressRange> ranges(String... ranges) {
        List<AddressRange> all = new ArrayList<>();
        for (String range : ranges) {
            all.add(AddressRange.of(range));
        }
        return List.copyOf(all);
    }

    boolean allows(InetAddress address) {
        if (in(listed, address)) {
            return true;
        }
        return address instanceof Inet4Address
                ? !in(NOT_PUBLIC_4, address)
                : in(PUBLIC_6, address) && !in(NOT_PUBLIC_6, address);
    }

    /**
     * Refuses what leads anywhere that may not be called.
     *
     * @throws BlockedAddressException naming the first address that may not be called
     */
    public void vet(InetAddress[] addresses) throws BlockedAddressException {
        InetAddress refused = refused(addresses).orElse(null);
        if (refused != null) {
            throw new BlockedAddressException(
                    refused.getHostAddress() + " is not an address of the public internet, and not listed");
        }
    }

    /** The addresses, where all of them may be called; a name of which one may not be called leads astray. */
    Optional<InetAddress> refused(InetAddress[] addresses) {
        for (InetAddress address : addresses) {
            if (!allows(address)) {
                return Optional.of(address);
            }
        }
        return Optional.empty();
    }

    private static boolean in(List<AddressRange> ranges, InetAddress address) {
        for (AddressRange range : ranges) {
            if (range.contains(address)) {
                return true;
            }
        }
        return false;
    }
}
