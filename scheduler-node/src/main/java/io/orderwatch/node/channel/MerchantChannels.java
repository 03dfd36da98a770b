package io.orderwatch.node.channel;

import io.orderwatch.dao.notification.Endpoint;
import io.orderwatch.job.mail.Mailer;
import io.orderwatch.job.notification.AddressPolicy;
import io.orderwatch.job.notification.Channel;
import io.orderwatch.job.notification.Channels;
import io.orderwatch.job.notification.Deadlines;
import io.orderwatch.job.notification.HttpChannel;
import io.orderwatch.job.notification.amqp.AmqpChannel;
import io.orderwatch.job.notification.kafka.KafkaChannel;
import io.orderwatch.job.notification.kafka.KafkaSettings;
import io.orderwatch.job.notification.mail.MailChannel;
import io.orderwatch.job.notification.sms.SmsChannel;
import io.orderwatch.job.notification.websocket.WebSocketChannel;
import io.orderwatch.node.config.NodeConfig;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All channels that the configuration has: HTTP and WebSocket always, the others where their server is set. Making them
 * opens no connection; closing them gives up what is under way.
 */
public final class MerchantChannels implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(MerchantChannels.class);

    private final Deadlines deadlines = new Deadlines();
    private final Map<String, Channel> byName = new LinkedHashMap<>();

    /** @param http is closed with the others */
    public MerchantChannels(HttpChannel http, NodeConfig config, InstantSource clock) {
        byName.put(Endpoint.HTTP, http);
        Duration connect = config.delivery().connectTimeout();
        Duration deadline = config.delivery().totalDeadline();
        AddressPolicy policy = AddressPolicy.internetAnd(config.delivery().allowedAddresses());
        byName.put(
                WebSocketChannel.NAME,
                new WebSocketChannel(
                        config.websocket().settings(connect),
                        host -> {
                            InetAddress[] found = InetAddress.getAllByName(host);
                            policy.vet(found);
                            return found;
                        },
                        deadlines,
                        clock));
        if (config.rabbitmq().isSet()) {
            byName.put(AmqpChannel.NAME, new AmqpChannel(config.rabbitmq().settings(connect), deadlines, clock));
        }
        if (config.kafka().isSet()) {
            KafkaSettings kafka = new KafkaSettings(
                    config.kafka().servers(),
                    connect,
                    deadline,
                    properties(config.kafka().propertiesFile()));
            byName.put(KafkaChannel.NAME, new KafkaChannel(kafka, deadlines, clock));
        }
        if (config.mail().isSet()) {
            byName.put(
                    MailChannel.NAME, new MailChannel(new Mailer(config.mail().settings()), deadlines, clock));
        }
        if (config.sms().isSet()) {
            byName.put(SmsChannel.NAME, new SmsChannel(config.sms().settings(), deadline, deadlines));
        }
    }

    private static Map<String, String> properties(@Nullable Path file) {
        if (file == null) {
            return Map.of();
        }
        Properties read = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            read.load(reader);
        } catch (IOException e) {
            throw new UncheckedIOException("kafka.properties-file " + file + " cannot be read", e);
        }
        Map<String, String> properties = new HashMap<>();
        read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
        return properties;
    }

    /** For those who deliver. */
    public Channels channels() {
        return Channels.of(byName);
    }

    @Override
    public void close() {
        byName.forEach((name, channel) -> {
            try {
                channel.close();
            } catch (RuntimeException e) {
                LOG.warn("Channel {} did not close in good order", name, e);
            }
        });
        deadlines.close();
    }
}
