package io.orderwatch.node.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where this JVM writes its heap when it runs out of memory. */
final class HeapDumps {

    private static final Logger LOG = LoggerFactory.getLogger(HeapDumps.class);
    private static final String OPTION = "HeapDumpPath";

    private HeapDumps() {}

    /**
     * Has dumps written to a folder, unless the command line named a place: only the node knows where it may write, and
     * the JVM's own choice is whatever folder it was started in.
     */
    static void into(Path folder) {
        HotSpotDiagnosticMXBean hotspot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (hotspot == null) {
            return;
        }
        try {
            if (hotspot.getVMOption(OPTION).getValue().isEmpty()) {
                hotspot.setVMOption(OPTION, folder.toAbsolutePath().toString());
            }
        } catch (IllegalArgumentException e) {
            LOG.debug("This JVM cannot be told where to write its heap dumps: {}", e.getMessage());
        }
    }
}
