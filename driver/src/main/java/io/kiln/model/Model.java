package io.kiln.model;

import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import io.kiln.jaxexport.ExportedFunction;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * A model: a program of one row with its weights, or an exported function of a batch, and the names by which tables know its inputs and
 * results.
 *
 * @param name what messages and the compiled module call it
 * @param inputs the code's inputs that come from a table, in its order
 * @param outputs the code's results, in its order
 * @param code what it computes with
 * @param weights the arrays that a program of one row takes first, in its order
 * @param nulls what a null in an input column means unless a job says otherwise: {@code error}, {@code nan} or a number
 * @param metrics what is known of its quality and its training: numbers, text, lists and maps of them
 * @param parent the name or hash of the model that it was trained from, if any
 */
public record Model(
        String name,
        List<ModelInput> inputs,
        List<ModelOutput> outputs,
        ModelCode code,
        List<Weight> weights,
        String nulls,
        Map<String, Object> metrics,
        @Nullable String parent) {
    /** Copies the collections and checks that the names are unique and the types are the program's. */
    public Model {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        weights = List.copyOf(weights);
        metrics = java.util.Collections.unmodifiableMap(new TreeMap<>(metrics));
        unique(name, "inputs", inputs.stream().map(ModelInput::name).toList());
        unique(name, "outputs", outputs.stream().map(ModelOutput::name).toList());
        unique(name, "weights", weights.stream().map(Weight::name).toList());
        List<ShapedArray> taken = new ArrayList<>();
        weights.forEach(weight -> taken.add(weight.value().aval()));
        inputs.forEach(input -> taken.add(input.row()));
        List<ShapedArray> given = outputs.stream().map(ModelOutput::row).toList();
        if (code instanceof ModelCode.OfRow(Program program)
                && (!program.inputs().equals(taken) || !program.outputs().equals(given))) {
            throw KilnException.user(
                    "making model %s: the program takes %s and gives %s, the model says %s and %s"
                            .formatted(name, program.inputs(), program.outputs(), taken, given),
                    "give the weights and inputs in the program's order, with its types");
        }
        for (ModelInput input : inputs) {
            if (!input.columns().isEmpty()
                    && input.columns().size() != input.row().elements()) {
                boolean list = input.columns().size() == 1;
                if (!list) {
                    throw KilnException.user(
                            "making model %s: input %s is %s, which %d columns cannot fill"
                                    .formatted(
                                            name,
                                            input.name(),
                                            input.row(),
                                            input.columns().size()),
                            "name one column an element, or one array column");
                }
            }
        }
    }

    /** A model of a program of one row. */
    public Model(
            String name,
            List<ModelInput> inputs,
            List<ModelOutput> outputs,
            Program program,
            List<Weight> weights,
            String nulls,
            Map<String, Object> metrics,
            @Nullable String parent) {
        this(name, inputs, outputs, new ModelCode.OfRow(program), weights, nulls, metrics, parent);
    }

    /**
     * The program of one row.
     *
     * @throws KilnException USER for a model that is an exported function
     */
    public Program program() {
        return switch (code) {
            case ModelCode.OfRow(Program program) -> program;
            case ModelCode.OfBatch(ExportedFunction function) ->
                throw KilnException.user(
                        "reading the program of model %s: a program of one row is required, got the exported function %s"
                                .formatted(name, function.source()),
                        "use its file as it is: it holds the whole model");
        };
    }

    private static void unique(String model, String what, List<String> names) {
        Set<String> seen = new HashSet<>();
        for (String each : names) {
            if (!seen.add(each)) {
                throw KilnException.user(
                        "making model %s: its %s must have names of their own, got %s twice"
                                .formatted(model, what, each),
                        "rename one of them");
            }
        }
    }

    /**
     * Reads a model folder on any of Hadoop's file systems, and checks every file against the manifest before it is used; or a file
     * {@code NAME.jaxexport}, the bytes of {@code jax.export}'s {@code serialize()}, of which every offset is checked.
     *
     * @param folder a model folder, or a version in a registry: {@code FOLDER:NAME@VERSION-OR-ALIAS}
     * @throws KilnException of category USER naming the file and what is wrong with it
     */
    public static Model load(String folder) {
        return load(folder, new Configuration());
    }

    /** {@link #load(String)} with the settings of Hadoop's file systems. */
    public static Model load(String folder, Configuration hadoop) {
        if (folder.endsWith(ExportedModel.SUFFIX)) {
            return ExportedModel.load(folder, hadoop);
        }
        Optional<ModelReference> registered = ModelReference.parse(folder);
        if (registered.isPresent()) {
            RegisteredModel model = Registry.at(registered.get().registry(), hadoop)
                    .model(registered.get().name());
            return model.load(model.version(registered.get().selector()));
        }
        return ModelFolder.at(folder, hadoop).read();
    }

    /** Writes this model as a new folder: all of it or nothing. A folder that exists is an error. */
    public void save(String folder) {
        save(folder, new Configuration(), false);
    }

    /**
     * Writes this model as a folder: all of it or nothing.
     *
     * @param overwrite whether a model folder that exists is replaced; anything else that exists is an error
     */
    public void save(String folder, Configuration hadoop, boolean overwrite) {
        ModelFolder.at(folder, hadoop).write(this, overwrite);
    }

    /** This model with other metrics. */
    public Model withMetrics(Map<String, Object> values) {
        return new Model(name, inputs, outputs, code, weights, nulls, values, parent);
    }

    /** The signature: {@code digits(features f32[64]) -> prediction i32[], probabilities f32[10]}. */
    public String signature() {
        String ins = String.join(
                ", ", inputs.stream().map(i -> i.name() + " " + i.row()).toList());
        String outs = String.join(
                ", ", outputs.stream().map(o -> o.name() + " " + o.row()).toList());
        return "%s(%s) -> %s".formatted(name, ins, outs);
    }
}
