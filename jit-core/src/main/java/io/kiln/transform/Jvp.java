package io.kiln.transform;

import io.kiln.core.DeadCode;
import io.kiln.core.Lax;
import io.kiln.core.Program;
import io.kiln.core.Replay;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Forward-mode differentiation, program to program. */
public final class Jvp {
    private Jvp() {}

    /**
     * The program that takes the parameters of {@code p} and a tangent for each, and returns the results of {@code p} and
     * then a tangent for each. Tangents of what is not float are ignored, and zero in the results.
     */
    public static Program jvp(Program p) {
        return jvp(p, IntStream.range(0, p.params().size()).boxed().toList());
    }

    /** {@link #jvp(Program)} with tangents for the parameters {@code wrt} only; those of the others are zero. */
    public static Program jvp(Program p, List<Integer> wrt) {
        List<ShapedArray> avals = new ArrayList<>(p.inputs());
        wrt.forEach(i -> avals.add(p.inputs().get(i)));
        int n = p.inputs().size();
        return DeadCode.drop(Replay.program(
                all -> {
                    List<@Nullable Tensor> tangents = new ArrayList<>();
                    for (int i = 0; i < n; i++) {
                        int at = wrt.indexOf(i);
                        tangents.add(at >= 0 && all.get(i).dtype().isInexact() ? all.get(n + at) : null);
                    }
                    Replay.Dual dual = Replay.jvp(p, all.subList(0, n), tangents);
                    List<Tensor> results = new ArrayList<>(dual.outs());
                    for (int i = 0; i < dual.outs().size(); i++) {
                        Tensor t = dual.tangents().get(i);
                        results.add(t == null ? Lax.like(dual.outs().get(i), 0) : t);
                    }
                    return results;
                },
                avals));
    }
}
