package io.orderwatch.stack;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.lifecycle.Startables;
import org.testcontainers.mysql.MySQLContainer;
import org.testcontainers.utility.DockerImageName;

/** Servers in containers, one image each; images can be changed by {@code stack.image.mysql} and the like. */
final class ContainerStack extends ServerStack {

    private static final int REDIS_PORT = 6379;
    private static final int ZOOKEEPER_PORT = 2181;

    private final MySQLContainer mysql;
    private final GenericContainer<?> redis;
    private final GenericContainer<?> zookeeper;

    private ContainerStack(
            Servers servers, MySQLContainer mysql, GenericContainer<?> redis, GenericContainer<?> zookeeper) {
        super(servers);
        this.mysql = mysql;
        this.redis = redis;
        this.zookeeper = zookeeper;
    }

    static Stack start() {
        MySQLContainer mysql = new MySQLContainer(
                        image("stack.image.mysql", "mysql:8.4").asCompatibleSubstituteFor("mysql"))
                .withUsername("root")
                .withPassword("orderwatch")
                .withDatabaseName("orderwatch");
        mysql.withCommand("--max-connections=500", "--innodb-buffer-pool-size=512M", "--skip-name-resolve");
        GenericContainer<?> redis =
                new GenericContainer<>(image("stack.image.redis", "redis:7")).withExposedPorts(REDIS_PORT);
        GenericContainer<?> zookeeper = new GenericContainer<>(image("stack.image.zookeeper", "zookeeper:3.9"))
                .withExposedPorts(ZOOKEEPER_PORT)
                .withEnv(Map.of("ZOO_TICK_TIME", "500", "ZOO_4LW_COMMANDS_WHITELIST", "srvr"));
        try {
            Startables.deepStart(mysql, redis, zookeeper).join();
            Servers servers = new Servers(
                    "jdbc:mysql://" + mysql.getHost() + ":" + mysql.getMappedPort(MySQLContainer.MYSQL_PORT),
                    mysql.getUsername(),
                    mysql.getPassword(),
                    address(redis, REDIS_PORT),
                    List.of(address(zookeeper, ZOOKEEPER_PORT)),
                    "mysql");
            servers.versions();
            return new ContainerStack(servers, mysql, redis, zookeeper);
        } catch (RuntimeException e) {
            mysql.stop();
            redis.stop();
            zookeeper.stop();
            throw new StackException("The containers cannot be started: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        mysql.stop();
        redis.stop();
        zookeeper.stop();
    }

    private static DockerImageName image(String property, String byDefault) {
        return DockerImageName.parse(System.getProperty(property, byDefault));
    }

    private static InetSocketAddress address(GenericContainer<?> container, int port) {
        return InetSocketAddress.createUnresolved(container.getHost(), container.getMappedPort(port));
    }
}
