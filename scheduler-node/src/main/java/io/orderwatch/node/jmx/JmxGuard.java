package io.orderwatch.node.jmx;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Set;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.remote.MBeanServerForwarder;
import org.jspecify.annotations.Nullable;

/**
 * Stands between remote clients and the MBeans, and refuses what no operator of jobs needs but what runs code of the
 * caller's choice in this process, writes its memory to a file, or wipes the schedule of the whole cluster.
 */
final class JmxGuard implements InvocationHandler {

    // instantiating an MBean is loading a class by name, from anywhere where there is an MLet
    private static final Set<String> REFUSED_METHODS =
            Set.of("createMBean", "registerMBean", "unregisterMBean", "instantiate", "deserialize");

    private static final Map<String, Set<String>> REFUSED_OPERATIONS = Map.of(
            "quartz",
                    Set.of(
                            "clear",
                            "shutdown",
                            "addJob",
                            "scheduleJob",
                            "scheduleBasicJob",
                            "deleteJob",
                            "unscheduleJob"),
            "com.sun.management", Set.of("*"));

    private volatile @Nullable MBeanServer server;

    private JmxGuard() {}

    /** For a connector server, which tells it where to forward to. */
    static MBeanServerForwarder create() {
        return (MBeanServerForwarder) Proxy.newProxyInstance(
                JmxGuard.class.getClassLoader(), new Class<?>[] {MBeanServerForwarder.class}, new JmxGuard());
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
        switch (method.getName()) {
            case "getMBeanServer":
                return server;
            case "setMBeanServer":
                server = (MBeanServer) arguments[0];
                return null;
            case "invoke":
                checkOperation((ObjectName) arguments[0], (String) arguments[1]);
                break;
            default:
                if (REFUSED_METHODS.contains(method.getName())) {
                    throw new SecurityException(method.getName() + " is not allowed over JMX on this node");
                }
        }
        try {
            return method.invoke(server, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static void checkOperation(ObjectName name, String operation) {
        Set<String> refused = REFUSED_OPERATIONS.getOrDefault(name.getDomain(), Set.of());
        if (refused.contains("*") || refused.contains(operation)) {
            throw new SecurityException(
                    operation + " of " + name + " is not allowed over JMX on this node; see " + ManagedJobs.NAME);
        }
    }
}
