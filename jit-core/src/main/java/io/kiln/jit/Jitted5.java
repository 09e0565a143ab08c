package io.kiln.jit;

import java.io.NotSerializableException;
import java.util.Arrays;

/** A function of five arguments that is traced and compiled once for each signature, then only run. Immutable but for its traces. */
public final class Jitted5<A, B, C, D, E, R> implements F5<A, B, C, D, E, R> {
    private static final long serialVersionUID = 1L;

    private final transient JittedFunction function;

    Jitted5(JittedFunction function) {
        this.function = function;
    }

    /** The result for these arguments; inside a trace it is recorded into that. */
    @SuppressWarnings("unchecked")
    public R call(A a, B b, C c, D d, E e) {
        return (R) function.call(Arrays.asList(a, b, c, d, e));
    }

    /** {@link #call}. */
    @Override
    public R apply(A a, B b, C c, D d, E e) {
        return call(a, b, c, d, e);
    }

    /** This function with a name for messages. */
    public Jitted5<A, B, C, D, E, R> named(String name) {
        return new Jitted5<>(function.with(function.options().named(name)));
    }

    /** This function, allowed to reuse the memory of the arguments at these positions (-1: the last) for its results. */
    public Jitted5<A, B, C, D, E, R> donate(int... positions) {
        return new Jitted5<>(function.with(function.options().donate(Jit.positions("donate", 5, positions))));
    }

    /** This function, traced anew for each value of the arguments at these positions (-1: the last), which are no tensors. */
    public Jitted5<A, B, C, D, E, R> staticArguments(int... positions) {
        return new Jitted5<>(
                function.with(function.options().staticArguments(Jit.positions("staticArguments", 5, positions))));
    }

    /** This function, an error when it is called with more than {@code n} signatures (256 unless told otherwise). */
    public Jitted5<A, B, C, D, E, R> maxTraces(int n) {
        return new Jitted5<>(function.with(function.options().maxTraces(n)));
    }

    /** This function in check mode: each trace is made twice, and what differs is an error. */
    public Jitted5<A, B, C, D, E, R> checked() {
        return new Jitted5<>(function.with(function.options().check()));
    }

    /** The first stage of ahead-of-time compilation, with the line of each equation: {@code trace(...).lower().compile()}. */
    public Stages.Traced<R> trace(A a, B b, C c, D d, E e) {
        return function.stage(Arrays.asList(a, b, c, d, e));
    }

    /** The first two stages, {@code trace(...).lower()}, without lines. */
    public Stages.Lowered<R> lower(A a, B b, C c, D d, E e) {
        return function.lower(Arrays.asList(a, b, c, d, e));
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
