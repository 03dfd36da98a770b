package io.orderwatch.node;

import io.orderwatch.node.cli.Orderwatch;

/** Where the process begins. */
public final class Main {

    private Main() {}

    /** @param arguments as {@code bin/orderwatch --help} tells */
    public static void main(String[] arguments) {
        System.exit(Orderwatch.run(arguments, Node::new));
    }
}
