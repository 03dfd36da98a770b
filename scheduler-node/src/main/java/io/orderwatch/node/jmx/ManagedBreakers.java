package io.orderwatch.node.jmx;

import io.orderwatch.node.breaker.BreakerReset;
import io.orderwatch.node.breaker.BreakerReset.Answer;
import java.rmi.server.RemoteServer;
import java.rmi.server.ServerNotActiveException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/** Registers {@link BreakersMXBean}, and takes it away again when it is closed. */
public final class ManagedBreakers implements BreakersMXBean, AutoCloseable {

    /** Name of the MBean. */
    public static final String NAME = "io.orderwatch:type=Breakers";

    private final Supplier<BreakerReset> resets;
    private final MBeanServer server;

    /**
     * @param resets gives a fresh one for each call, which is closed after it
     * @throws IllegalStateException when there is such an MBean already
     */
    public ManagedBreakers(Supplier<BreakerReset> resets, MBeanServer server) {
        this.resets = resets;
        this.server = server;
        try {
            server.registerMBean(this, name());
        } catch (JMException e) {
            throw new IllegalStateException("The MBean " + NAME + " cannot be registered: " + e.getMessage(), e);
        }
    }

    @Override
    public String reset(long merchantId) {
        try (BreakerReset reset = resets.get()) {
            List<Answer> answers = reset.reset(merchantId, actor());
            return answers.isEmpty()
                    ? "There is no merchant " + merchantId + " with an endpoint that is on"
                    : answers.stream().map(Answer::sentence).collect(Collectors.joining(System.lineSeparator()));
        }
    }

    private static String actor() {
        try {
            return "jmx@" + RemoteServer.getClientHost();
        } catch (ServerNotActiveException e) {
            // called within this process, not through a connector
            return "jmx@local";
        }
    }

    private static ObjectName name() {
        try {
            return new ObjectName(NAME);
        } catch (MalformedObjectNameException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            server.unregisterMBean(name());
        } catch (JMException e) {
            throw new IllegalStateException("The MBean " + NAME + " cannot be taken away: " + e.getMessage(), e);
        }
    }
}
