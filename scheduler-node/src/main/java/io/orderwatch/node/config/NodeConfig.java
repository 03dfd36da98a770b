package io.orderwatch.node.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can be set for a node, checked: see {@code conf/orderwatch.conf}, where each key is documented.
 * Read by {@link ConfigReader}. Times are positive, sizes are in bytes. Shows no password in its {@code toString}.
 */
public record NodeConfig(
        Cluster cluster,
        Identity node,
        Mysql mysql,
        Redis redis,
        ZooKeeper zookeeper,
        Lease lease,
        Schema schema,
        Orders orders,
        Scan scan,
        Delivery delivery,
        Breaker breaker,
        Retention retention,
        Jmx jmx,
        RabbitMqConfig rabbitmq,
        KafkaConfig kafka,
        WebSocketConfig websocket,
        AlertConfig alerts,
        MailConfig mail,
        SmsConfig sms,
        Log log,
        Clocks clock) {

    /**
     * The cluster that the node belongs to.
     *
     * @param name letters, digits, dashes; names the path in ZooKeeper and the Quartz scheduler
     */
    public record Cluster(String name) {}

    /**
     * The node itself.
     *
     * @param id differs from that of every other node of the cluster
     * @param logs folder of its log files, absolute
     * @param run folder of its state and process id files, absolute
     */
    public record Identity(String id, Path logs, Path run) {}

    /**
     * The database.
     *
     * @param url JDBC address
     * @param server the server that the address names
     * @param schema the schema that the address names
     * @param poolSize connections for the jobs; renewals of leases have their own
     */
    public record Mysql(String url, Address server, String schema, String user, Secret password, int poolSize) {}

    /**
     * Redis.
     *
     * @param uri {@code redis://host:port/database} or {@code rediss://...}, without a password
     * @param server the server that the address names
     */
    public record Redis(URI uri, Address server, Secret password) {

        /** Whether the connection is encrypted. */
        public boolean tls() {
            return "rediss".equals(uri.getScheme());
        }
    }

    /**
     * ZooKeeper.
     *
     * @param connect {@code host:port,host:port/path}
     * @param servers the servers that it names
     * @param chroot the path that it names; null for the root
     * @param sessionTimeout asked for; the servers may grant another
     */
    public record ZooKeeper(
            String connect,
            List<Address> servers,
            @Nullable String chroot,
            Duration sessionTimeout,
            Duration connectionTimeout) {}

    /**
     * How long the node's right to its shards lasts.
     *
     * @param duration from each renewal
     * @param renewEvery time between two renewals
     * @param margin the node stops working on its shards so long before the lease ends
     * @param acknowledgeWithin an owner that was asked for a shard and does not answer so long is taken for dead
     */
    public record Lease(Duration duration, Duration renewEvery, Duration margin, Duration acknowledgeWithin) {}

    /**
     * The tables.
     *
     * @param migrate whether a node brings them up to date when it starts
     * @param shards number of shards when the tables are created; afterwards it must agree with what they say
     */
    public record Schema(boolean migrate, int shards) {}

    /**
     * What holds for all orders.
     *
     * @param paymentWindow an order expires so long after it was created, where neither it nor its strategy says more
     * @param maxAttributesBytes an order with larger attributes is set aside
     */
    public record Orders(Duration paymentWindow, int maxAttributesBytes) {}

    /**
     * How changes are found.
     *
     * @param batch rows dealt with in one transaction
     */
    public record Scan(int batch) {}

    /**
     * How merchants are called.
     *
     * @param maxInFlight requests at a time, to all merchants together
     * @param firstInFlight requests at a time to a merchant that has not answered yet
     * @param slowAfter a merchant whose last answers took longer on average is slow
     * @param slowShare percent of {@code maxInFlight} that all slow merchants share
     * @param queue notifications that may wait in memory, of all merchants together
     * @param queuePerMerchant notifications of one merchant that may wait in memory
     * @param totalDeadline from the start of a request to the end of its answer
     * @param leaseMargin a notification that is being sent may be taken by another node so long after the deadline
     * @param maxAnswerBytes of an answer's body no more is read
     * @param allowedAddresses ranges that may be called besides the public internet
     */
    public record Delivery(
            int maxInFlight,
            int firstInFlight,
            Duration slowAfter,
            int slowShare,
            int queue,
            int queuePerMerchant,
            Duration connectTimeout,
            Duration totalDeadline,
            Duration leaseMargin,
            int maxAnswerBytes,
            List<String> allowedAddresses) {}

    /**
     * When an endpoint is called no more.
     *
     * @param failuresInRow open it
     * @param window over which rates are taken
     * @param leastCalls in the window, before a rate says anything
     * @param failureRate percent
     * @param slowCall a call that takes longer is slow
     * @param slowCallRate percent
     * @param openFor before a probe
     * @param holdBack how long at least what it holds back waits
     * @param giveUpAfter what it has held back for so long is given up
     * @param rampUp after closing
     * @param reportEvery how often successes are reported
     * @param resetCoolDown between two resets by hand
     */
    public record Breaker(
            int failuresInRow,
            Duration window,
            int leastCalls,
            int failureRate,
            Duration slowCall,
            int slowCallRate,
            Duration openFor,
            Duration holdBack,
            Duration giveUpAfter,
            Duration rampUp,
            Duration reportEvery,
            Duration resetCoolDown) {}

    /**
     * How long things are kept.
     *
     * @param notifications those that were delivered
     * @param deadNotifications those that were given up
     * @param alerts from their end on; what people were told of them, from then on
     * @param jobRuns those of nodes that are gone
     * @param setAside those that were tried again
     * @param batch rows removed in one transaction
     */
    public record Retention(
            Duration orderStatusLogs,
            Duration notificationAttempts,
            Duration notifications,
            Duration deadNotifications,
            Duration statusChanges,
            Duration shardEpochs,
            Duration auditLog,
            Duration alerts,
            Duration deliveryMinutes,
            Duration jobRuns,
            Duration breakerChanges,
            Duration setAside,
            Duration logFiles,
            int batch) {}

    /**
     * Remote management.
     *
     * @param host address to listen on
     * @param port 0: off
     * @param passwordFile who may come in, absolute; null: anybody on this host
     * @param accessFile who may do what, absolute; null: each may do all
     */
    public record Jmx(
            String host,
            int port,
            @Nullable Path passwordFile,
            @Nullable Path accessFile) {

        /** Whether there is remote management. */
        public boolean enabled() {
            return port != 0;
        }
    }

    /**
     * Logs.
     *
     * @param level least level of Orderwatch's own messages: TRACE, DEBUG, INFO, WARN or ERROR
     * @param json whether lines are JSON objects
     * @param userFilesOpen files of users that are kept open at a time
     */
    public record Log(String level, boolean json, int userFilesOpen) {}

    /**
     * Clocks.
     *
     * @param maxDifference a server or node whose clock differs more from this host's or the database's is pointed out
     */
    public record Clocks(Duration maxDifference) {}
}
