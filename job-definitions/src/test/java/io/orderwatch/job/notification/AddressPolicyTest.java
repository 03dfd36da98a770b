package io.orderwatch.job.notification;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressPolicyTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1.1.1.1",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.1",
                "169.253.255.255",
                "172.15.255.255",
                "172.32.0.0",
                "192.167.255.255",
                "192.169.0.0",
                "223.255.255.255",
                "2606:4700:4700::1111",
                "2400:3200::1",
                "2a00:1450:4001:81b::200e"
            })
    void the_public_internet_may_be_called(String address) throws Exception {
        assertTrue(AddressPolicy.internet().allows(of(address)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.0",
                "10.255.255.255",
                "100.64.0.0",
                "100.127.255.255",
                "100.100.100.200",
                "127.0.0.1",
                "127.255.255.254",
                "168.63.129.16",
                "169.254.0.1",
                "169.254.169.254",
                "172.16.0.0",
                "172.31.255.255",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.1",
                "198.18.0.1",
                "198.51.100.1",
                "203.0.113.1",
                "224.0.0.1",
                "239.255.255.250",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "::127.0.0.1",
                "::ffff:10.0.0.1",
                "::ffff:0:10.0.0.1",
                "64:ff9b::a00:1",
                "64:ff9b:1::a00:1",
                "100::1",
                "2001::1",
                "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                "2001:db8::1",
                "2002:a00:1::1",
                "3fff::1",
                "5f00::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "fec0::1",
                "ff02::1"
            })
    void all_else_may_not(String address) throws Exception {
        assertFalse(AddressPolicy.internet().allows(of(address)));
    }

    @Test
    void what_is_listed_may_be_called_too_and_its_neighbours_not() throws Exception {
        AddressPolicy policy = AddressPolicy.internetAnd(List.of("10.1.0.0/16", "::1", "192.168.7.128/25"));
        for (String address : List.of("10.1.0.0", "10.1.255.255", "::1", "192.168.7.200", "1.1.1.1")) {
            assertTrue(policy.allows(of(address)), address);
        }
        for (String address : List.of("10.0.255.255", "10.2.0.0", "::2", "192.168.7.127", "127.0.0.1")) {
            assertFalse(policy.allows(of(address)), address);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "localhost", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "shop.example/8", "::/129", "10/8/8"
            })
    void anything_else_is_no_range(String text) {
        assertThrows(IllegalArgumentException.class, () -> AddressRange.of(text));
    }

    private static InetAddress of(String address) throws UnknownHostException {
        return InetAddress.getByName(address);
    }
}
