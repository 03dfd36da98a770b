package io.orderwatch.stack.demo;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoFolderTest {

    @Test
    void each_demo_begins_with_an_empty_folder(@TempDir Path temporary) throws Exception {
        Path old = temporary.resolve("demo/logs/node-1/users/user_7.log");
        Files.createDirectories(old.getParent());
        Files.writeString(old, "of the last run");
        try (DemoFolder folder = DemoFolder.take(temporary.resolve("demo"))) {
            assertFalse(Files.exists(old));
            assertTrue(Files.isDirectory(folder.logs()));
        }
    }

    @Test
    void a_second_demo_is_kept_out(@TempDir Path temporary) {
        try (DemoFolder folder = DemoFolder.take(temporary)) {
            assertTrue(Files.isDirectory(folder.logs()));
            // within one process the lock is refused in another way than between two
            assertThrows(OverlappingFileLockException.class, () -> DemoFolder.take(temporary));
        }
        DemoFolder.take(temporary).close();
    }
}
