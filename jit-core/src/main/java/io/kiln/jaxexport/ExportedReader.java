package io.kiln.jaxexport;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the container that {@code jax.export}'s {@code serialize()} writes: a FlatBuffers table, the fields of which only grow. */
final class ExportedReader {
    /** Fields of the table {@code Exported} by their slot. */
    private static final int FUNCTION_NAME = 1;

    private static final int IN_TREE = 2;
    private static final int IN_AVALS = 3;
    private static final int OUT_TREE = 4;
    private static final int OUT_AVALS = 5;
    private static final int DEVICES_SHORT = 6;
    private static final int PLATFORMS = 9;
    private static final int ORDERED_EFFECTS = 10;
    private static final int UNORDERED_EFFECTS = 11;
    private static final int MODULE = 13;
    private static final int CALLING_CONVENTION = 14;
    private static final int KEPT = 15;
    private static final int DEVICES = 18;
    private static final int UNIQUE_AVALS = 19;
    private static final int IN_AVAL_NUMBERS = 22;
    private static final int OUT_AVAL_NUMBERS = 23;

    /** JAX's enumeration of element types, in its order. */
    private static final List<String> DTYPES = List.of(
            "bool",
            "i8",
            "i16",
            "i32",
            "i64",
            "u8",
            "u16",
            "u32",
            "u64",
            "f16",
            "f32",
            "f64",
            "c64",
            "c128",
            "bf16",
            "i4",
            "u4",
            "f8_e4m3b11fnuz",
            "f8_e4m3fn",
            "f8_e4m3fnuz",
            "f8_e5m2",
            "f8_e5m2fnuz",
            "f0",
            "f8_e4m3",
            "f8_e3m4",
            "f8_e8m0fnu",
            "f4_e2m1fn",
            "key_fry",
            "key_rbg",
            "key_unsafe_rbg");

    private static final int OLDEST_CONVENTION = 9;
    private static final int NEWEST_CONVENTION = 10;
    private static final String IDENTIFIER = "[A-Za-z_]\\w*";

    private final Malformed malformed;
    private final byte[] bytes;
    private final FlatTable root;

    private ExportedReader(Malformed malformed, byte[] bytes) {
        this.malformed = malformed;
        this.bytes = bytes;
        this.root = FlatTable.root(malformed, bytes);
    }

    static ExportedFunction read(String source, byte[] bytes) {
        Malformed malformed = new Malformed(source);
        Optional<String> other = OtherFormat.of(bytes);
        if (other.isPresent()) {
            throw malformed.bad(other.get());
        }
        return new ExportedReader(malformed, bytes).function();
    }

    private ExportedFunction function() {
        String name = required(root.text(FUNCTION_NAME), "a name");
        FlatTable inTree = required(root.table(IN_TREE), "a tree of inputs");
        FlatTable outTree = required(root.table(OUT_TREE), "a tree of results");
        List<ExportedArray> inputs =
                named(avals(IN_AVALS, IN_AVAL_NUMBERS), PytreeNames.ofInputs(malformed, inTree), "inputs");
        List<ExportedArray> outputs =
                named(avals(OUT_AVALS, OUT_AVAL_NUMBERS), PytreeNames.ofOutputs(malformed, outTree), "results");
        List<Integer> kept = kept(inputs.size());
        List<String> platforms = root.texts(PLATFORMS);
        if (platforms.isEmpty()) {
            throw malformed.bad("one for no platform");
        }
        long devices = root.number(DEVICES, 4, 0);
        int convention = (int) root.number(CALLING_CONVENTION, 2, 0);
        if (convention < OLDEST_CONVENTION || convention > NEWEST_CONVENTION) {
            throw malformed.bad("one of calling convention %d, not %d to %d"
                    .formatted(convention, OLDEST_CONVENTION, NEWEST_CONVENTION));
        }
        byte[] module = root.bytes(MODULE);
        VhloSummary summary = VhloReader.read(malformed, module);
        List<String> effects = effects(ORDERED_EFFECTS);
        ExportedFunction function = new ExportedFunction(
                malformed.source(),
                bytes,
                name,
                parameterNames(inputs, kept, summary, effects.size()),
                outputs,
                List.copyOf(platforms),
                (int) Math.min(devices == 0 ? root.number(DEVICES_SHORT, 2, 1) : devices, Integer.MAX_VALUE),
                convention,
                kept,
                effects,
                effects(UNORDERED_EFFECTS),
                module,
                summary);
        function.requireOwnModule(malformed);
        return function;
    }

    private <T> T required(@Nullable T value, String what) {
        if (value == null) {
            throw malformed.bad("one without " + what);
        }
        return value;
    }

    /** The types: newer files have each once and numbers, older ones a list. */
    private List<ExportedArray> avals(int listSlot, int numbersSlot) {
        List<Long> numbers = root.numbers(numbersSlot, 4);
        List<ExportedArray> all = new ArrayList<>();
        root.tables(numbers.isEmpty() ? listSlot : UNIQUE_AVALS).forEach(table -> all.add(aval(table)));
        if (numbers.isEmpty()) {
            return all;
        }
        List<ExportedArray> chosen = new ArrayList<>();
        for (long number : numbers) {
            if (number >= all.size()) {
                throw malformed.bad("type " + number + " of " + all.size());
            }
            chosen.add(all.get((int) number));
        }
        return chosen;
    }

    private ExportedArray aval(FlatTable table) {
        long dtype = table.number(2, 1, 0);
        if (table.number(0, 1, 0) != 0 || dtype >= DTYPES.size()) {
            throw malformed.bad(
                    "an abstract value of kind %d and element type %d".formatted(table.number(0, 1, 0), dtype));
        }
        return new ExportedArray(
                "",
                DTYPES.get((int) dtype),
                table.texts(1).stream().map(Malformed::printable).toList());
    }

    private List<ExportedArray> named(List<ExportedArray> avals, List<String> names, String what) {
        if (avals.size() != names.size()) {
            throw malformed.bad("%d %s in a tree of %d".formatted(avals.size(), what, names.size()));
        }
        List<ExportedArray> named = new ArrayList<>();
        for (int i = 0; i < avals.size(); i++) {
            named.add(avals.get(i).named(names.get(i)));
        }
        return named;
    }

    /** The inputs that the module takes: JAX leaves out those that the results do not depend on. */
    private List<Integer> kept(int inputs) {
        List<Integer> kept = new ArrayList<>();
        for (long input : root.numbers(KEPT, 2)) {
            if (input >= inputs || (!kept.isEmpty() && input <= kept.getLast())) {
                throw malformed.bad("input " + input + " of " + inputs);
            }
            kept.add((int) input);
        }
        return kept;
    }

    /** An input without a name in the tree is called what the source of the function calls its parameter, where the module says so. */
    private static List<ExportedArray> parameterNames(
            List<ExportedArray> inputs, List<Integer> kept, VhloSummary summary, int tokens) {
        int first = summary.parameters().size() - kept.size();
        if (first < 0 || tokens > 0) {
            return inputs;
        }
        Set<String> taken = new HashSet<>();
        inputs.forEach(input -> taken.add(input.name()));
        List<ExportedArray> named = new ArrayList<>(inputs);
        for (int i = 0; i < kept.size(); i++) {
            String name = summary.parameters().get(first + i).name();
            int input = kept.get(i);
            boolean positional = inputs.get(input).name().equals("input" + input);
            if (positional && name != null && name.matches(IDENTIFIER) && taken.add(name)) {
                named.set(input, inputs.get(input).named(name));
            }
        }
        return named;
    }

    private List<String> effects(int slot) {
        return root.tables(slot).stream()
                .map(effect -> Malformed.printable(String.valueOf(effect.text(0))))
                .toList();
    }
}
