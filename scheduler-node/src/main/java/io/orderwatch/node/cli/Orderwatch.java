package io.orderwatch.node.cli;

import io.orderwatch.node.config.InvalidConfigException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code orderwatch}: what it is made of, and how each of its commands fails. */
@Command(
        name = "orderwatch",
        description = "Watches orders in MySQL and tells merchants what happened to them.",
        synopsisSubcommandLabel = "COMMAND",
        mixinStandardHelpOptions = true,
        versionProvider = Orderwatch.Version.class,
        footerHeading = "%nExit codes:%n",
        footer = {
            "  0   done",
            "  1   tried, and failed",
            "  64  wrong use of the command line",
            "  66  what was named does not exist",
            "  69  a server or the node cannot be reached, or is not ready",
            "  73  a file or folder cannot be written",
            "  75  somebody else is at it: try again later",
            "  78  the configuration is wrong"
        })
public final class Orderwatch implements Runnable {

    private final CommandContext context;

    @Spec
    private @Nullable CommandSpec spec;

    private Orderwatch(CommandContext context) {
        this.context = context;
    }

    /**
     * Runs a command in this process.
     *
     * @param nodes makes the node for the command {@code run}
     * @return the exit code
     */
    public static int run(String[] arguments, NodeProcess.Factory nodes) {
        return commandLine(CommandContext.ofProcess(), nodes).execute(arguments);
    }

    static CommandLine commandLine(CommandContext context, NodeProcess.Factory nodes) {
        CommandLine commandLine = new CommandLine(new Orderwatch(context));
        commandLine.addSubcommand(new RunCommand(context, nodes));
        commandLine.addSubcommand(new StartCommand(context));
        commandLine.addSubcommand(new StopCommand(context));
        commandLine.addSubcommand(new DrainCommand(context));
        commandLine.addSubcommand(new StatusCommand(context));
        commandLine.addSubcommand(new RetryNotifyCommand(context));
        commandLine.addSubcommand(new AlertTestCommand(context));
        commandLine.addSubcommand(new DoctorCommand(context));
        commandLine.addSubcommand(new RetryDeadCommand(context));
        commandLine.addSubcommand(new RetryPreviewCommand(context));
        commandLine.addSubcommand(new WhyCommand(context));
        commandLine.addSubcommand(new MerchantsCommand(context));
        commandLine.addSubcommand(new QueuesCommand(context));
        commandLine.addSubcommand(new ResetBreakerCommand(context));
        commandLine.addSubcommand(new CheckCommand(context));
        commandLine.addSubcommand(new MigrateCommand(context));
        commandLine.setOut(context.out());
        commandLine.setErr(context.err());
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler(Orderwatch::misused);
        commandLine.setExecutionExceptionHandler((exception, command, parsed) -> failed(exception, context));
        return commandLine;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "A command is missing.");
    }

    private static int misused(ParameterException exception, String[] arguments) {
        CommandLine command = exception.getCommandLine();
        command.getErr().println(exception.getMessage());
        command.getErr().println("Try " + command.getCommandSpec().qualifiedName() + " --help");
        return ExitCode.USAGE;
    }

    /** Each way in which a command can fail that is not its own: one sentence a problem, never a stack trace. */
    private static int failed(Exception exception, CommandContext context) {
        if (exception instanceof InvalidConfigException invalid) {
            invalid.problems().forEach(context.err()::println);
            return ExitCode.CONFIG;
        }
        if (exception instanceof ServerUnavailableException) {
            context.err().println(exception.getMessage());
            return ExitCode.UNAVAILABLE;
        }
        if (exception instanceof AlreadyRunningException) {
            context.err().println(exception.getMessage());
            return ExitCode.TRY_LATER;
        }
        if (exception instanceof IOException) {
            context.err().println("A file cannot be read or written: " + exception);
            return ExitCode.CANT_CREATE;
        }
        context.err().println("The command failed by a mistake of the program: " + exception);
        LoggerFactory.getLogger(Orderwatch.class).debug("The command failed", exception);
        return ExitCode.SOFTWARE;
    }

    /** That of the jar; {@code unpacked} where there is none. */
    public static String version() {
        String version = Orderwatch.class.getPackage().getImplementationVersion();
        return version == null ? "unpacked" : version;
    }

    /** What {@code --version} prints. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() {
            return new String[] {"Orderwatch " + version()};
        }
    }
}
