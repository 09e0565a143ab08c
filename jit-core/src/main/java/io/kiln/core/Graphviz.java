package io.kiln.core;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * A drawing of a program in Graphviz's DOT language, for {@code dot -Tsvg}: a box for each equation, an arrow for each operand
 * with its type, an ellipse for each parameter and result. Scalar constants stand in the box of the equation that uses them.
 * Programs inside an equation (branches, bodies, calls) are frames that a dashed arrow leads to.
 */
public final class Graphviz {
    private final StringBuilder out = new StringBuilder();
    private int nodes;
    private int frames;

    private Graphviz() {}

    /** The DOT text of {@code program}; equal programs have equal texts. */
    public static String dot(Program program) {
        Graphviz graph = new Graphviz();
        graph.out.append("""
            digraph program {
              compound=true;
              node [shape=box, fontname="monospace", fontsize=10];
              edge [fontname="monospace", fontsize=9];
            """);
        graph.body(program, "  ");
        return graph.out.append("}\n").toString();
    }

    /** Draws a program and returns the name of its first node. */
    private String body(Program program, String indent) {
        Map<Integer, String> owners = new HashMap<>();
        List<String> all = new ArrayList<>();
        for (Atom.Var v : program.params()) {
            String node = node(indent, v.aval().toString(), ", shape=ellipse");
            owners.put(v.id(), node);
            all.add(node);
        }
        for (Equation eqn : program.equations()) {
            String node = node(indent, label(eqn), "");
            all.add(node);
            for (Atom atom : eqn.ins()) {
                edge(indent, owners, atom, node);
            }
            eqn.outs().forEach(v -> owners.put(v.id(), node));
            for (Param param : eqn.primitive().params()) {
                if (param instanceof Param.Programs(String name, List<Program> values)) {
                    for (int i = 0; i < values.size(); i++) {
                        frame(indent, node, values.size() == 1 ? name : name + "[" + i + "]", values.get(i));
                    }
                }
            }
        }
        for (int i = 0; i < program.results().size(); i++) {
            Atom atom = program.results().get(i);
            String node = node(indent, "result " + i + ": " + text(atom), ", shape=ellipse");
            all.add(node);
            edge(indent, owners, atom, node);
        }
        return all.isEmpty() ? node(indent, "nothing", ", shape=ellipse") : all.get(0);
    }

    private void frame(String indent, String from, String name, Program program) {
        String frame = "cluster_" + frames++;
        out.append(indent).append("subgraph ").append(frame).append(" {\n");
        out.append(indent).append("  label=").append(quoted(name)).append(";\n");
        String first = body(program, indent + "  ");
        out.append(indent).append("}\n");
        out.append(indent).append(from).append(" -> ").append(first);
        out.append(" [style=dashed, lhead=").append(frame).append("];\n");
    }

    private String node(String indent, String label, String attributes) {
        String name = "n" + nodes++;
        out.append(indent).append(name).append(" [label=").append(quoted(label)).append(attributes);
        out.append("];\n");
        return name;
    }

    private void edge(String indent, Map<Integer, String> owners, Atom atom, String to) {
        if (atom instanceof Atom.Var v) {
            out.append(indent).append(owners.get(v.id())).append(" -> ").append(to);
            out.append(" [label=").append(quoted(v.aval().toString())).append("];\n");
        }
    }

    /** The operation with its static parameters, programs left out, and the constants among its operands. */
    private static String label(Equation eqn) {
        String params = eqn.primitive().params().stream()
                .filter(p -> !(p instanceof Param.Programs))
                .map(p -> p.name() + "=" + Printer.plain(p))
                .collect(Collectors.joining(" "));
        String constants = eqn.ins().stream()
                .filter(a -> a instanceof Atom.Literal)
                .map(Graphviz::text)
                .collect(Collectors.joining(" "));
        return eqn.primitive().mnemonic()
                + (params.isEmpty() ? "" : "[" + params + "]")
                + (constants.isEmpty() ? "" : " " + constants);
    }

    private static String text(Atom atom) {
        return switch (atom) {
            case Atom.Var v -> v.aval().toString();
            case Atom.Literal literal -> literal.text() + ":" + literal.aval();
        };
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }
}
