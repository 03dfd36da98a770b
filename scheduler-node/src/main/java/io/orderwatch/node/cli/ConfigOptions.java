package io.orderwatch.node.cli;

import io.orderwatch.node.config.ConfigReader;
import io.orderwatch.node.config.InvalidConfigException;
import io.orderwatch.node.config.NodeConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which every command finds its configuration. */
final class ConfigOptions {

    @Option(
            names = "--conf",
            paramLabel = "FILE",
            description = "Configuration file (default: $ORDERWATCH_CONF, or conf/orderwatch.conf).")
    @Nullable Path conf;

    @Option(
            names = "--node-id",
            paramLabel = "ID",
            description = "Id of the node, stronger than node.id of the configuration.")
    @Nullable String nodeId;

    @Option(
            names = "--log-level",
            paramLabel = "LEVEL",
            description = "TRACE, DEBUG, INFO, WARN or ERROR, stronger than log.level of the configuration.")
    @Nullable String logLevel;

    /** Reads the configuration that the options and the environment point to. */
    NodeConfig read(CommandContext context) throws InvalidConfigException {
        Map<String, String> given = new LinkedHashMap<>();
        if (nodeId != null) {
            given.put("node.id", nodeId);
        }
        if (logLevel != null) {
            given.put("log.level", logLevel.toUpperCase(Locale.ROOT));
        }
        return new ConfigReader(context.home(), context.environment(), context.hostName()).read(file(context), given);
    }

    /** The configuration file. */
    Path file(CommandContext context) {
        if (conf != null) {
            return conf.toAbsolutePath().normalize();
        }
        String fromEnvironment = context.environment().getOrDefault("ORDERWATCH_CONF", "");
        return context.home()
                .resolve(fromEnvironment.isEmpty() ? "conf/orderwatch.conf" : fromEnvironment)
                .normalize();
    }

    /** The logging configuration: beside the configuration file, else in our own {@code conf}. */
    Path log4j2(CommandContext context) throws InvalidConfigException {
        Path beside = file(context).resolveSibling("log4j2.xml");
        Path ours = context.home().resolve("conf/log4j2.xml");
        if (!Files.isReadable(beside) && !Files.isReadable(ours)) {
            throw InvalidConfigException.of("The logging configuration log4j2.xml is missing: it is neither at "
                    + beside + " nor at " + ours + ".");
        }
        return Files.isReadable(beside) ? beside : ours;
    }
}
