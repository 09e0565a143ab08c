package io.kiln.jaxexport;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A function that {@code jax.export} serialized: its signature, what it needs, and its module for the plugin. Immutable. */
public final class ExportedFunction {
    private final String source;
    private final byte[] bytes;
    private final String name;
    private final List<ExportedArray> inputs;
    private final List<ExportedArray> outputs;
    private final List<String> platforms;
    private final int devices;
    private final int callingConvention;
    private final List<Integer> kept;
    private final List<String> orderedEffects;
    private final List<String> unorderedEffects;
    private final byte[] module;
    private final VhloSummary summary;

    ExportedFunction(
            String source,
            byte[] bytes,
            String name,
            List<ExportedArray> inputs,
            List<ExportedArray> outputs,
            List<String> platforms,
            int devices,
            int callingConvention,
            List<Integer> kept,
            List<String> orderedEffects,
            List<String> unorderedEffects,
            byte[] module,
            VhloSummary summary) {
        this.source = source;
        this.bytes = bytes.clone();
        this.name = name;
        this.inputs = List.copyOf(inputs);
        this.outputs = List.copyOf(outputs);
        this.platforms = List.copyOf(platforms);
        this.devices = devices;
        this.callingConvention = callingConvention;
        this.kept = List.copyOf(kept);
        this.orderedEffects = List.copyOf(orderedEffects);
        this.unorderedEffects = List.copyOf(unorderedEffects);
        this.module = module.clone();
        this.summary = summary;
    }

    /**
     * Reads the bytes of {@code serialize()}. Every offset and length in them is checked; nothing native sees them.
     *
     * @param source what to call them in messages, best the file's name
     * @throws KilnException USER naming the source and what was found instead
     */
    public static ExportedFunction read(String source, byte[] bytes) {
        return ExportedReader.read(source, bytes);
    }

    /** What the file is called in messages. */
    public String source() {
        return source;
    }

    /** The bytes that it was read from. A copy. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** The Python function's name. */
    public String name() {
        return name;
    }

    /** Its inputs, flattened, also those that the module does not take. */
    public List<ExportedArray> inputs() {
        return inputs;
    }

    /** Its results, flattened. */
    public List<ExportedArray> outputs() {
        return outputs;
    }

    /** The platforms that it was exported for. */
    public List<String> platforms() {
        return platforms;
    }

    /** The devices that one call of it runs on. */
    public int devices() {
        return devices;
    }

    /** The version of JAX's calling convention that the module follows. */
    public int callingConvention() {
        return callingConvention;
    }

    /** The positions of the inputs that the module takes, in its order: JAX leaves out those that no result depends on. */
    public List<Integer> kept() {
        return kept;
    }

    /** The kinds of effects whose order counts; for each the module takes and gives a token. */
    public List<String> orderedEffects() {
        return orderedEffects;
    }

    /** The kinds of other effects, such as printing. */
    public List<String> unorderedEffects() {
        return unorderedEffects;
    }

    /** The targets of the module's custom calls. */
    public List<String> customCalls() {
        return summary.customCalls();
    }

    /** The names of the module's composites, such as {@code chlo.erf}. */
    public List<String> composites() {
        return summary.composites();
    }

    /** How often each operation is in the module, by its name with its version: {@code vhlo.add_v1}. */
    public Map<String, Integer> operations() {
        return summary.operations();
    }

    /** The module: VHLO, StableHLO's form that lasts, as MLIR bytecode. A copy. */
    public byte[] module() {
        return module.clone();
    }

    /** The types of the module's own parameters: the platform's number first where it was exported for several, then the kept inputs. */
    public List<ShapedArray> parameters() {
        List<ShapedArray> parameters = new ArrayList<>();
        platformIndex().ifPresent(dtype -> parameters.add(ShapedArray.of(dtype)));
        kept.forEach(input -> parameters.add(typed(inputs.get(input))));
        return parameters;
    }

    /** The position of a platform, such as {@code cpu}, among those that it was exported for; -1 where it was not. */
    public int platformPosition(String platform) {
        for (int i = 0; i < platforms.size(); i++) {
            if (platforms.get(i).equalsIgnoreCase(platform)) {
                return i;
            }
        }
        return -1;
    }

    /**
     * What the module takes for these arguments: the platform's position first where it was exported for several, then the inputs that it
     * kept.
     *
     * @param all an array for each of the inputs, of its type
     */
    public List<HostArray> arguments(List<HostArray> all, String platform) {
        List<HostArray> taken = new ArrayList<>();
        platformIndex()
                .ifPresent(
                        dtype -> taken.add(HostArray.ofLongs(ShapedArray.of(dtype), _ -> platformPosition(platform))));
        kept.forEach(input -> taken.add(all.get(input)));
        return taken;
    }

    /** The types of the results. */
    public List<ShapedArray> results() {
        return outputs.stream().map(this::typed).toList();
    }

    /** The type of the module's first parameter where that is the position of the platform in {@link #platforms}. */
    public Optional<DType> platformIndex() {
        return summary.parameters().size() == kept.size() + 1 && platforms.size() > 1
                ? new ExportedArray("", summary.parameters().getFirst().dtype(), List.of()).knownDType()
                : Optional.empty();
    }

    /**
     * Refuses a function with symbolic dimensions, or with element types that Kiln has not.
     *
     * @throws KilnException USER with what to change in the export
     */
    public void requireStatic() {
        new RunCheck(this).requireStatic();
    }

    /**
     * Refuses a function that Kiln cannot run on a platform: one for other platforms or for several devices, with symbolic dimensions,
     * element types that Kiln has not, effects in order, or custom calls.
     *
     * @param platform the plugin's, such as {@code cpu}
     * @throws KilnException USER with what to change in the export
     */
    public void requireRunnable(String platform) {
        new RunCheck(this).require(platform);
    }

    /**
     * The rows of a batch: the first dimension of all inputs and results.
     *
     * @throws KilnException USER for a function that is not one of a batch
     */
    public int batchRows() {
        String rows = inputs.stream()
                .filter(each -> !each.shape().isEmpty())
                .findFirst()
                .map(each -> each.shape().getFirst())
                .orElse("no");
        for (ExportedArray each :
                Stream.concat(inputs.stream(), outputs.stream()).toList()) {
            if (each.shape().isEmpty() || !each.shape().getFirst().equals(rows) || rows.equals("0")) {
                throw KilnException.user(
                        "scoring with %s: inputs and results whose first dimension is the batch's rows are required, got %s -> %s"
                                .formatted(source, inputs, outputs),
                        "export the function for a batch: jax.export.export(jax.jit(jax.vmap(f)))"
                                + "(jax.ShapeDtypeStruct((1024, ...), ...)), with weights as constants");
            }
        }
        return Integer.parseInt(rows);
    }

    /** The signature, what it was exported for, and how often each operation is in its module. */
    @Override
    public String toString() {
        StringBuilder out = new StringBuilder();
        out.append("%s(%s) -> %s%n".formatted(name, joined(inputs), joined(outputs)));
        out.append("exported for %s, %d device%s, calling convention %d%n"
                .formatted(String.join(", ", platforms), devices, devices == 1 ? "" : "s", callingConvention));
        List<Integer> left = IntStream.range(0, inputs.size())
                .filter(i -> !kept.contains(i))
                .boxed()
                .toList();
        if (!left.isEmpty()) {
            out.append("no result depends on %s%n"
                    .formatted(joined(left.stream().map(inputs::get).toList())));
        }
        if (!orderedEffects.isEmpty() || !unorderedEffects.isEmpty()) {
            out.append("effects: %s%n"
                    .formatted(String.join(
                            ", ",
                            Stream.concat(orderedEffects.stream(), unorderedEffects.stream())
                                    .toList())));
        }
        if (!customCalls().isEmpty()) {
            out.append("custom calls: %s%n".formatted(String.join(", ", customCalls())));
        }
        if (!composites().isEmpty()) {
            out.append("composites: %s%n".formatted(String.join(", ", composites())));
        }
        out.append("%,d bytes of VHLO:".formatted(module.length));
        new TreeMap<>(operations()).forEach((operation, count) -> out.append(" %s %d,".formatted(operation, count)));
        out.setLength(out.length() - 1);
        return out.toString();
    }

    private static String joined(List<ExportedArray> arrays) {
        return String.join(", ", arrays.stream().map(ExportedArray::toString).toList());
    }

    private ShapedArray typed(ExportedArray array) {
        return array.aval()
                .orElseThrow(() -> new IllegalStateException(
                        "using " + source + ": it is checked to be runnable before, got " + array.type()));
    }

    /** The container and the module have to speak of one function: what is packed for one is read by the other. */
    void requireOwnModule(Malformed malformed) {
        if (!orderedEffects.isEmpty()
                || devices != 1
                || inputs.stream().anyMatch(each -> !each.symbolic().isEmpty())) {
            return; // refused before it runs, with a better word
        }
        List<VhloSummary.Parameter> taken = summary.parameters();
        int first = platformIndex().isPresent() ? 1 : 0;
        boolean same = taken.size() == kept.size() + first;
        for (int i = 0; same && i < kept.size(); i++) {
            ExportedArray said = inputs.get(kept.get(i));
            VhloSummary.Parameter own = taken.get(first + i);
            same = own.shape().stream().map(String::valueOf).toList().equals(said.shape())
                    && (own.dtype().equals(said.dtype()) || said.knownDType().isEmpty());
        }
        if (!same) {
            throw malformed.bad("inputs %s with a module that takes %s".formatted(inputs, taken));
        }
    }
}
