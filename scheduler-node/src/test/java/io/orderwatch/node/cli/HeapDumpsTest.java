package io.orderwatch.node.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeapDumpsTest {

    private final HotSpotDiagnosticMXBean hotspot = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    private final String before = path();

    @TempDir
    private Path logs;

    @AfterEach
    void restore() {
        hotspot.setVMOption("HeapDumpPath", before);
    }

    @Test
    void go_to_the_folder_of_the_logs() {
        hotspot.setVMOption("HeapDumpPath", "");
        HeapDumps.into(logs);
        assertEquals(logs.toString(), path());
    }

    @Test
    void go_where_the_command_line_says() {
        hotspot.setVMOption("HeapDumpPath", "/elsewhere");
        HeapDumps.into(logs);
        assertEquals("/elsewhere", path());
    }

    private String path() {
        return hotspot.getVMOption("HeapDumpPath").getValue();
    }
}
