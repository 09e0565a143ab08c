package io.kiln.jit;

import io.kiln.core.ConcreteArray;
import io.kiln.core.SourceLine;
import io.kiln.core.Tensor;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Currency;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whether a value can change after a function was traced with it. Immutable are tensors, strings, boxed numbers, enums, classes and
 * other values of the JDK, unmodifiable copies ({@code List.of}, {@code List.copyOf}, {@code Map.of} ...), and objects all
 * of whose fields are final and immutable; lambdas are what they captured. Everything else is taken to be mutable.
 */
final class Immutability {
    /** Classes of the JDK whose objects never change; subclasses, where these are not final, are the JDK's own. */
    private static final List<Class<?>> VALUES = List.of(
            String.class,
            Boolean.class,
            Character.class,
            Byte.class,
            Short.class,
            Integer.class,
            Long.class,
            Float.class,
            Double.class,
            Class.class,
            MethodType.class,
            BigInteger.class,
            BigDecimal.class,
            URI.class,
            UUID.class,
            Locale.class,
            Currency.class,
            Pattern.class,
            Charset.class,
            Path.class,
            TemporalAccessor.class,
            TemporalAmount.class,
            OptionalInt.class,
            OptionalLong.class,
            OptionalDouble.class);

    /** The unmodifiable copies of the JDK, whatever their number of elements. */
    private static final Class<?> COPIES = List.of().getClass().getNestHost();

    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());

    private final List<GivenFunction> functions = new ArrayList<>();

    private Immutability() {}

    /** The name of a class with its article: {@code an int[]}, {@code a java.util.ArrayList}. */
    static String a(Class<?> type) {
        String name = type.getTypeName();
        return ("aeiou".indexOf(name.charAt(0)) < 0 ? "a " : "an ") + name;
    }

    /** What can change: its path, what it is, and how to mend it. */
    record Fault(String path, String what, String fix) {}

    /** What can change in {@code value}, called {@code path}; null if nothing can. */
    static @Nullable Fault of(@Nullable Object value, String path) {
        return new Immutability().fault(value, path);
    }

    /** What can change in what a function captured, and the functions among that, itself first. */
    record Captures(@Nullable Fault fault, List<GivenFunction> functions) {}

    /** What {@code function}, a lambda or an object with a method {@code apply}, captured. */
    static Captures ofCaptures(Object function) {
        Immutability all = new Immutability();
        Fault fault = all.captures(function, "");
        return new Captures(fault, List.copyOf(all.functions));
    }

    /** Whether objects of this class can only be immutable, so that no value need be looked at. */
    static boolean isImmutable(Class<?> type) {
        return type.isPrimitive()
                || type.isEnum()
                || type == Tensor.class
                || isLogger(type)
                || VALUES.stream().anyMatch(v -> v == type);
    }

    private @Nullable Fault fault(@Nullable Object value, String path) {
        if (value == null || !seen.add(value)) {
            return null;
        }
        Class<?> type = value.getClass();
        return switch (value) {
            case Tensor _, ConcreteArray _, Enum<?> _ -> null;
            case Optional<?> optional -> optional.isEmpty() ? null : fault(optional.get(), path);
            case Object o when VALUES.stream().anyMatch(v -> v.isInstance(o)) && isPlatform(type) -> null;
            case Object _ when isLogger(type) -> null;
            case Object _ when type.isArray() -> new Fault(path, a(type), copyOfArray(type, path));
            case Object o when GivenFunction.isLambda(type) -> captures(o, path);
            case Pytree.SortedCopy map -> entries(map, path);
            case Collection<?> items
            when type.getNestHost() == COPIES -> {
                int i = 0;
                Fault found = null;
                for (Object item : items) {
                    found = found == null ? fault(item, path + "[" + i++ + "]") : found;
                }
                yield found;
            }
            case Map<?, ?> map when type.getNestHost() == COPIES -> entries(map, path);
            case List<?> _ -> new Fault(path, a(type), "copy it first: List.copyOf(...)");
            case Set<?> _ -> new Fault(path, a(type), "copy it first: Set.copyOf(...)");
            case Map<?, ?> _ -> new Fault(path, a(type), "copy it first: Map.copyOf(...)");
            case Object o when SourceLine.isLibrary(type) -> ofLibrary(o, path);
            case Object _
            when isPlatform(type) ->
                new Fault(path, a(type), "capture what the function needs of it, as an immutable value");
            case Object o when isFunction(o) -> captures(o, path);
            default -> fields(value, path);
        };
    }

    private @Nullable Fault entries(Map<?, ?> map, String path) {
        Fault found = null;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            found = found == null ? fault(entry.getKey(), path + ".key") : found;
            found = found == null ? fault(entry.getValue(), path + "." + entry.getKey()) : found;
        }
        return found;
    }

    /** The captured values of a lambda, or the fields of an object. */
    private @Nullable Fault captures(Object function, String path) {
        Class<?> type = function.getClass();
        GivenFunction code = GivenFunction.of(function);
        functions.add(code);
        if (!GivenFunction.isLambda(type)) {
            return SourceLine.isLibrary(type) ? null : fields(function, path);
        }
        boolean library = SourceLine.isLibrary(type);
        Field[] declared = type.getDeclaredFields();
        for (int i = 0; i < declared.length; i++) {
            Object value = read(declared[i], function);
            boolean judged = !library || isFunction(value); // of Kiln's own lambdas only the functions are the user's
            String name = library ? path : join(path, code.captureName(i, declared[i]));
            Fault found = judged ? fault(value, name) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** An object of Kiln's: trusted, but for the values and functions of the user's in it. */
    private @Nullable Fault ofLibrary(Object value, String path) {
        if (value instanceof Record) {
            return fields(value, path);
        }
        for (Field field : value.getClass().getDeclaredFields()) {
            Object held = Modifier.isStatic(field.getModifiers()) ? null : read(field, value);
            Fault found = isFunction(held) ? fault(held, path) : null;
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    private @Nullable Fault fields(Object value, String path) {
        for (Class<?> c = value.getClass();
                c != null && c != Object.class && c != Record.class;
                c = c.getSuperclass()) {
            if (isPlatform(c)) {
                return new Fault(path, a(value.getClass()) + " (" + a(c) + ")", COPY_OUT);
            }
            for (Field field : c.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers())) {
                    continue;
                }
                String name = field.isSynthetic()
                        ? field.getName().replaceFirst("^val\\$|^this\\$\\d+$", "")
                        : field.getName();
                String at = name.isEmpty() ? join(path, "this") : join(path, name);
                if (!Modifier.isFinal(field.getModifiers())) {
                    return new Fault(
                            at,
                            "the field " + field.getName() + " of " + c.getName() + ", which is not final",
                            "make the field final, or read it into a local variable before jit and use that");
                }
                Fault found = fault(read(field, value), at);
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }

    private static final String COPY_OUT =
            "read what the function needs into local variables of immutable types before jit, and use those";

    private static boolean isFunction(@Nullable Object value) {
        return value instanceof Fn<?>
                || value instanceof F1<?, ?>
                || value instanceof F2<?, ?, ?>
                || value instanceof F3<?, ?, ?, ?>
                || value instanceof F4<?, ?, ?, ?, ?>
                || value instanceof F5<?, ?, ?, ?, ?, ?>
                || value instanceof F6<?, ?, ?, ?, ?, ?, ?>
                || (value != null && GivenFunction.isLambda(value.getClass()));
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private static @Nullable Object read(Field field, Object owner) {
        try {
            field.setAccessible(true);
            return field.get(owner);
        } catch (IllegalAccessException | RuntimeException _) {
            return null; // a module that hides it: docs/jit.md says what is examined
        }
    }

    private static String copyOfArray(Class<?> type, String path) {
        return type.getComponentType().isPrimitive()
                ? "make it a tensor, Tensor.of(%s), or a copy that cannot change, List.of(...)".formatted(path)
                : "make it a copy that cannot change: List.of(%s)".formatted(path);
    }

    static boolean isPlatform(Class<?> type) {
        String name = type.getName();
        return name.startsWith("java.")
                || name.startsWith("jdk.")
                || name.startsWith("sun.")
                || name.startsWith("javax.");
    }

    /** Loggers change nothing that a function computes. */
    private static boolean isLogger(Class<?> type) {
        return type.getSimpleName().endsWith("Logger") || System.Logger.class.isAssignableFrom(type);
    }
}
