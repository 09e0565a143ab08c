package io.kiln.jobs;

import io.kiln.core.Graphviz;
import io.kiln.core.ProgramCost;
import io.kiln.error.KilnException;
import io.kiln.jaxexport.ExportedFunction;
import io.kiln.lower.Lowering;
import io.kiln.model.Model;
import io.kiln.model.ModelCode;
import io.kiln.model.ModelInput;
import io.kiln.model.Weight;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kiln inspect MODEL}: signature, columns, weights, metrics, cost, the program and what it lowers to. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        description = "Show a model: signature, columns, weights, metrics, cost, program and StableHLO.")
public final class InspectCommand implements Callable<Integer> {
    private static final int SHOWN_COLUMNS = 12;

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "MODEL", description = "a Kiln model folder, or a file of jax.export, NAME.jaxexport")
    private String model;

    @Option(
            names = "--dot",
            paramLabel = "FILE",
            description = "also draw the program into FILE, for Graphviz: dot -Tsvg FILE")
    @Nullable
    private Path dot;

    @Option(names = "--debug", description = "stack traces")
    @SuppressWarnings("UnusedVariable") // Main looks for it among the arguments, whatever the command
    private boolean debug;

    /** For spark-submit. */
    public static void main(String[] args) {
        System.exit(Main.executeAlone(new InspectCommand(), args));
    }

    @Override
    public Integer call() {
        Model loaded = Model.load(model);
        PrintWriter out = spec.commandLine().getOut();
        out.println(loaded.signature());
        out.println();
        for (ModelInput input : loaded.inputs()) {
            out.printf("input %s %s: %s%n", input.name(), input.row(), columns(input));
        }
        out.println("nulls: " + loaded.nulls());
        long bytes = 0;
        for (Weight weight : loaded.weights()) {
            out.printf("weight %s %s%n", weight.name(), weight.value().aval());
            bytes += weight.value().aval().byteSize();
        }
        if (loaded.code() instanceof ModelCode.OfBatch(ExportedFunction function)) {
            exported(loaded, function, out);
            return 0;
        }
        ProgramCost cost = ProgramCost.of(loaded.program());
        out.printf("cost of a row: about %,d operations; %,d bytes of weights%n", cost.flops(), bytes);
        loaded.metrics().forEach((name, value) -> out.printf("metric %s: %s%n", name, value));
        out.println();
        out.println("program of one row (weights, then inputs):");
        out.println(loaded.program());
        out.println();
        out.println("StableHLO:");
        out.println(new String(
                Lowering.lower(loaded.program(), loaded.name(), Set.of()).text(), StandardCharsets.UTF_8));
        if (dot != null) {
            draw(loaded, dot);
        }
        out.flush();
        return 0;
    }

    private void exported(Model loaded, ExportedFunction function, PrintWriter out) {
        if (dot != null) {
            draw(loaded, dot);
        }
        out.printf("batch rows: %d%n%n", function.batchRows());
        out.println(function);
        out.flush();
    }

    private static void draw(Model model, Path file) {
        try {
            Files.writeString(file, Graphviz.dot(model.program()));
        } catch (IOException e) {
            throw KilnException.usage(
                    "drawing the program: %s must be a file that can be written: %s".formatted(file, e),
                    "name a file in a folder that exists and is writable");
        }
    }

    private static String columns(ModelInput input) {
        if (input.columns().isEmpty()) {
            return "no columns of its own";
        }
        List<String> names = input.columns().stream()
                .limit(SHOWN_COLUMNS)
                .map(column -> column.isText()
                        ? "%s (text, %d categories)"
                                .formatted(column.name(), column.categories().size())
                        : column.name())
                .toList();
        int more = input.columns().size() - names.size();
        return String.join(", ", names) + (more > 0 ? " and %d more".formatted(more) : "");
    }
}
