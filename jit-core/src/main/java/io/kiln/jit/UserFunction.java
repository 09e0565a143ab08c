package io.kiln.jit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A user's function of any number of arguments, as the transforms call it. */
@FunctionalInterface
interface UserFunction {
    /** The result for these arguments. */
    @Nullable
    Object apply(List<@Nullable Object> arguments);

    /** A function of one argument; the cast is unchecked, as all are: the structures are those that the caller gives. */
    @SuppressWarnings("unchecked")
    static <A, R> UserFunction of(F1<A, R> f) {
        return args -> f.apply((A) args.get(0));
    }

    /** A function of two arguments. */
    @SuppressWarnings("unchecked")
    static <A, B, R> UserFunction of(F2<A, B, R> f) {
        return args -> f.apply((A) args.get(0), (B) args.get(1));
    }

    /** A function of three arguments. */
    @SuppressWarnings("unchecked")
    static <A, B, C, R> UserFunction of(F3<A, B, C, R> f) {
        return args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2));
    }

    /** A function of four arguments. */
    @SuppressWarnings("unchecked")
    static <A, B, C, D, R> UserFunction of(F4<A, B, C, D, R> f) {
        return args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3));
    }

    /** A function of five arguments. */
    @SuppressWarnings("unchecked")
    static <A, B, C, D, E, R> UserFunction of(F5<A, B, C, D, E, R> f) {
        return args -> f.apply((A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3), (E) args.get(4));
    }

    /** A function of six arguments. */
    @SuppressWarnings("unchecked")
    static <A, B, C, D, E, G, R> UserFunction of(F6<A, B, C, D, E, G, R> f) {
        return args -> f.apply(
                (A) args.get(0), (B) args.get(1), (C) args.get(2), (D) args.get(3), (E) args.get(4), (G) args.get(5));
    }
}
