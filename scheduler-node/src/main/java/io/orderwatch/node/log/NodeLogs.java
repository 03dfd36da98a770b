package io.orderwatch.node.log;

import com.codahale.metrics.MetricRegistry;
import io.orderwatch.node.config.NodeConfig;
import java.net.URI;
import java.nio.file.Path;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configuration;

/** The running logs of a node: {@code conf/log4j2.xml} with what {@code orderwatch.conf} says put in. */
public final class NodeLogs implements AutoCloseable {

    private final Path folder;
    private final LoggerContext context;
    private final URI commands;

    private NodeLogs(Path folder, LoggerContext context, URI commands) {
        this.folder = folder;
        this.context = context;
        this.commands = commands;
    }

    /**
     * Switches the process's logging over to the node's files.
     *
     * @param folder where the files go
     * @param log4j2 the Log4j 2 configuration file
     * @param console whether lines of the node's own log are shown on standard output too
     */
    public static NodeLogs start(NodeConfig config, Path folder, Path log4j2, boolean console) {
        // system properties are what Log4j's own look-ups and arbiters read; conf/log4j2.xml lists them
        System.setProperty("orderwatch.node", config.node().id());
        System.setProperty("orderwatch.logs", folder.toString());
        System.setProperty("orderwatch.log.level", config.log().level());
        System.setProperty("orderwatch.log.json", Boolean.toString(config.log().json()));
        System.setProperty(
                "orderwatch.log.user-files-open", Integer.toString(config.log().userFilesOpen()));
        System.setProperty("orderwatch.log.console", Boolean.toString(console));
        LoggerContext context = (LoggerContext) LogManager.getContext(false);
        URI commands = URI.create(NodeLogs.class.getResource("/log4j2.xml").toString());
        context.setConfigLocation(log4j2.toUri());
        return new NodeLogs(folder, context, commands);
    }

    /** Folder of the files. */
    public Path folder() {
        return folder;
    }

    /** Lines of users' logs that were lost so far: the disk did not keep up, or did not take them. */
    public long userLinesLost() {
        Configuration configuration = context.getConfiguration();
        long dropped =
                configuration.getAppender("user-dropped") instanceof DroppedAppender appender ? appender.events() : 0;
        return dropped
                + (configuration.getAppender("user-files") instanceof UserFilesAppender files ? files.failed() : 0);
    }

    /** Lines of the node's own log that were lost so far because the disk did not keep up. */
    public long systemLinesLost() {
        return context.getConfiguration().getAppender("system-dropped") instanceof DroppedAppender appender
                ? appender.events()
                : 0;
    }

    /** Adds the gauges {@code log.user.lost} and {@code log.system.lost}. */
    public void register(MetricRegistry metrics) {
        metrics.registerGauge("log.user.lost", this::userLinesLost);
        metrics.registerGauge("log.system.lost", this::systemLinesLost);
    }

    /**
     * Writes what is waiting, within seconds, and closes all files. Lines that come later are treated as those of
     * commands.
     */
    @Override
    public void close() {
        context.setConfigLocation(commands);
    }
}
