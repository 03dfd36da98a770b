package io.orderwatch.job.notification.amqp;

import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import io.orderwatch.job.notification.Message;
import io.orderwatch.job.notification.Outcome;
import io.orderwatch.job.notification.Reply;
import java.io.IOException;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to the broker, made when there is something to publish, and one channel on it, which only the thread
 * {@code notify-amqp} writes to. What waits for it is bounded. What the broker says comes on the library's threads.
 */
final class Publisher implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
    private static final int WAITING = 1_000;
    /** Those that nobody waits for any more count, too: a broker that takes all and says nothing is given up. */
    private static final int MOST_UNCONFIRMED = 20_000;

    private static final int PERSISTENT = 2;
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration EXCHANGE_KNOWN = Duration.ofMinutes(1);
    private static final Duration END_OF_THREAD = Duration.ofSeconds(2);

    private final AmqpSettings settings;
    private final InstantSource clock;
    private final ConnectionFactory factory;
    private final ExecutorService callbacks =
            Executors.newSingleThreadExecutor(task -> new Thread(task, "notify-amqp-answers"));
    private final BlockingQueue<Publication> waiting = new ArrayBlockingQueue<>(WAITING);
    private final AtomicBoolean started = new AtomicBoolean();
    private final Thread thread = new Thread(this::run, "notify-amqp");
    private volatile boolean stopped;

    // of the thread alone
    private @Nullable Line line;
    private long pauseUntil;
    private Duration pause = FIRST_PAUSE;
    private String lastFailure = "";
    private Outcome lastOutcome = Outcome.CONNECT;

    Publisher(AmqpSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
        this.factory = factory(settings);
    }

    private ConnectionFactory factory(AmqpSettings given) {
        int millis = Math.toIntExact(given.connectTimeout().toMillis());
        ConnectionFactory made = new ConnectionFactory();
        try {
            made.setUri(given.uri());
            if ("amqps".equals(given.uri().getScheme())) {
                // the library's own context trusts everybody
                made.useSslProtocol(SSLContext.getDefault());
                made.enableHostnameVerification();
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("RabbitMQ cannot be reached at " + given.uri(), e);
        }
        if (!given.user().isEmpty()) {
            made.setUsername(given.user());
            made.setPassword(given.password());
        }
        made.setConnectionTimeout(millis);
        made.setHandshakeTimeout(millis);
        made.setChannelRpcTimeout(millis);
        made.setShutdownTimeout(millis);
        made.setRequestedHeartbeat(Math.toIntExact(HEARTBEAT.toSeconds()));
        // whether to connect again is decided here, when there is something to publish
        made.setAutomaticRecoveryEnabled(false);
        made.setTopologyRecoveryEnabled(false);
        made.setThreadFactory(task -> new Thread(task, "notify-amqp-connection"));
        made.setSharedExecutor(callbacks);
        return made;
    }

    void publish(Publication publication) {
        if (stopped) {
            publication.pending().finish(new Reply.Withheld("the channel is closed"));
        } else if (!waiting.offer(publication)) {
            publication.pending().finish(new Reply.Withheld("too much waits for RabbitMQ"));
        } else if (started.compareAndSet(false, true)) {
            thread.start();
        }
    }

    private void run() {
        try {
            while (!stopped) {
                Publication next = waiting.poll(1, TimeUnit.SECONDS);
                if (next != null) {
                    survive(next);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            drop();
        }
    }

    /** A defect must not end the thread that all the others depend on. */
    private void survive(Publication next) {
        try {
            publishNow(next);
        } catch (RuntimeException e) {
            LOG.error(
                    "Notification {} cannot be published",
                    next.pending().message().id(),
                    e);
            next.pending()
                    .fail(
                            Outcome.RESET,
                            "It could not be published: " + e.getClass().getSimpleName());
        }
    }

    private void publishNow(Publication next) {
        Line open = open(next);
        if (open == null) {
            return;
        }
        try {
            if (!next.exchange().isEmpty() && !open.knows(next.exchange())) {
                next.pending()
                        .finish(new Reply.Refused(
                                "The broker has no exchange '" + next.exchange() + "' that we may use"));
                return;
            }
            open.publish(next);
        } catch (IOException | ShutdownSignalException | TimeoutException e) {
            drop();
            next.pending().fail(Outcome.RESET, "The connection to RabbitMQ broke: " + reason(e));
        }
    }

    /** Null: there is none, and the publication was told so. */
    private @Nullable Line open(Publication next) {
        Line open = line;
        if (open != null && open.works()) {
            return open;
        }
        drop();
        if (System.nanoTime() - pauseUntil < 0) {
            next.pending().fail(lastOutcome, lastFailure);
            return null;
        }
        try {
            line = new Line();
            pause = FIRST_PAUSE;
            return line;
        } catch (IOException | TimeoutException | ShutdownSignalException e) {
            lastOutcome = outcome(e);
            lastFailure = "No connection to RabbitMQ: " + reason(e);
            long wait = pause.toNanos();
            pauseUntil = System.nanoTime() + RandomGenerator.getDefault().nextLong(wait / 2, wait + 1);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            next.pending().fail(lastOutcome, lastFailure);
            return null;
        }
    }

    private static Outcome outcome(Exception e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SSLException) {
                return Outcome.TLS;
            }
            if (cause instanceof UnknownHostException) {
                return Outcome.DNS;
            }
        }
        return Outcome.CONNECT;
    }

    private static String reason(Exception e) {
        if (e instanceof PossibleAuthenticationFailureException) {
            return "it may not like our user or password";
        }
        Throwable deepest = e;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return deepest.getMessage() == null
                ? deepest.getClass().getSimpleName()
                : deepest.getMessage().lines().findFirst().orElse("");
    }

    private void drop() {
        Line open = line;
        line = null;
        if (open != null) {
            open.close();
        }
    }

    /** Ends its threads and the connection; what is under way is given up. */
    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join(END_OF_THREAD.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<Publication> left = new ArrayList<>();
        waiting.drainTo(left);
        left.forEach(each -> each.pending().finish(new Reply.Withheld("the channel is closed")));
        callbacks.shutdownNow();
    }

    /** A connection and what was published on it and not answered. */
    private final class Line {

        private final Connection connection;
        private final Channel channel;
        private final ConcurrentSkipListMap<Long, Publication> unconfirmed = new ConcurrentSkipListMap<>();
        // a broker that says so after its answer leaves an entry that nobody asks for
        private final Map<String, String> returned = new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, String> eldest) {
                return size() > WAITING;
            }
        };
        private final Map<String, Long> exchanges = new HashMap<>();

        Line() throws IOException, TimeoutException {
            connection = factory.newConnection("orderwatch");
            try {
                channel = connection.createChannel();
                channel.confirmSelect();
                channel.addReturnListener(this::returned);
                channel.addConfirmListener(this::acknowledged, this::refused);
                channel.addShutdownListener(this::broke);
            } catch (IOException | RuntimeException e) {
                connection.abort(0);
                throw e;
            }
            LOG.info("Connected to {}", settings);
        }

        boolean works() {
            return channel.isOpen();
        }

        /** Asked on a channel of its own, since the answer no closes it, with all that is unconfirmed there. */
        boolean knows(String exchange) throws IOException, TimeoutException {
            Long until = exchanges.get(exchange);
            if (until != null && System.nanoTime() - until < 0) {
                return true;
            }
            Channel asking = connection.createChannel();
            try {
                asking.exchangeDeclarePassive(exchange);
                asking.close();
                exchanges.put(exchange, System.nanoTime() + EXCHANGE_KNOWN.toNanos());
                return true;
            } catch (IOException e) {
                if (e.getCause() instanceof ShutdownSignalException closed && !closed.isHardError()) {
                    return false;
                }
                throw e;
            }
        }

        void publish(Publication next) throws IOException {
            Message message = next.pending().message();
            if (!next.pending().mayBeWritten()) {
                return;
            }
            if (unconfirmed.size() >= MOST_UNCONFIRMED) {
                throw new IOException("it confirms nothing");
            }
            long number = channel.getNextPublishSeqNo();
            unconfirmed.put(number, next);
            try {
                channel.basicPublish(next.exchange(), next.routingKey(), true, properties(next), message.body());
            } catch (IOException | ShutdownSignalException e) {
                unconfirmed.remove(number);
                throw e;
            }
        }

        private BasicProperties properties(Publication next) {
            Message message = next.pending().message();
            Map<String, Object> headers = new HashMap<>(next.headers().of(message));
            headers.put("event", message.event());
            return new BasicProperties.Builder()
                    .contentType("application/json")
                    .contentEncoding("UTF-8")
                    .deliveryMode(PERSISTENT)
                    .messageId(message.id())
                    .timestamp(Date.from(clock.instant()))
                    .headers(headers)
                    .build();
        }

        /** Comes from RabbitMQ before the confirmation of the same message, on the same thread. */
        private void returned(
                int code, String text, String exchange, String routingKey, BasicProperties properties, byte[] body) {
            returned.put(properties.getMessageId(), text);
        }

        private void acknowledged(long number, boolean multiple) {
            answered(number, multiple).forEach(each -> settle(each, new Reply.Accepted()));
        }

        private void refused(long number, boolean multiple) {
            answered(number, multiple).forEach(each -> settle(each, new Reply.Refused("The broker could not keep it")));
        }

        /** What came back was taken by no queue: RabbitMQ confirms it all the same, others do not. */
        private void settle(Publication publication, Reply reply) {
            String why = returned.remove(publication.pending().message().id());
            publication
                    .pending()
                    .finish(why == null ? reply : new Reply.Refused("The broker has no queue for it: " + why));
        }

        private Set<Publication> answered(long number, boolean multiple) {
            Map<Long, Publication> those =
                    multiple ? unconfirmed.headMap(number, true) : unconfirmed.subMap(number, true, number, true);
            Set<Publication> answered = new HashSet<>(those.values());
            those.clear();
            return answered;
        }

        private void broke(ShutdownSignalException cause) {
            unconfirmed.values().forEach(each -> each.pending()
                    .fail(Outcome.RESET, "The connection to RabbitMQ broke before it was confirmed: " + reason(cause)));
            unconfirmed.clear();
        }

        void close() {
            connection.abort(Math.toIntExact(settings.connectTimeout().toMillis()));
        }
    }
}
