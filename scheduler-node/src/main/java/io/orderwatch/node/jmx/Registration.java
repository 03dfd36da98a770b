package io.orderwatch.node.jmx;

import java.rmi.server.RemoteServer;
import java.rmi.server.ServerNotActiveException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/** An MBean's place in the server, until it is closed. */
final class Registration implements AutoCloseable {

    private final String name;
    private final MBeanServer server;

    /** @throws IllegalStateException when there is an MBean of that name already */
    Registration(Object bean, String name, MBeanServer server) {
        this.name = name;
        this.server = server;
        try {
            server.registerMBean(bean, new ObjectName(name));
        } catch (JMException e) {
            throw new IllegalStateException("The MBean " + name + " cannot be registered: " + e.getMessage(), e);
        }
    }

    /** Who called the MBean on this thread, for the audit log. */
    static String actor() {
        try {
            return "jmx@" + RemoteServer.getClientHost();
        } catch (ServerNotActiveException e) {
            // called within this process, not through a connector
            return "jmx@local";
        }
    }

    @Override
    public void close() {
        try {
            server.unregisterMBean(new ObjectName(name));
        } catch (JMException e) {
            throw new IllegalStateException("The MBean " + name + " cannot be removed: " + e.getMessage(), e);
        }
    }
}
