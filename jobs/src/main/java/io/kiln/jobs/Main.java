package io.kiln.jobs;

import io.kiln.error.ErrorCategory;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code kiln} command: parses, runs one sub-command, and turns what went wrong into a message and an exit code. */
@Command(
        name = "kiln",
        mixinStandardHelpOptions = true,
        version = "kiln 0.1.0",
        description = "JAX-style just-in-time compilation for Apache Spark.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Exit codes: 0 done; 1 a fault of Kiln's own; 2 usage; 3 your data, model or function; 4 the environment;",
            "5 the job failed on the cluster."
        },
        subcommands = {
            DemoCommand.class,
            TrainCommand.class,
            ScoreCommand.class,
            InspectCommand.class,
            PluginCommand.class,
            CacheCommand.class,
            ModelsCommand.class,
            DoctorCommand.class,
            TestCommand.class
        })
public final class Main implements Runnable {
    @Spec
    private CommandSpec spec;

    private Main() {}

    /** Runs a command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        System.exit(execute(args));
    }

    /** Runs a command on this JVM's standard streams and returns its exit code. */
    public static int execute(String... args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        return execute(out, err, args);
    }

    /** Runs a command whose output goes to {@code out} and whose messages go to {@code err}; returns its exit code. */
    public static int execute(PrintWriter out, PrintWriter err, String... args) {
        return line(new CommandLine(new Main()), out, err).execute(args);
    }

    /** Runs one command by itself, as its class does under spark-submit. */
    static int executeAlone(Object command, String... args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        CommandLine line = new CommandLine(command);
        return line(line.setCommandName("kiln " + line.getCommandName()), out, err)
                .execute(args);
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is required");
    }

    private static CommandLine line(CommandLine line, PrintWriter out, PrintWriter err) {
        return line.setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(Main::usage)
                .setExecutionExceptionHandler((fault, command, parsed) -> {
                    boolean debug = parsed.originalArgs().contains("--debug");
                    return Fault.of(fault).report(command.getErr(), debug);
                });
    }

    private static int usage(ParameterException fault, String[] args) {
        CommandLine command = fault.getCommandLine();
        String name = command.getCommandSpec().qualifiedName(" ");
        command.getErr().printf("kiln: %s%nfix: %s%n", problem(fault), "see " + name + " --help");
        return ErrorCategory.USAGE.exitCode();
    }

    private static String problem(ParameterException fault) {
        String message = fault.getMessage();
        return message == null || message.isEmpty()
                ? "the options could not be read"
                : Character.toLowerCase(message.charAt(0)) + message.substring(1);
    }
}
