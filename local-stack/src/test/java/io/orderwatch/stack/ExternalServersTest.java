package io.orderwatch.stack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExternalServersTest {

    /** Before, too: the build may have been told to use external servers. */
    @BeforeEach
    @AfterEach
    void forget() {
        List.of("stack", "stack.jdbc", "stack.user", "stack.password", "stack.redis", "stack.zookeeper")
                .forEach(System::clearProperty);
    }

    @Test
    void servers_are_named_by_system_properties() {
        System.setProperty("stack.jdbc", "jdbc:mysql://db:3306/");
        System.setProperty("stack.user", "me");
        System.setProperty("stack.password", "secret");
        System.setProperty("stack.redis", "redis://cache:6379");
        System.setProperty("stack.zookeeper", "zoo:2181");
        assertEquals(
                new ExternalServers(
                        "jdbc:mysql://db:3306",
                        "me",
                        "secret",
                        InetSocketAddress.createUnresolved("cache", 6379),
                        InetSocketAddress.createUnresolved("zoo", 2181)),
                ExternalServers.ofSystemProperties());
    }

    @Test
    void what_is_not_named_is_left_to_be_embedded() {
        System.setProperty("stack.redis", "redis://cache:6379");
        ExternalServers servers = ExternalServers.ofSystemProperties();
        assertNull(servers.jdbcBase());
        assertNull(servers.zookeeper());
        assertEquals(MariaDb.USER, servers.user());
    }

    @Test
    void nonsense_is_refused_in_a_sentence_that_names_the_property() {
        assertRefused("stack.jdbc");
        System.setProperty("stack.redis", "cache");
        assertRefused("stack.redis");
        System.clearProperty("stack.redis");
        System.setProperty("stack.zookeeper", "zoo keeper:1");
        assertRefused("stack.zookeeper");
        System.clearProperty("stack.zookeeper");
        System.setProperty("stack.jdbc", "jdbc:mysql://db:3306");
        assertRefused("stack.user");
    }

    @Test
    void an_unknown_source_is_refused() {
        System.setProperty("stack", "cloud");
        StackException refused = assertThrows(StackException.class, StackSource::ofSystemProperties);
        assertTrue(refused.getMessage().contains("'cloud'"), refused.getMessage());
    }

    private static void assertRefused(String property) {
        StackException refused = assertThrows(StackException.class, ExternalServers::ofSystemProperties);
        assertTrue(refused.getMessage().contains(property), refused.getMessage());
    }
}
