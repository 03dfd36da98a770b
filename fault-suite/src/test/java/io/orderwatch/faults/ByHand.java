package io.orderwatch.faults;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.JMException;
import javax.management.MBeanServerConnection;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * Operators who will not wait: while orders flow, one of them has a notification that is under way, or waits to be tried
 * again, sent at once, through any node. Owns one thread.
 */
final class ByHand implements AutoCloseable {

    private static final int EVERY_SECONDS = 2;

    private final Tables tables;
    private final List<String> addresses;
    private final Random random;
    private final AtomicInteger answered = new AtomicInteger();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread operator = new Thread(task, "by-hand");
        operator.setDaemon(true);
        return operator;
    });
    private volatile boolean on;

    /**
     * @param addresses of the nodes' JMX, {@code host:port}
     * @param random says which one is asked
     */
    ByHand(Tables tables, List<String> addresses, Random random) {
        this.tables = tables;
        this.random = random;
        this.addresses = addresses;
        thread.scheduleWithFixedDelay(this::retry, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
    }

    void begin() {
        on = true;
    }

    void end() {
        on = false;
    }

    /** How many were answered by a node. */
    int answered() {
        return answered.get();
    }

    private void retry() {
        if (!on) {
            return;
        }
        String address = addresses.get(random.nextInt(addresses.size()));
        try (JMXConnector connector = JMXConnectorFactory.connect(
                new JMXServiceURL("service:jmx:rmi:///jndi/rmi://" + address + "/jmxrmi"))) {
            MBeanServerConnection node = connector.getMBeanServerConnection();
            ObjectName notifications = new ObjectName("io.orderwatch:type=Notifications");
            for (long id : tables.numbers(
                    "SELECT id FROM notifications WHERE state IN ('SENDING', 'READY') AND merchant_id <> ?"
                            + " ORDER BY id DESC LIMIT 2",
                    Hopeless.AWAY)) {
                node.invoke(notifications, "retryNotification", new Object[] {"ow_" + id}, new String[] {
                    String.class.getName()
                });
                answered.incrementAndGet();
            }
        } catch (IOException | JMException | RuntimeException away) {
            // the node, or what it needs, as is meant to happen now and then; there is a next time
        }
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
