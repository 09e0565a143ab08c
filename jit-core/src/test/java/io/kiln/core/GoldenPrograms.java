package io.kiln.core;

import io.kiln.transform.Grad;
import io.kiln.transform.Jvp;
import io.kiln.transform.Vmap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The writer of the golden corpus: a program for each primitive, and a few whole ones. It adds what is missing and changes no
 * file, as each is a promise that later versions read it. Run it on {@code jit-core/src/test/resources/programs/v1}.
 */
final class GoldenPrograms {
    private GoldenPrograms() {}

    /** Adds the missing files to the folder that is the first argument. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        Files.createDirectories(folder);
        for (Map.Entry<String, Program> each : all().entrySet()) {
            Path file = folder.resolve(each.getKey() + ".kiln");
            if (!Files.exists(file)) {
                Files.write(file, ProgramFormat.write(each.getValue()));
                Files.writeString(folder.resolve(each.getKey() + ".txt"), each.getValue() + "\n");
                System.out.println("added " + each.getKey());
            }
        }
    }

    /** All programs by name. */
    static Map<String, Program> all() {
        Map<String, Program> out = new TreeMap<>(wholes());
        Set<String> forms = new HashSet<>();
        for (PrimitiveCase c : PrimitiveCases.all()) {
            if (forms.add(form(c.primitive()))) {
                String name = c.primitive().mnemonic();
                for (int i = 2; out.putIfAbsent(name, c.program()) != null; i++) {
                    name = c.primitive().mnemonic() + "-" + i;
                }
            }
        }
        return out;
    }

    /** The mnemonic and the names of the parameters: a form, of which a primitive with optional parameters has several. */
    static String form(Primitive primitive) {
        String params = primitive.params().stream().map(Param::name).collect(Collectors.joining("+"));
        return primitive.mnemonic() + (params.isEmpty() ? "" : "(" + params + ")");
    }

    /** Programs of many equations, with programs inside, every dtype and every kind of field. */
    static Map<String, Program> wholes() {
        Map<String, Program> out = new TreeMap<>();
        Program mlp = mlp();
        out.put("whole-mlp-gradient", Grad.valueAndGrad(mlp, List.of(0, 1, 2, 3)));
        Program scan = row("scan");
        out.put("whole-scan-gradient", Grad.vjp(scan, Replay.floats(scan.inputs())));
        Program cond = row("cond, the first");
        out.put(
                "whole-cond-batch",
                Vmap.vmap(cond, Collections.nCopies(cond.params().size(), 0), 4));
        out.put("whole-while", row("while"));
        out.put("whole-nested-call", nestedCall());
        out.put("whole-custom-rules", customRules());
        out.put("whole-checkpoint-gradient", Grad.vjp(row("checkpoint"), List.of(0)));
        out.put("whole-literals", literals());
        out.put("whole-collectives", collectives());
        return out;
    }

    private static Program row(String name) {
        return ControlCases.all().stream()
                .filter(c -> c.name().equals(name))
                .findFirst()
                .orElseThrow()
                .program();
    }

    private static Program mlp() {
        return Trace.trace(
                        in -> {
                            Tensor hidden =
                                    in.get(4).dot(in.get(0)).plus(in.get(1)).tanh();
                            Tensor logits = hidden.dot(in.get(2)).plus(in.get(3));
                            return List.of(logits.minus(in.get(5)).square().mean());
                        },
                        List.of(
                                ShapedArray.of(DType.F32, 3, 8),
                                ShapedArray.of(DType.F32, 8),
                                ShapedArray.of(DType.F32, 8, 2),
                                ShapedArray.of(DType.F32, 2),
                                ShapedArray.of(DType.F32, 5, 3),
                                ShapedArray.of(DType.F32, 5, 2)))
                .program();
    }

    private static Program nestedCall() {
        List<ShapedArray> vector = List.of(ShapedArray.of(DType.F64, 3));
        Program inner = Replay.program(in -> List.of(in.get(0).sin().times(2)), vector);
        Program outer = Replay.program(
                in -> {
                    Tensor once = Trace.bind(new Call("inner", inner), in).get(0);
                    return Trace.bind(new Call("inner", inner), List.of(once));
                },
                vector);
        return Replay.program(in -> Trace.bind(new Call("outer \u03bb", outer), in), vector);
    }

    private static Program customRules() {
        Program vjp = row("custom_vjp_call");
        Program jvp = row("custom_jvp_call");
        Program tangents = Jvp.jvp(jvp);
        return Replay.program(
                in -> {
                    List<Tensor> outs = new ArrayList<>(Inline.call(vjp, in.subList(0, 3)));
                    outs.addAll(Inline.call(jvp, in.subList(0, 2)));
                    outs.addAll(Inline.call(tangents, List.of(in.get(0), in.get(1), in.get(2), in.get(1))));
                    return outs;
                },
                vjp.inputs());
    }

    private static Program literals() {
        return Replay.program(
                _ -> {
                    List<Tensor> outs = new ArrayList<>();
                    for (DType dtype : DType.values()) {
                        outs.add(Tensor.of(Atom.Literal.of(dtype, 1.5).toHost()));
                        outs.add(Tensor.of(Atom.Literal.of(dtype, dtype.isInexact() ? Double.NaN : -1)
                                .toHost()));
                    }
                    outs.add(Tensor.of(
                            new Atom.Literal(DType.C128, Double.doubleToLongBits(-0.0), Double.doubleToLongBits(2.5))
                                    .toHost()));
                    outs.add(Tensor.of(
                            Atom.Literal.of(DType.F32, Double.NEGATIVE_INFINITY).toHost()));
                    return outs;
                },
                List.of());
    }

    private static Program collectives() {
        return Replay.program(
                in -> {
                    List<Tensor> outs = new ArrayList<>();
                    for (String mnemonic : List.of("psum", "pmax", "pmin")) {
                        outs.addAll(Trace.bind(AxisReduce.of(mnemonic, "rows"), in));
                    }
                    outs.addAll(Trace.bind(new AxisIndex("rows"), List.of()));
                    return outs;
                },
                List.of(ShapedArray.of(DType.F32, 2)));
    }
}
