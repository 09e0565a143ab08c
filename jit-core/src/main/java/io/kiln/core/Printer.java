package io.kiln.core;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The text of a program, as JAX prints a jaxpr. It is deterministic: tests compare it and explain() shows it. */
final class Printer {
    private final StringBuilder out = new StringBuilder();
    private final Map<Integer, String> names = new HashMap<>();
    private final String indent;
    private final @Nullable SourceLines lines;

    private Printer(String indent, @Nullable SourceLines lines) {
        this.indent = indent;
        this.lines = lines;
    }

    static String print(Program program) {
        return print(program, null);
    }

    static String print(Program program, @Nullable SourceLines lines) {
        return print(program, "", lines);
    }

    private static String print(Program program, String indent, @Nullable SourceLines lines) {
        return new Printer(indent, lines).run(program);
    }

    private String run(Program program) {
        out.append("{ lambda ; ").append(binders(program.params())).append(". let\n");
        for (Equation eqn : program.equations()) {
            out.append(indent).append("    ");
            String ins = eqn.ins().stream().map(a -> " " + atom(a)).collect(Collectors.joining());
            out.append(binders(eqn.outs())).append(" = ").append(primitive(eqn.primitive()));
            out.append(ins);
            if (lines != null) {
                lines.of(eqn).ifPresent(line -> out.append("    # ").append(line));
            }
            out.append('\n');
        }
        List<Atom> results = program.results();
        String tuple = results.stream().map(this::atom).collect(Collectors.joining(", "));
        out.append(indent).append("  in (").append(tuple).append(results.size() == 1 ? ",) }" : ") }");
        return out.toString();
    }

    private String binders(List<Atom.Var> vars) {
        return vars.stream().map(v -> name(v) + ":" + v.aval()).collect(Collectors.joining(" "));
    }

    private String primitive(Primitive primitive) {
        if (primitive.params().isEmpty()) {
            return primitive.mnemonic();
        }
        boolean nested = primitive.params().stream().anyMatch(p -> p instanceof Param.Programs);
        String separator = nested ? "\n" + indent + "      " : " ";
        String params =
                primitive.params().stream().map(p -> p.name() + "=" + value(p)).collect(Collectors.joining(separator));
        return primitive.mnemonic()
                + (nested ? "[" + separator + params + "\n" + indent + "    ]" : "[" + params + "]");
    }

    private String value(Param param) {
        return param instanceof Param.Programs(String _, List<Program> values)
                ? values.stream()
                        .map(p -> "\n" + indent + "        " + print(p, indent + "        ", lines))
                        .collect(Collectors.joining("", "(", "\n" + indent + "      )"))
                : plain(param);
    }

    /** The value of a parameter that holds no programs. */
    static String plain(Param param) {
        return switch (param) {
            case Param.Int(String _, int value) -> Integer.toString(value);
            case Param.Word(String _, String value) -> value;
            case Param.Ints(String _, List<Integer> values) -> tuple(values);
            case Param.Programs _ -> throw new IllegalArgumentException(param.name() + " holds programs");
        };
    }

    private static String tuple(List<Integer> values) {
        return values.stream()
                .map(String::valueOf)
                .collect(Collectors.joining(", ", "(", values.size() == 1 ? ",)" : ")"));
    }

    private String atom(Atom atom) {
        return switch (atom) {
            case Atom.Var v -> name(v);
            case Atom.Literal literal -> literal.text() + ":" + literal.aval();
        };
    }

    /** a, b, ... z, aa, ab, ...: in order of appearance. */
    private String name(Atom.Var v) {
        return names.computeIfAbsent(v.id(), _ -> {
            StringBuilder letters = new StringBuilder();
            for (int n = names.size(); n >= 0; n = n / 26 - 1) {
                letters.insert(0, (char) ('a' + n % 26));
            }
            return letters.toString();
        });
    }
}
