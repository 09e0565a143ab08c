package io.kiln.transform;

import io.kiln.core.DeadCode;
import io.kiln.core.Lax;
import io.kiln.core.Program;
import io.kiln.core.Replay;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reverse-mode differentiation, program to program. */
public final class Grad {
    private Grad() {}

    /**
     * The program that returns the value of {@code p}, which must have one scalar float result, and then its gradient with
     * respect to the parameters {@code wrt}, in that order. Its parameters are those of {@code p}.
     */
    public static Program valueAndGrad(Program p, List<Integer> wrt) {
        if (p.results().size() != 1) {
            throw notScalar(p.outputs().toString());
        }
        return valueAuxAndGrad(p, wrt);
    }

    /**
     * The program that returns the results of {@code p}, of which the first must be a scalar float, and then the gradient of
     * that first one with respect to the parameters {@code wrt}, in that order. The other results are auxiliary.
     */
    public static Program valueAuxAndGrad(Program p, List<Integer> wrt) {
        check(p, wrt);
        return DeadCode.drop(Replay.program(
                ins -> {
                    Replay.Back back = Replay.vjp(
                            p,
                            ins,
                            outs -> {
                                List<@Nullable Tensor> seeds = new ArrayList<>();
                                seeds.add(Lax.like(outs.get(0), 1));
                                for (int i = 1; i < outs.size(); i++) {
                                    seeds.add(null);
                                }
                                return seeds;
                            },
                            new HashSet<>(wrt));
                    List<Tensor> results = new ArrayList<>(back.outs());
                    addCotangents(results, back, ins, wrt);
                    return results;
                },
                p.inputs()));
    }

    /**
     * The program that takes the parameters of {@code p} and a cotangent for each of its results, and returns the
     * cotangents of the parameters {@code wrt}. Results that are neither floats nor complex take a cotangent too, which is ignored.
     */
    public static Program vjp(Program p, List<Integer> wrt) {
        return vjp(p, wrt, false);
    }

    /** {@link #vjp} that returns the results of {@code p} first: what is divided where it is evaluated once. */
    public static Program valueAndVjp(Program p, List<Integer> wrt) {
        return vjp(p, wrt, true);
    }

    private static Program vjp(Program p, List<Integer> wrt, boolean withValue) {
        List<ShapedArray> avals = new ArrayList<>(p.inputs());
        avals.addAll(p.outputs());
        int n = p.inputs().size();
        return DeadCode.drop(Replay.program(
                all -> {
                    List<@Nullable Tensor> seeds = new ArrayList<>();
                    for (Tensor ct : all.subList(n, all.size())) {
                        seeds.add(ct.dtype().isInexact() ? ct : null);
                    }
                    Replay.Back back = Replay.vjp(p, all.subList(0, n), _ -> seeds, new HashSet<>(wrt));
                    List<Tensor> results = new ArrayList<>(withValue ? back.outs() : List.of());
                    addCotangents(results, back, all, wrt);
                    return results;
                },
                avals));
    }

    private static void addCotangents(List<Tensor> results, Replay.Back back, List<Tensor> ins, List<Integer> wrt) {
        for (int i : wrt) {
            Tensor ct = back.cts().get(i);
            results.add(ct == null ? Lax.like(ins.get(i), 0) : ct);
        }
    }

    private static void check(Program p, List<Integer> wrt) {
        if (p.results().isEmpty()
                || p.outputs().get(0).rank() != 0
                || !p.outputs().get(0).dtype().isFloat()) {
            throw notScalar(
                    p.results().isEmpty() ? "nothing" : p.outputs().get(0).toString());
        }
        for (int i : wrt) {
            ShapedArray aval = p.inputs().get(i);
            if (!aval.dtype().isInexact()) {
                throw error(
                        "the argument must hold floats to be differentiated, got " + aval,
                        "convert it outside: .convert(DType.F32), or move it behind the argument that is"
                                + " differentiated");
            }
        }
    }

    private static KilnException notScalar(String got) {
        return error(
                "the function must return one float scalar (f32[] or f64[]), got " + got,
                "reduce the result to a scalar: .sum() or .mean()");
    }

    private static KilnException error(String problem, String fix) {
        return TraceErrors.user("KILN-T006", "grad: " + problem, fix);
    }
}
