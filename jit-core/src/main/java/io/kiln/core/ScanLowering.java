package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A scan as a StableHLO while loop over a counter, the constants, the carry, the scanned arrays and the stacked results:
 * each step reads its elements with dynamic_slice and writes its results with dynamic_update_slice. What is left over
 * when {@code unroll} does not divide the length, or all where that is not more, follows without a loop.
 */
final class ScanLowering {
    private static final String INDEX = "tensor<i32>";

    private final Scan scan;
    private final Emitter out;
    private final List<ShapedArray> state = new ArrayList<>();

    ScanLowering(Scan scan, Emitter out, Equation eqn) {
        this.scan = scan;
        this.out = out;
        state.addAll(eqn.inputs());
        state.addAll(eqn.outputs().subList(scan.carry(), eqn.outs().size()));
    }

    List<String> lower(List<String> ins) {
        List<String> names = new ArrayList<>(ins);
        for (ShapedArray y : state.subList(ins.size(), state.size())) {
            String zero = out.constant(Atom.Literal.of(y.dtype(), 0));
            names.add(out.line("stablehlo.broadcast_in_dim %s, dims = [] : (%s) -> %s"
                    .formatted(zero, ShapedArray.of(y.dtype()).mlir(), y.mlir())));
        }
        int looped = scan.length() <= scan.unroll() ? 0 : scan.length() / scan.unroll() * scan.unroll();
        if (looped > 0) {
            names = loop(names, looped);
        }
        for (int i = looped; i < scan.length(); i++) {
            names = step(index(i), names);
        }
        List<String> results = new ArrayList<>(names.subList(scan.consts(), scan.scanned()));
        results.addAll(names.subList(ins.size(), names.size()));
        return results;
    }

    private List<String> loop(List<String> init, int limit) {
        List<ShapedArray> types = new ArrayList<>();
        types.add(ShapedArray.of(DType.I32));
        types.addAll(state);
        List<String> start = new ArrayList<>();
        start.add(index(0));
        start.addAll(init);
        List<String> names = start.stream().map(_ -> out.fresh()).toList();
        List<String> bindings = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            bindings.add(names.get(i) + " = " + start.get(i));
        }
        String result = out.open(
                "stablehlo.while(%s) : %s"
                        .formatted(
                                String.join(", ", bindings),
                                types.stream().map(ShapedArray::mlir).collect(Collectors.joining(", "))),
                names.size());
        out.raw("cond {");
        out.region(List.of(ShapedArray.of(DType.BOOL)), () -> {
            String end = index(limit);
            return List.of(out.line("stablehlo.compare LT, %s, %s, SIGNED : (%s, %s) -> tensor<i1>"
                    .formatted(names.get(0), end, INDEX, INDEX)));
        });
        out.raw("} do {");
        out.region(types, () -> {
            String counter = names.get(0);
            List<String> next = names.subList(1, names.size());
            for (int k = 0; k < scan.unroll(); k++) {
                next = step(counter, next);
                counter = arithmetic("add", counter, index(1));
            }
            List<String> all = new ArrayList<>();
            all.add(counter);
            all.addAll(next);
            return all;
        });
        out.raw("}");
        List<String> all = out.names(result, names.size());
        return all.subList(1, all.size());
    }

    /** One step on the state: its names after it. */
    private List<String> step(String counter, List<String> names) {
        String at = scan.reverse() ? arithmetic("subtract", index(scan.length() - 1), counter) : counter;
        int xs = scan.scanned();
        int ys = scan.body().params().size();
        String zero = index(0);
        List<String> args = new ArrayList<>(names.subList(0, xs));
        for (int i = xs; i < ys; i++) {
            args.add(element(names.get(i), state.get(i), at, zero));
        }
        List<String> outs = out.body(scan.body(), args);
        List<String> next = new ArrayList<>(names);
        for (int i = 0; i < scan.carry(); i++) {
            next.set(scan.consts() + i, outs.get(i));
        }
        for (int i = ys; i < names.size(); i++) {
            next.set(i, update(names.get(i), state.get(i), outs.get(scan.carry() + i - ys), at, zero));
        }
        return next;
    }

    private String element(String array, ShapedArray type, String at, String zero) {
        ShapedArray one = type.withShape(Indices.prepend(1, type.shape().subList(1, type.rank())));
        String slice = out.line("stablehlo.dynamic_slice %s, %s, sizes = %s : (%s, %s) -> %s"
                .formatted(array, starts(type, at, zero), one.shape(), type.mlir(), indexTypes(type), one.mlir()));
        return out.line("stablehlo.reshape %s : (%s) -> %s"
                .formatted(
                        slice,
                        one.mlir(),
                        type.withShape(type.shape().subList(1, type.rank())).mlir()));
    }

    private String update(String array, ShapedArray type, String value, String at, String zero) {
        ShapedArray element = type.withShape(type.shape().subList(1, type.rank()));
        ShapedArray one = type.withShape(Indices.prepend(1, element.shape()));
        String wide = out.line("stablehlo.reshape %s : (%s) -> %s".formatted(value, element.mlir(), one.mlir()));
        return out.line("stablehlo.dynamic_update_slice %s, %s, %s : (%s, %s, %s) -> %s"
                .formatted(
                        array, wide, starts(type, at, zero), type.mlir(), one.mlir(), indexTypes(type), type.mlir()));
    }

    private static String starts(ShapedArray type, String at, String zero) {
        return at + (", " + zero).repeat(type.rank() - 1);
    }

    private static String indexTypes(ShapedArray type) {
        return INDEX + (", " + INDEX).repeat(type.rank() - 1);
    }

    private String index(int value) {
        return out.constant(Atom.Literal.of(DType.I32, value));
    }

    private String arithmetic(String operation, String a, String b) {
        return out.line("stablehlo.%s %s, %s : %s".formatted(operation, a, b, INDEX));
    }
}
