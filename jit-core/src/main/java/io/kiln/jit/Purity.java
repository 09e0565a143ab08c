package io.kiln.jit;

import io.kiln.core.SourceLine;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a function may depend on besides its arguments: nothing that can change, because it is run once for a signature and the
 * program of that run is used ever after. What it captured is examined when it is given to {@code jit}, and so are the static
 * fields that it uses; what can change is refused.
 */
final class Purity {
    private static final System.Logger LOG = System.getLogger("io.kiln.jit");
    private static final Set<Field> WARNED = ConcurrentHashMap.newKeySet();

    private Purity() {}

    /**
     * Examines {@code f} and gives the functions that it is made of, itself first.
     *
     * @throws KilnException KILN-T010 for a captured value, KILN-T011 for a static field that can change
     */
    static List<GivenFunction> examine(Object f) {
        Immutability.Captures captures = Immutability.ofCaptures(f);
        Immutability.Fault fault = captures.fault();
        if (fault != null) {
            throw KilnException.user(
                    "jit: the function captures %s (%s), which can change after it was traced%s"
                            .formatted(fault.path(), fault.what(), line()),
                    fault.fix() + "; or pass it as an argument; docs/errors.md#KILN-T010");
        }
        for (GivenFunction function : captures.functions()) {
            for (StaticReads.Use use : function.fields()) {
                if (!Modifier.isFinal(use.field().getModifiers())) {
                    throw KilnException.user(
                            "jit: the function %s the static field %s, which is not final, so it can change after it was traced%n  at %s"
                                    .formatted(use.written() ? "writes" : "reads", name(use.field()), use.line()),
                            "make the field final, or pass its value as an argument; docs/errors.md#KILN-T011");
                }
            }
        }
        return captures.functions();
    }

    /** Warns, once a field, of final static fields that these functions use and whose objects can change. */
    static void warnOfMutableConstants(List<GivenFunction> functions) {
        for (GivenFunction function : functions) {
            for (StaticReads.Use use : function.fields()) {
                Immutability.Fault fault = Immutability.isImmutable(use.field().getType())
                        ? null
                        : Immutability.of(value(use), name(use.field()));
                if (fault != null && WARNED.add(use.field())) {
                    LOG.log(
                            System.Logger.Level.WARNING,
                            "jit: the function uses the constant {0} ({1}), whose content can change: what it was when"
                                    + " the function was traced is used ever after\n"
                                    + "  at {2}\n"
                                    + "fix: {3}; docs/errors.md#KILN-T011",
                            fault.path(),
                            fault.what(),
                            use.line(),
                            fault.fix());
                }
            }
        }
    }

    /**
     * Requires that a static value is hashed by what it is and cannot change.
     *
     * @throws KilnException KILN-T012
     */
    static void requireStatic(@Nullable Object value, String path) {
        Immutability.Fault fault = Immutability.of(value, path);
        if (value instanceof Tensor) {
            throw refused(
                    path, "a tensor", "pass a tensor as an ordinary argument: its values are no part of the signature");
        }
        if (fault != null) {
            throw refused(fault.path(), fault.what() + ", which can change", fault.fix());
        }
        if (value != null && !(value instanceof Class<?>) && !overridesEquals(value.getClass())) {
            throw refused(
                    path,
                    Immutability.a(value.getClass()) + ", which has no equals and hashCode of its own",
                    "make it a record or an enum, or write both methods");
        }
    }

    private static KilnException refused(String path, String what, String fix) {
        return KilnException.user(
                "the static value %s must be immutable and have equals and hashCode, got %s%s"
                        .formatted(path, what, line()),
                fix + "; docs/errors.md#KILN-T012");
    }

    private static boolean overridesEquals(Class<?> type) {
        try {
            return type.getMethod("equals", Object.class).getDeclaringClass() != Object.class
                    && type.getMethod("hashCode").getDeclaringClass() != Object.class;
        } catch (NoSuchMethodException e) {
            throw KilnException.internal("a class without equals: " + e);
        }
    }

    private static @Nullable Object value(StaticReads.Use use) {
        try {
            use.field().setAccessible(true);
            return use.field().get(null);
        } catch (IllegalAccessException | RuntimeException | LinkageError _) {
            return null; // hidden by a module, or its class does not initialize
        }
    }

    private static String name(Field field) {
        return field.getDeclaringClass().getName() + "." + field.getName();
    }

    private static String line() {
        return SourceLine.ofCaller().map(l -> "\n  at " + l).orElse("");
    }
}
