package io.kiln.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A program with its derivatives: the results of the original, then for each of {@code positions}, in that order, the tangent of
 * a result or the cotangent of a parameter. What is at no position is zero.
 */
record DerivedProgram(Program program, int results, List<Integer> positions) {
    DerivedProgram {
        positions = List.copyOf(positions);
    }

    /** Takes the parameters of {@code p} and the tangents of those at {@code given}; gives results and tangents. */
    static DerivedProgram jvp(Program p, List<Integer> given) {
        int n = p.params().size();
        List<ShapedArray> avals = new ArrayList<>(p.inputs());
        given.forEach(i -> avals.add(p.inputs().get(i)));
        List<Integer> moved = new ArrayList<>();
        Program derived = Replay.program(
                all -> {
                    Replay.Dual dual =
                            Replay.jvp(p, all.subList(0, n), Replay.spread(n, given, all.subList(n, all.size())));
                    moved.addAll(Replay.given(dual.tangents()));
                    return joined(dual.outs(), dual.tangents(), moved);
                },
                avals);
        return new DerivedProgram(DeadCode.drop(derived), p.results().size(), moved);
    }

    /** Takes the parameters of {@code p} and the cotangents of its {@link #seeded} results; gives results and cotangents. */
    static DerivedProgram vjp(Program p, Set<Integer> wanted) {
        int n = p.params().size();
        int count = p.results().size();
        List<Integer> seeded = seeded(p);
        List<ShapedArray> avals = new ArrayList<>(p.inputs());
        seeded.forEach(i -> avals.add(p.outputs().get(i)));
        List<Integer> reached = new ArrayList<>();
        Program derived = Replay.program(
                all -> {
                    List<@Nullable Tensor> cts = Replay.spread(count, seeded, all.subList(n, all.size()));
                    Replay.Back back = Replay.vjp(p, all.subList(0, n), _ -> cts, wanted);
                    Replay.given(back.cts()).stream().filter(wanted::contains).forEach(reached::add);
                    return joined(back.outs(), back.cts(), reached);
                },
                avals);
        return new DerivedProgram(DeadCode.drop(derived), count, reached);
    }

    /** The results of {@code p} that have cotangents. */
    static List<Integer> seeded(Program p) {
        return Replay.floats(p.outputs());
    }

    /** The cotangents of the {@link #seeded} results, zeros where there is none. */
    static List<Tensor> seeds(Program p, List<@Nullable Tensor> cts) {
        return seeded(p).stream()
                .map(i -> {
                    Tensor ct = cts.get(i);
                    return ct == null ? Lax.full(p.outputs().get(i), 0) : ct;
                })
                .toList();
    }

    private static List<Tensor> joined(List<Tensor> outs, List<@Nullable Tensor> derivatives, List<Integer> positions) {
        List<Tensor> all = new ArrayList<>(outs);
        positions.forEach(i -> all.add(Objects.requireNonNull(derivatives.get(i))));
        return all;
    }

    /** The derivatives alone: for the parameters of {@code program}. */
    Program derivatives() {
        List<Boolean> late = Indices.range(program.results().size()).stream()
                .map(i -> i >= results)
                .toList();
        return DeadCode.keep(program, late);
    }

    /** This, divided into what needs none of the parameters from {@code known} on, and the derivatives. */
    PartialEval.Split cut(int known) {
        List<Boolean> unknown = Indices.range(program.params().size()).stream()
                .map(i -> i >= known)
                .toList();
        return PartialEval.cut(program, unknown, results);
    }

    /** A program over a batch, and which of its results are mapped. */
    record Batched(Program program, List<Boolean> mapped) {
        /** The results of a primitive that runs it. */
        List<Mapped> results(List<Tensor> outs) {
            return Mapped.all(outs, mapped);
        }
    }

    /** {@code p} with the parameters mapped that {@code flags} marks; results are mapped where they depend on the batch. */
    static Batched vmap(Program p, List<Boolean> flags, BatchAxis batch) {
        List<Boolean> mapped = new ArrayList<>();
        Program batched = Replay.program(
                all -> {
                    List<Mapped> outs = Replay.vmap(p, Mapped.all(all, flags), batch);
                    outs.forEach(m -> mapped.add(m.mapped()));
                    return outs.stream().map(Mapped::value).toList();
                },
                batch.avals(p.inputs(), flags));
        return new Batched(batched, mapped);
    }

    /** {@code p} with the parameters mapped that {@code flags} marks, and all results. */
    static Program vmapAll(Program p, List<Boolean> flags, BatchAxis batch) {
        return Replay.program(
                all -> Replay.vmap(p, Mapped.all(all, flags), batch).stream()
                        .map(m -> m.along(batch))
                        .toList(),
                batch.avals(p.inputs(), flags));
    }
}
