package io.kiln.jit;

import java.io.NotSerializableException;
import java.util.Arrays;

/** A function of one argument that is traced and compiled once for each signature, then only run. Immutable but for its traces. */
public final class Jitted1<A, R> implements F1<A, R> {
    private static final long serialVersionUID = 1L;

    private final transient JittedFunction function;

    Jitted1(JittedFunction function) {
        this.function = function;
    }

    /** The result for these arguments; inside a trace it is recorded into that. */
    @SuppressWarnings("unchecked")
    public R call(A a) {
        return (R) function.call(Arrays.asList(a));
    }

    /** {@link #call}. */
    @Override
    public R apply(A a) {
        return call(a);
    }

    /** This function with a name for messages. */
    public Jitted1<A, R> named(String name) {
        return new Jitted1<>(function.with(function.options().named(name)));
    }

    /** This function, allowed to reuse the memory of the arguments at these positions (-1: the last) for its results. */
    public Jitted1<A, R> donate(int... positions) {
        return new Jitted1<>(function.with(function.options().donate(Jit.positions("donate", 1, positions))));
    }

    /** This function, traced anew for each value of the arguments at these positions (-1: the last), which are no tensors. */
    public Jitted1<A, R> staticArguments(int... positions) {
        return new Jitted1<>(
                function.with(function.options().staticArguments(Jit.positions("staticArguments", 1, positions))));
    }

    /** This function, an error when it is called with more than {@code n} signatures (256 unless told otherwise). */
    public Jitted1<A, R> maxTraces(int n) {
        return new Jitted1<>(function.with(function.options().maxTraces(n)));
    }

    /** This function in check mode: each trace is made twice, and what differs is an error. */
    public Jitted1<A, R> checked() {
        return new Jitted1<>(function.with(function.options().check()));
    }

    /** The first stage of ahead-of-time compilation, with the line of each equation: {@code trace(...).lower().compile()}. */
    public Stages.Traced<R> trace(A a) {
        return function.stage(Arrays.asList(a));
    }

    /** The first two stages, {@code trace(...).lower()}, without lines. */
    public Stages.Lowered<R> lower(A a) {
        return function.lower(Arrays.asList(a));
    }

    /** Counts so far. */
    public JitStats stats() {
        return function.stats();
    }

    /** Counts, why each of the last traces and the last executable was made, the last signature and its program. */
    public String explain() {
        return function.explain();
    }

    private Object writeReplace() throws NotSerializableException {
        throw JittedFunction.notSerializable();
    }
}
