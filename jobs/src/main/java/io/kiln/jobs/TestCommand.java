package io.kiln.jobs;

import io.kiln.jobs.cases.CaseFolder;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code kiln test --cases}: runs oracle cases against this build. The launcher runs the project's own suite itself. */
@Command(
        name = "test",
        mixinStandardHelpOptions = true,
        description = "Run the project's test suite, or every oracle case below a folder.")
public final class TestCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Mixin
    private SparkOptions sparkOptions;

    @Option(
            names = "--cases",
            required = true,
            paramLabel = "FOLDER",
            description = "run the cases below this folder; without it, ./kiln test runs the test suite by Maven")
    private Path cases;

    /** For spark-submit. */
    public static void main(String[] args) {
        System.exit(Main.executeAlone(new TestCommand(), args));
    }

    @Override
    public Integer call() {
        try (JobSession _ = JobSession.open(sparkOptions)) {
            return new CaseFolder(spec.commandLine().getOut(), sparkOptions.plugin).run(cases) ? 0 : 1;
        }
    }
}
