package io.kiln.jit;

import java.util.Arrays;

/** A function of one argument that is traced and compiled once for each signature, then only run. Immutable but for its traces. */
public final class Jitted1<A, R> implements F1<A, R> {
    private final JittedFunction function;

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
        return new Jitted1<>(function.named(name));
    }

    /** This function, allowed to reuse the memory of the arguments at these positions for its results. */
    public Jitted1<A, R> donate(int... positions) {
        return new Jitted1<>(function.donate(Jit.set(positions)));
    }

    /** This function, traced anew for each value of the arguments at these positions, which are no tensors. */
    public Jitted1<A, R> staticArguments(int... positions) {
        return new Jitted1<>(function.staticArguments(Jit.set(positions)));
    }

    /** Counts so far. */
    public JitStats stats() {
        return function.stats();
    }

    /** Counts, the last signature and its program, and why the last trace was made. */
    public String explain() {
        return function.explain();
    }
}
