package io.kiln.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A writer of StableHLO text. It knows the syntax; what to write comes from each primitive's {@code lower} rule. */
public final class Emitter {
    private final StringBuilder out = new StringBuilder();
    private final Functions functions;
    private String indent;
    private int next;

    /** A writer whose lines start with {@code indent}. */
    public Emitter(String indent) {
        this(indent, new Functions());
    }

    private Emitter(String indent, Functions functions) {
        this.indent = indent;
        this.functions = functions;
    }

    /** The private functions of a module: one for all calls of equal programs. */
    private static final class Functions {
        private final Map<Program, String> symbols = new HashMap<>();
        private final Set<String> taken = new HashSet<>(Set.of("main"));
        private final StringBuilder text = new StringBuilder();
    }

    /** The functions that what was written calls: private ones of the same module. */
    public String functions() {
        return functions.text.toString();
    }

    /** What was written. */
    public String text() {
        return out.toString();
    }

    /** Writes the equations of {@code program} on operands of these names and returns the names of its results. */
    public List<String> body(Program program, List<String> args) {
        Map<Integer, String> names = new HashMap<>();
        for (int i = 0; i < args.size(); i++) {
            names.put(program.params().get(i).id(), args.get(i));
        }
        Map<Atom.Literal, String> literals = new HashMap<>();
        for (Equation eqn : program.equations()) {
            List<String> ins = names(names, literals, eqn.ins());
            List<String> outs = eqn.primitive().lower(this, eqn, ins);
            for (int i = 0; i < outs.size(); i++) {
                names.put(eqn.outs().get(i).id(), outs.get(i));
            }
        }
        return names(names, literals, program.results());
    }

    private List<String> names(
            Map<Integer, String> names, Map<Atom.Literal, String> literals, List<? extends Atom> atoms) {
        List<String> found = new ArrayList<>();
        for (Atom atom : atoms) {
            found.add(
                    switch (atom) {
                        case Atom.Literal literal -> literals.computeIfAbsent(literal, this::constant);
                        case Atom.Var v -> Objects.requireNonNull(names.get(v.id()));
                    });
        }
        return found;
    }

    /** Writes a call of the function of {@code program} and returns the names of its results. */
    List<String> call(String name, Program program, List<String> ins) {
        String symbol = functions.symbols.get(program);
        if (symbol == null) {
            symbol = symbol(name);
            functions.symbols.put(program, symbol);
            functions.text.append(function("private @" + symbol, program, Map.of()));
        }
        List<ShapedArray> outs = program.outputs();
        String text = "func.call @%s(%s) : %s -> %s"
                .formatted(symbol, String.join(", ", ins), types(program.inputs()), types(outs));
        if (outs.isEmpty()) {
            raw(text);
            return List.of();
        }
        return names(open(text, outs.size()), outs.size());
    }

    /** Writes a barrier that keeps what is on its two sides apart, and returns the names of the same values behind it. */
    List<String> barrier(List<String> ins, List<ShapedArray> avals) {
        String types = avals.stream().map(ShapedArray::mlir).collect(Collectors.joining(", "));
        String text = "stablehlo.optimization_barrier %s : %s".formatted(String.join(", ", ins), types);
        return names(open(text, ins.size()), ins.size());
    }

    /** {@code name} as a symbol that no other function of the module has. */
    private String symbol(String name) {
        String plain = name.replaceAll("[^A-Za-z0-9_.$]+", "_").replaceAll("_$", "");
        String base = plain.matches("[A-Za-z_].*") ? plain : "_" + plain;
        String found = base;
        for (int i = 1; !functions.taken.add(found); i++) {
            found = base + "_" + i;
        }
        return found;
    }

    /** The text of a function whose parameters have {@code attributes}, by position; its callees go to {@link #functions}. */
    public String function(String signature, Program program, Map<Integer, String> attributes) {
        List<String> args = new ArrayList<>();
        List<String> params = new ArrayList<>();
        for (int i = 0; i < program.params().size(); i++) {
            args.add("%arg" + i);
            params.add("%arg" + i + ": " + program.params().get(i).aval().mlir() + attributes.getOrDefault(i, ""));
        }
        Emitter body = new Emitter("    ", functions);
        List<String> results = body.body(program, args);
        String types = program.outputs().stream().map(ShapedArray::mlir).collect(Collectors.joining(", "));
        String returned = results.isEmpty() ? "return" : "return " + String.join(", ", results) + " : " + types;
        return "  func.func %s(%s) -> (%s) {\n%s    %s\n  }\n"
                .formatted(signature, String.join(", ", params), types, body.text(), returned);
    }

    /** A name that was not used before. */
    String fresh() {
        return "%" + next++;
    }

    /** Writes one line without a result. */
    void raw(String line) {
        out.append(indent).append(line).append('\n');
    }

    /** Writes {@code name = text} and returns the name. */
    String line(String text) {
        String name = fresh();
        raw(name + " = " + text);
        return name;
    }

    /** Starts a statement of several lines with {@code results} results and returns its name. */
    String open(String text, int results) {
        String name = fresh();
        raw(name + (results == 1 ? "" : ":" + results) + " = " + text);
        return name;
    }

    /** The names of the results of a statement that was opened with {@code count} of them. */
    List<String> names(String opened, int count) {
        return count == 1
                ? List.of(opened)
                : IntStream.range(0, count).mapToObj(i -> opened + "#" + i).toList();
    }

    /** {@code text : (operand types) -> result type}. */
    String op(String text, Equation eqn) {
        return line(text + " : " + types(eqn.inputs()) + " -> "
                + eqn.outs().get(0).aval().mlir());
    }

    /** {@code op %a, %b attributes : (operand types) -> result type}. */
    String typed(String op, Equation eqn, List<String> ins, String attributes) {
        return op(op + " " + String.join(", ", ins) + attributes, eqn);
    }

    /** {@code op %a, %b : type}, for operands and result of one type. */
    String elementwise(String op, Equation eqn, List<String> ins) {
        return line(op + " " + String.join(", ", ins) + " : "
                + eqn.outs().get(0).aval().mlir());
    }

    /** {@code op %a, %b : type, type -> type}, the syntax of the dialect CHLO. */
    String chlo(String op, Equation eqn, List<String> ins) {
        return line(op + " " + String.join(", ", ins) + " : "
                + eqn.inputs().stream().map(ShapedArray::mlir).collect(Collectors.joining(", ")) + " -> "
                + eqn.outs().get(0).aval().mlir());
    }

    /** A scalar constant. */
    String constant(Atom.Literal literal) {
        return full(literal.aval(), literal);
    }

    /** A constant of one value everywhere. */
    String full(ShapedArray aval, Atom.Literal value) {
        return line("stablehlo.constant dense<%s> : %s".formatted(dense(value), aval.mlir()));
    }

    /** Decimal where it reads back exactly, else the bits. */
    private static String dense(Atom.Literal literal) {
        return switch (literal.dtype()) {
            case BOOL, I8, I16, I32, I64, U8, U16, U32, U64 -> literal.text();
            case BF16, F16 -> "0x%04X".formatted(literal.bits());
            case F32 -> {
                float value = Float.intBitsToFloat((int) literal.bits());
                String text = Float.toString(value);
                // MLIR reads a decimal as a double and rounds that to f32.
                boolean exact = Float.isFinite(value) && (float) Double.parseDouble(text) == value;
                yield exact ? text : "0x%08X".formatted((int) literal.bits());
            }
            case F64 -> {
                double value = Double.longBitsToDouble(literal.bits());
                yield Double.isFinite(value) ? Double.toString(value) : "0x%016X".formatted(literal.bits());
            }
            case C64, C128 -> literal.parts().stream().map(Emitter::dense).collect(Collectors.joining(", ", "(", ")"));
        };
    }

    /** Writes a region of {@code program} that returns its results. */
    void region(Program program, List<String> args) {
        region(program, args, List.of(), program.outputs());
    }

    /** Writes a region of {@code program} that returns {@code first} and then its results. */
    void region(Program program, List<String> args, List<String> first, List<ShapedArray> types) {
        region(types, () -> {
            List<String> results = new ArrayList<>(first);
            results.addAll(body(program, args));
            return results;
        });
    }

    /** Writes a region that {@code body} writes, and that returns the values of these types that it names. */
    void region(List<ShapedArray> types, Supplier<List<String>> body) {
        String outer = indent;
        indent = outer + "  ";
        raw("stablehlo.return %s : %s"
                .formatted(
                        String.join(", ", body.get()),
                        types.stream().map(ShapedArray::mlir).collect(Collectors.joining(", "))));
        indent = outer;
    }

    /**
     * Writes an operation in StableHLO's generic form, with a region for each program whose parameters are the region's
     * own, and returns the names of its results.
     */
    List<String> withRegions(
            String op,
            List<String> ins,
            List<ShapedArray> types,
            String attributes,
            List<Program> regions,
            List<ShapedArray> results) {
        String name = open(
                "\"stablehlo.%s\"(%s) <{%s}> ({".formatted(op, String.join(", ", ins), attributes), results.size());
        for (int i = 0; i < regions.size(); i++) {
            if (i > 0) {
                raw("}, {");
            }
            Program program = regions.get(i);
            List<String> args = program.params().stream().map(_ -> fresh()).toList();
            List<String> params = new ArrayList<>();
            for (int k = 0; k < args.size(); k++) {
                params.add(args.get(k) + ": " + program.params().get(k).aval().mlir());
            }
            raw("^bb0(" + String.join(", ", params) + "):");
            region(program, args);
        }
        raw("}) : %s -> %s".formatted(types(types), types(results)));
        return names(name, results.size());
    }

    /** A list of integers as an attribute: {@code array<i64: 1, 2>}. */
    static String array(List<Integer> values) {
        return values.isEmpty()
                ? "array<i64>"
                : values.stream().map(String::valueOf).collect(Collectors.joining(", ", "array<i64: ", ">"));
    }

    private static String types(List<ShapedArray> avals) {
        return avals.stream().map(ShapedArray::mlir).collect(Collectors.joining(", ", "(", ")"));
    }
}
