package io.orderwatch.node;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** This machine's name, for people. */
final class Hosts {

    private Hosts() {}

    static String name() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown";
        }
    }
}
