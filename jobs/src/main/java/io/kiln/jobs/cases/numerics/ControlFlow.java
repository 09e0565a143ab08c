package io.kiln.jobs.cases.numerics;

import io.kiln.core.Tensor;
import io.kiln.jit.Control;
import io.kiln.jit.Control.Step;
import io.kiln.jit.Jit;
import io.kiln.jit.ScanOptions;
import java.util.List;
import java.util.function.BiFunction;

/** Branches, loops and scans, and their derivatives and batches. */
final class ControlFlow {
    private record Two(Tensor a, Tensor b) {}

    private ControlFlow() {}

    static void addTo(Rows rows) {
        branches(rows);
        loops(rows);
        counted(rows);
        scans(rows);
        moreScans(rows);
        associative(rows);
        transformed(rows);
    }

    private static Tensor sineOrSquare(Tensor condition, Tensor x) {
        return Control.cond(condition, () -> x.sin(), () -> x.square());
    }

    private static void branches(Rows rows) {
        rows.binary(ControlFlow::sineOrSquare, "cond_true", "cond_false");
        rows.one(
                in -> {
                    Tensor x = in.get(2);
                    return Control.cond(
                            in.get(0),
                            () -> Control.cond(in.get(1), () -> x.times(2), () -> x.negate()),
                            () -> x.square());
                },
                "cond_nested");
        rows.one(
                in -> {
                    Tensor x = in.get(1);
                    Tensor y = in.get(2);
                    return Control.cond(in.get(0), () -> x.dot(y), () -> x.sum().minus(y.at(0)));
                },
                "cond_operands");
        rows.family(
                (_, in) -> {
                    Tensor x = in.get(1);
                    return Control.choose(in.get(0), List.of(() -> x, () -> x.negate(), () -> x.times(10)));
                },
                "switch");
        rows.unary(
                a -> Jit.grad((Tensor x) -> sineOrSquare(x.greaterThan(0), x)).apply(a), "t_grad_cond");
    }

    static Tensor squareRoot(Tensor a, double tolerance) {
        return Control.whileLoop(
                a,
                s -> s.times(s).minus(a).abs().greaterThan(tolerance),
                s -> s.plus(a.dividedBy(s)).times(0.5));
    }

    private static void loops(Rows rows) {
        rows.with((c, in) -> squareRoot(in.get(0), c.call().has("1e-12") ? 1e-12 : 1e-4), "while_newton_sqrt");
        rows.unary(
                a -> Control.whileLoop(a, s -> s.lessThan(100), s -> s.times(2).plus(1)), "while_count");
        rows.unary(a -> Control.whileLoop(a, s -> s.greaterThan(1e9).any(), s -> s.times(2)), "while_false");
        rows.binary(
                (a, b) -> Control.whileLoop(
                                new Two(a, b), s -> s.b().notEqualTo(0), s -> new Two(s.b(), s.a().remainder(s.b())))
                        .a(),
                "while_gcd");
        rows.unary(
                a -> Control.whileLoop(
                                new Two(a, Tensor.scalar(0L)),
                                s -> s.a().notEqualTo(1),
                                s -> new Two(
                                        Tensor.where(
                                                s.a().remainder(2L).equalTo(0),
                                                s.a().dividedBy(2),
                                                s.a().times(3).plus(1)),
                                        s.b().plus(1)))
                        .b(),
                "while_collatz");
        rows.many(
                in -> Transforms.both(Jit.jvp(
                        (Tensor x) -> Control.whileLoop(
                                x, s -> s.lessThan(10), s -> s.times(2).plus(s.sin())),
                        in.get(0),
                        in.get(1))),
                "t_jvp_while");
    }

    private static void counted(Rows rows) {
        rows.unary(
                a -> Control.fori(
                        0,
                        5,
                        Tensor.scalar(a.dtype(), 0),
                        (i, s) -> s.plus(i.convert(a.dtype()).times(a))),
                "fori_sum");
        rows.binary((a, b) -> Control.fori(0, 3, b, (_, s) -> s.dot(a).tanh()), "fori_matmul");
        rows.unary(
                a -> Control.fori(
                        Tensor.scalar(0),
                        a,
                        Tensor.scalar(1),
                        (i, s) -> s.times(2).plus(i)),
                "fori_dynamic");
        rows.unary(a -> Control.fori(3, 3, a, (_, s) -> s.times(2)), "fori_zero");
        rows.unary(a -> Control.fori(0, 3, a, (_, s) -> s.times(2)), "z_fori_zero_size");
        rows.unary(
                a -> Control.fori(
                        0,
                        3,
                        a,
                        (i, s) -> Control.fori(
                                0, 2, s, (j, t) -> t.sin().plus(i.times(j).convert(a.dtype())))),
                "fori_nested");
        rows.unary(
                a -> Jit.grad((Tensor x) ->
                                Control.fori(0, 4, x, (_, s) -> s.sin().times(x)))
                        .apply(a),
                "t_grad_fori");
        rows.unary(
                a -> Jit.vmap(
                                (Tensor x) -> Control.fori(
                                        0, 3, x, (i, s) -> s.times(x).plus(i.convert(x.dtype()))),
                                0)
                        .apply(a),
                "t_vmap_fori");
    }

    private static List<Tensor> scan(
            List<Tensor> in, BiFunction<Tensor, Tensor, Step<Tensor, Tensor>> f, ScanOptions options) {
        Step<Tensor, Tensor> out = Control.scan(f, in.get(0), in.get(1), options);
        return List.of(out.carry(), out.y());
    }

    private static void scans(Rows rows) {
        ScanOptions plain = ScanOptions.DEFAULT;
        rows.many(in -> scan(in, (c, x) -> new Step<>(c.plus(x), c.times(x)), plain), "scan_cumsum");
        rows.many(in -> scan(in, (c, x) -> new Step<>(c.plus(x), c.times(x)), plain.withUnroll(2)), "scan_unroll");
        rows.many(in -> scan(in, (c, x) -> new Step<>(c.times(0.9).plus(x), c), plain.reversed()), "scan_reverse");
        rows.many(in -> scan(in, (c, x) -> new Step<>(c.times(x), c.times(x)), plain), "scan_cumprod");
        rows.many(in -> scan(in, (c, x) -> new Step<>(c.plus(x), c), plain), "z_scan_zero_length", "scan_int");
        rows.many(in -> scan(in, (c, x) -> new Step<>(c.dot(x), c.sum()), plain), "scan_matrix");
        rows.many(
                in -> scan(
                        in,
                        (c, x) -> new Step<>(Control.cond(x.greaterThan(0), () -> c.plus(x), () -> c.times(x)), c),
                        plain),
                "cond_in_scan");
        rows.many(
                in -> scan(
                        in,
                        (c, x) -> new Step<>(
                                Control.scan((Tensor d, Tensor y) -> new Step<>(d.times(y), d), c, x)
                                        .carry(),
                                c),
                        plain),
                "scan_nested");
        rows.unary(a -> Control.map((Tensor x) -> x.sin().dot(x), a), "map");
        rows.unary(a -> Control.map((Tensor x) -> x.sin().times(2), a, 2), "map_batch");
    }

    private static void moreScans(Rows rows) {
        rows.many(
                in -> {
                    Step<Tensor, Tensor> out = Control.scan(
                            (Tensor c, List<Tensor> _) -> new Step<>(c.times(1.5), c),
                            in.get(0),
                            List.<Tensor>of(),
                            ScanOptions.DEFAULT.withLength(5));
                    return List.of(out.carry(), out.y());
                },
                "scan_length");
        rows.many(
                in -> scan(
                        in,
                        (h, x) -> {
                            Tensor next =
                                    h.dot(in.get(2)).plus(x.dot(in.get(3))).tanh();
                            return new Step<>(next, next);
                        },
                        ScanOptions.DEFAULT),
                "scan_rnn");
        rows.many(
                in -> {
                    Step<Two, Tensor> out = Control.scan(
                            (Two c, Two x) ->
                                    new Step<>(new Two(c.a().plus(x.a()), c.b().times(x.b())), c.a().times(c.b())),
                            new Two(in.get(0), in.get(1)),
                            new Two(in.get(2), in.get(3)));
                    return List.of(out.carry().a(), out.carry().b(), out.y());
                },
                "scan_tuple");
        rows.binary(
                (a, b) -> Control.scan((Tensor c, Tensor x) -> Step.of(c.plus(x).sin()), a, b)
                        .carry(),
                "scan_no_ys");
        rows.many(
                in -> scan(
                        List.of(in.get(0), in.get(2)),
                        (c, x) -> new Step<>(c.plus(x.times(in.get(1))), c),
                        ScanOptions.DEFAULT),
                "scan_const");
    }

    private static void associative(Rows rows) {
        rows.unary(a -> Control.associativeScan((x, y) -> x.times(y), a), "associative_scan");
        rows.unary(a -> Control.associativeScan((x, y) -> x.plus(y), a, 0, true), "associative_scan_reverse");
        rows.many(
                in -> {
                    Two out = Control.associativeScan(
                            (p, q) -> new Two(
                                    p.a().times(q.a()), q.a().times(p.b()).plus(q.b())),
                            new Two(in.get(0), in.get(1)));
                    return List.of(out.a(), out.b());
                },
                "associative_scan_affine");
    }

    private static Step<Tensor, Tensor> sines(Tensor x, Tensor ys) {
        return Control.scan((Tensor c, Tensor y) -> new Step<>(c.sin().times(y), c), x, ys);
    }

    private static void transformed(Rows rows) {
        rows.binary((a, b) -> Jit.grad((Tensor x) -> sines(x, b).carry()).apply(a), "t_grad_scan");
        rows.binary(
                (a, b) -> Jit.grad((Tensor x) -> Control.scan(
                                        Jit.checkpoint((Tensor c, Tensor y) ->
                                                new Step<>(c.sin().times(y), c))::apply,
                                        x,
                                        b)
                                .carry())
                        .apply(a),
                "t_grad_scan_remat");
        rows.binary(
                (a, b) -> Jit.grad(Jit.grad((Tensor x) -> sines(x, b).carry())).apply(a), "t_grad_grad_scan");
        rows.many(
                in -> {
                    Step<Tensor, Tensor> out = Jit.vmap(
                                    (Tensor x, Tensor y) ->
                                            Control.scan((Tensor c, Tensor z) -> new Step<>(c.times(z), c), x, y),
                                    0,
                                    0)
                            .apply(in.get(0), in.get(1));
                    return List.of(out.carry(), out.y());
                },
                "t_vmap_scan");
        rows.many(
                in -> {
                    var out = Jit.jvp((Tensor x) -> sines(x, in.get(1)), in.get(0), in.get(2));
                    return List.of(
                            out.value().carry(),
                            out.value().y(),
                            out.tangent().carry(),
                            out.tangent().y());
                },
                "t_jvp_scan");
    }
}
