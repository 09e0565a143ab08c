package io.kiln.driver;

import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import io.kiln.model.ModelInput;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which columns fill which input: the rules of {@code kiln score}'s {@code --features}, {@code --bind} and neither.
 *
 * <ol>
 *   <li>an input named (or numbered) by a bind takes its columns;
 *   <li>feature columns fill the one input that is left, or one each of as many inputs;
 *   <li>else the columns that the model was trained on;
 *   <li>else a column of the input's own name; else columns {@code input0}, {@code input1}, ...; else all columns of numbers that are
 *       not named to be kept, if they are exactly as many as the one input that is left has elements;
 *   <li>else an error that says what could be meant.
 * </ol>
 */
final class Binding {
    private final Columns columns;
    private final List<Slot> inputs;
    private final ScoreOptions options;

    /**
     * An input to be bound.
     *
     * @param name its name; null for a parameter whose name is not known
     * @param row its type; null for a function's parameter, which takes the type of its columns
     * @param own the columns that a model was trained on
     */
    record Slot(@Nullable String name, @Nullable ShapedArray row, List<String> own) {
        static Slot of(ModelInput input) {
            return new Slot(
                    input.name(),
                    input.row(),
                    input.columns().stream().map(column -> column.name()).toList());
        }

        /** Its name and type, as far as they are known. */
        @Override
        public String toString() {
            String said = name == null ? "a parameter" : name;
            return row == null ? said : said + " " + row;
        }
    }

    private Binding(Columns columns, List<Slot> inputs, ScoreOptions options) {
        this.columns = columns;
        this.inputs = inputs;
        this.options = options;
    }

    /** The positions of each input's columns. */
    static List<List<Integer>> resolve(Columns columns, List<Slot> inputs, ScoreOptions options) {
        return new Binding(columns, inputs, options).resolve();
    }

    /**
     * The columns in order of the inputs: one input takes all, as many inputs as columns take one each, and otherwise each takes as many as
     * it has elements.
     */
    static List<List<Integer>> inOrder(Columns columns, List<Slot> inputs, ScoreOptions options) {
        Binding binding = new Binding(columns, inputs, options);
        int count = columns.schema().size();
        boolean oneEach = inputs.size() == count;
        List<List<Integer>> bound = new ArrayList<>();
        int next = 0;
        for (int i = 0; i < inputs.size(); i++) {
            ShapedArray row = inputs.get(i).row();
            int left = count - next;
            int takes = inputs.size() == 1
                    ? left
                    : oneEach || row == null || (left > 0 && columns.isList(next))
                            ? 1
                            : Math.toIntExact(row.elements());
            if (takes > left || (i == inputs.size() - 1 && takes < left)) {
                throw KilnException.user(
                        "%s: required columns for %s, in order, got %d: %s"
                                .formatted(
                                        columns.doing(),
                                        Columns.listed(inputs.stream()
                                                .map(Slot::toString)
                                                .toList()),
                                        count,
                                        Columns.listed(List.of(columns.schema().fieldNames()))),
                        "name the columns of each input in the order of its elements, or one array column for it");
            }
            List<Integer> own = new ArrayList<>();
            for (int j = 0; j < takes; j++) {
                own.add(next++);
            }
            bound.add(binding.checked(i, own));
        }
        return bound;
    }

    private List<List<Integer>> resolve() {
        Map<Integer, List<Integer>> bound = new LinkedHashMap<>();
        options.binds().forEach((input, names) -> {
            if (bound.put(position(input), columns.select(names)) != null) {
                throw KilnException.user(
                        "%s: required one bind for input %s, got two".formatted(columns.doing(), input),
                        "name all columns of an input in one bind");
            }
        });
        Map<Integer, Integer> validity = validity();
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            if (!bound.containsKey(i) && !validity.containsKey(i)) {
                open.add(i);
            }
        }
        if (!options.features().isEmpty()) {
            features(open, bound);
        } else if (!open.isEmpty()) {
            byName(open, bound);
        }
        List<List<Integer>> result = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            result.add(validity.containsKey(i) ? List.of() : checked(i, bound.getOrDefault(i, List.of())));
        }
        validity.forEach((input, of) -> result.set(input, result.get(of)));
        return result;
    }

    /** The inputs that are told which elements of another input have a value, with that other. */
    static Map<Integer, Integer> validity(Columns columns, List<Slot> inputs, ScoreOptions options) {
        return new Binding(columns, inputs, options).validity();
    }

    private Map<Integer, Integer> validity() {
        Map<Integer, Integer> validity = new LinkedHashMap<>();
        options.reading().validity().forEach((input, of) -> validity.put(position(input), position(of)));
        for (int of : validity.values()) {
            if (validity.containsKey(of)) {
                throw KilnException.user(
                        "%s: required an input with values of its own, got the validity of %s"
                                .formatted(columns.doing(), label(of)),
                        "name the input whose values are read");
            }
        }
        return validity;
    }

    private int position(String input) {
        for (int i = 0; i < inputs.size(); i++) {
            if (input.equals(inputs.get(i).name())) {
                return i;
            }
        }
        if (input.matches("[0-9]{1,4}") && Integer.parseInt(input) < inputs.size()) {
            return Integer.parseInt(input);
        }
        throw KilnException.user(
                "%s: required an input of the model, got bind of %s".formatted(columns.doing(), input),
                "name one of " + described() + ", or a position from 0 to " + (inputs.size() - 1));
    }

    private void features(List<Integer> open, Map<Integer, List<Integer>> bound) {
        List<Integer> ordinals = columns.select(options.features());
        if (open.size() == 1) {
            bound.put(open.getFirst(), ordinals);
        } else if (open.size() == ordinals.size() && !open.isEmpty()) {
            for (int i = 0; i < open.size(); i++) {
                bound.put(open.get(i), List.of(ordinals.get(i)));
            }
        } else {
            throw KilnException.user(
                    "%s: required %d columns, one for each of %s, got %d: %s"
                            .formatted(columns.doing(), open.size(), described(), ordinals.size(), names(ordinals)),
                    "name one column for each input, or bind inputs one by one: input=column,...");
        }
    }

    private void byName(List<Integer> open, Map<Integer, List<Integer>> bound) {
        if (open.stream().allMatch(i -> !inputs.get(i).own().isEmpty())) {
            for (int i : open) {
                bound.put(i, inputs.get(i).own().stream().map(columns::require).toList());
            }
            return;
        }
        Map<Integer, List<Integer>> named = new LinkedHashMap<>();
        for (int i : open) {
            String name = inputs.get(i).name();
            int ordinal = name == null ? -1 : columns.find(name);
            if (ordinal >= 0) {
                named.put(i, List.of(ordinal));
            }
        }
        for (int i : open) {
            int ordinal = columns.find("input" + i);
            if (!named.containsKey(i) && ordinal >= 0) {
                named.put(i, List.of(ordinal));
            }
        }
        if (named.size() == open.size()) {
            bound.putAll(named);
            return;
        }
        List<Integer> left = open.stream().filter(i -> !named.containsKey(i)).toList();
        List<Integer> numeric = numericNotKept(bound, named);
        ShapedArray row = inputs.get(left.getFirst()).row();
        if (left.size() == 1 && row != null && row.elements() == numeric.size()) {
            bound.putAll(named);
            bound.put(left.getFirst(), numeric);
            return;
        }
        throw unbound(left, numeric);
    }

    private KilnException unbound(List<Integer> left, List<Integer> numeric) {
        Slot first = inputs.get(left.getFirst());
        if (first.name() == null) {
            return KilnException.user(
                    "%s: the names of the function's parameters are not in its class file, so its columns are not known"
                            .formatted(columns.doing()),
                    "name them: .columns(\"a\", \"b\"), or compile the function with -parameters or -g");
        }
        if (first.row() == null) {
            columns.require(first.name());
        }
        String required = first.row() == null
                ? "a column"
                : first.row() + ", " + first.row().elements() + " values a row";
        return KilnException.user(
                "%s: required columns for input %s (%s), got a table with no column %s, none named input%d, and %d columns of numbers"
                        .formatted(
                                columns.doing(), first.name(), required, first.name(), left.getFirst(), numeric.size()),
                "name them: --features a,b,... or --bind %s=a,b,...; the table has %s"
                        .formatted(
                                first.name(),
                                Columns.listed(List.of(columns.schema().fieldNames()))));
    }

    private List<Integer> numericNotKept(Map<Integer, List<Integer>> bound, Map<Integer, List<Integer>> named) {
        Set<Integer> taken = new HashSet<>();
        bound.values().forEach(taken::addAll);
        named.values().forEach(taken::addAll);
        if (options.keep() != null) {
            taken.addAll(columns.select(options.keep()));
        }
        return columns.numeric().stream().filter(i -> !taken.contains(i)).toList();
    }

    /** Counts are checked here, types where they are known: in the batch plan. */
    private List<Integer> checked(int input, List<Integer> ordinals) {
        ShapedArray row = inputs.get(input).row();
        long lists = ordinals.stream().filter(columns::isList).count();
        if (lists > 0 && ordinals.size() > 1) {
            throw KilnException.user(
                    "%s: input %s takes columns of numbers or one array column, got %s"
                            .formatted(columns.doing(), label(input), names(ordinals)),
                    "name only the array column, or only columns of numbers");
        }
        if (row != null && lists == 0 && ordinals.size() != row.elements()) {
            throw KilnException.user(
                    "%s: input %s is %s and takes %d feature columns, got %d: %s"
                            .formatted(
                                    columns.doing(),
                                    label(input),
                                    row,
                                    row.elements(),
                                    ordinals.size(),
                                    names(ordinals)),
                    "name exactly %d columns, in the order of the model's features%s"
                            .formatted(
                                    row.elements(),
                                    inputs.get(input).own().isEmpty()
                                            ? ""
                                            : ": "
                                                    + Columns.listed(
                                                            inputs.get(input).own())));
        }
        return ordinals;
    }

    private String label(int input) {
        String name = inputs.get(input).name();
        return name == null ? Integer.toString(input) : name;
    }

    private String described() {
        Set<String> names = new TreeSet<>();
        for (int i = 0; i < inputs.size(); i++) {
            names.add(label(i));
        }
        return "the inputs " + Columns.listed(List.copyOf(names));
    }

    private String names(List<Integer> ordinals) {
        return Columns.listed(ordinals.stream().map(columns::name).toList());
    }
}
