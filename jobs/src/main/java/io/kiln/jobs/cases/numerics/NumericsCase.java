package io.kiln.jobs.cases.numerics;

import com.fasterxml.jackson.databind.JsonNode;
import io.kiln.core.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One oracle case: a function, and what JAX got for it and for its vjp.
 *
 * @param name the case's name
 * @param group the family that the manifest puts it in
 * @param call the definition, a Python expression over the inputs a, b, ...
 * @param params the static parameters that the manifest states
 * @param inputs the arguments
 * @param outputs the results, flattened
 * @param cotangents of the float outputs; none when there is no vjp
 * @param grads of the float inputs; none when there is no vjp
 * @param columnsUpToSign whether columns of the factors may be negated
 * @param strict whether another value is a failure
 */
public record NumericsCase(
        String name,
        String group,
        CallText call,
        JsonNode params,
        List<Expected> inputs,
        List<Expected> outputs,
        List<Expected> cotangents,
        List<Expected> grads,
        boolean columnsUpToSign,
        boolean strict) {
    private static final Pattern AXIS = Pattern.compile("ax[ie]s=(\\([^)]*\\)|-?\\d+|None)");
    private static final Pattern NUMBER = Pattern.compile("-?\\d+");

    /**
     * Reads one entry of a manifest and its arrays.
     *
     * @throws IOException when the .npz is not there or lacks an array
     */
    public static NumericsCase read(JsonNode entry, Path folder) throws IOException {
        String name = entry.path("name").asText();
        Npz npz = Npz.read(folder.resolve(entry.path("file").asText(name + ".npz")));
        JsonNode vjp = entry.path("vjp");
        return new NumericsCase(
                name,
                entry.path("group").asText(),
                new CallText(entry.path("call").asText()),
                entry.path("params"),
                Expected.list(entry.path("inputs"), npz),
                Expected.list(entry.path("outputs"), npz),
                Expected.list(vjp.path("cotangents"), npz),
                Expected.list(vjp.path("grads"), npz),
                entry.path("compare").asText().equals("columns-up-to-sign"),
                entry.path("strict").asBoolean(true));
    }

    /** The dtype of an output. */
    DType outputDtype(int k) {
        return outputs.get(k).array().aval().dtype();
    }

    /** The dimensions of the first output: for functions whose result's shape is a static argument. */
    int[] outputDims() {
        return dims(outputs.get(0).array().aval().shape());
    }

    /** A parameter that is one integer, or {@code otherwise} where the manifest does not state it. */
    int integer(String param, int otherwise) {
        return params.path(param).asInt(otherwise);
    }

    /** A parameter that is true or false; false where the manifest does not state it. */
    boolean flag(String param) {
        return params.path(param).asBoolean();
    }

    /** A parameter that is a list of integers, or one integer. */
    int[] integers(String param) {
        return integers(params.path(param));
    }

    /** The axes of a reduction, by parameter or as its definition writes them; none: all. */
    int[] axes() {
        if (params.has("axes")) {
            return integers("axes");
        }
        Matcher axis = AXIS.matcher(call.text());
        return axis.find()
                ? NUMBER.matcher(axis.group(1))
                        .results()
                        .mapToInt(n -> Integer.parseInt(n.group()))
                        .toArray()
                : new int[0];
    }

    static int[] integers(JsonNode node) {
        if (node.isInt()) {
            return new int[] {node.asInt()};
        }
        List<Integer> out = new ArrayList<>();
        node.forEach(d -> out.add(d.asInt()));
        return dims(out);
    }

    static int[] dims(List<Integer> dims) {
        return dims.stream().mapToInt(Integer::intValue).toArray();
    }

    @Override
    public String toString() {
        return name;
    }
}
