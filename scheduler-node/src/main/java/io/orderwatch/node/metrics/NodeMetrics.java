package io.orderwatch.node.metrics;

import com.codahale.metrics.MetricRegistry;
import com.codahale.metrics.jmx.JmxReporter;
import com.codahale.metrics.jvm.BufferPoolMetricSet;
import com.codahale.metrics.jvm.CachedThreadStatesGaugeSet;
import com.codahale.metrics.jvm.ClassLoadingGaugeSet;
import com.codahale.metrics.jvm.FileDescriptorRatioGauge;
import com.codahale.metrics.jvm.GarbageCollectorMetricSet;
import com.codahale.metrics.jvm.JvmAttributeGaugeSet;
import com.codahale.metrics.jvm.MemoryUsageGaugeSet;
import java.util.concurrent.TimeUnit;
import javax.management.MBeanServer;

/**
 * The registry that all parts of a node write their figures to, with those of the JVM under {@code jvm}, shown in the
 * JMX domain {@code io.orderwatch.metrics}: durations in milliseconds, rates per second.
 */
public final class NodeMetrics implements AutoCloseable {

    /** JMX domain of the figures. */
    public static final String DOMAIN = "io.orderwatch.metrics";

    private static final long THREADS_CACHED_SECONDS = 5;

    private final MetricRegistry registry = new MetricRegistry();
    private final JmxReporter reporter;

    public NodeMetrics(MBeanServer server) {
        registry.registerAll("jvm", new JvmAttributeGaugeSet());
        registry.registerAll("jvm.memory", new MemoryUsageGaugeSet());
        registry.registerAll("jvm.gc", new GarbageCollectorMetricSet());
        registry.registerAll("jvm.buffers", new BufferPoolMetricSet(server));
        registry.registerAll("jvm.classes", new ClassLoadingGaugeSet());
        // each look stops all threads for a moment
        registry.registerAll("jvm.threads", new CachedThreadStatesGaugeSet(THREADS_CACHED_SECONDS, TimeUnit.SECONDS));
        registry.register("jvm.files.ratio", new FileDescriptorRatioGauge());
        this.reporter = JmxReporter.forRegistry(registry)
                .registerWith(server)
                .inDomain(DOMAIN)
                .convertDurationsTo(TimeUnit.MILLISECONDS)
                .convertRatesTo(TimeUnit.SECONDS)
                .build();
        reporter.start();
    }

    /** For the constructors of all parts. */
    public MetricRegistry registry() {
        return registry;
    }

    @Override
    public void close() {
        reporter.close();
    }
}
