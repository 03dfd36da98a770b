package io.orderwatch.faults;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import javax.management.JMX;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/** What a node keeps in memory: what is left of its heap when all garbage is collected. */
final class Heap {

    private final String address;

    /** @param address of its JMX, {@code host:port} */
    Heap(String address) {
        this.address = address;
    }

    /** Collects garbage, which at rest takes a tenth of a second, and returns how many bytes are left. */
    long live() throws IOException {
        JMXServiceURL url = new JMXServiceURL("service:jmx:rmi:///jndi/rmi://" + address + "/jmxrmi");
        try (JMXConnector connector = JMXConnectorFactory.connect(url)) {
            MemoryMXBean memory = JMX.newMXBeanProxy(
                    connector.getMBeanServerConnection(),
                    new ObjectName(ManagementFactory.MEMORY_MXBEAN_NAME),
                    MemoryMXBean.class);
            memory.gc();
            return memory.getHeapMemoryUsage().getUsed();
        } catch (MalformedObjectNameException e) {
            throw new IllegalStateException("The platform's own name is well formed", e);
        }
    }
}
