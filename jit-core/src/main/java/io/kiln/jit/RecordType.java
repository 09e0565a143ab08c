package io.kiln.jit;

import io.kiln.error.KilnException;
import java.lang.invoke.LambdaMetafactory;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A record class as a pytree sees it: its components, which of them are static, how to read and how to make one. */
final class RecordType {
    private static final ClassValue<RecordType> TYPES = new ClassValue<>() {
        @Override
        protected RecordType computeValue(Class<?> type) {
            return new RecordType(type);
        }
    };

    private final Class<?> type;
    private final String[] names;
    private final boolean[] statics;
    private final Function<Object, @Nullable Object>[] accessors;
    private final MethodHandle constructor; // (Object[])Object

    @SuppressWarnings("unchecked") // an array of generics
    private RecordType(Class<?> type) {
        this.type = type;
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        names = Arrays.stream(components).map(RecordComponent::getName).toArray(String[]::new);
        statics = new boolean[components.length];
        accessors = (Function<Object, @Nullable Object>[]) new Function<?, ?>[components.length];
        MethodHandles.Lookup lookup = MethodHandles.lookup();
        try {
            for (int i = 0; i < components.length; i++) {
                statics[i] = components[i].isAnnotationPresent(Static.class);
                components[i].getAccessor().setAccessible(true);
                accessors[i] = accessor(type, lookup.unreflect(components[i].getAccessor()));
            }
            Constructor<?> canonical = type.getDeclaredConstructor(types);
            canonical.setAccessible(true);
            constructor = lookup.unreflectConstructor(canonical)
                    .asType(MethodType.genericMethodType(types.length))
                    .asSpreader(Object[].class, types.length);
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw PytreeErrors.fault(
                    "the record " + type.getName(),
                    "cannot be read (" + e + ")",
                    "make the record accessible: a named module must open its package");
        }
    }

    /** The accessor as a function: a call of one costs less than a call of a method handle that is no constant. */
    @SuppressWarnings("unchecked")
    private static Function<Object, @Nullable Object> accessor(Class<?> type, MethodHandle handle) {
        try {
            return (Function<Object, @Nullable Object>) LambdaMetafactory.metafactory(
                            MethodHandles.privateLookupIn(type, MethodHandles.lookup()),
                            "apply",
                            MethodType.methodType(Function.class),
                            MethodType.methodType(Object.class, Object.class),
                            handle,
                            MethodType.methodType(handle.type().returnType(), type)
                                    .wrap())
                    .getTarget()
                    .invoke();
        } catch (Throwable _) {
            // A class whose loader or module does not let a lambda be made in it.
            MethodHandle generic = handle.asType(MethodType.methodType(Object.class, Object.class));
            return record -> {
                try {
                    return (Object) generic.invokeExact(record);
                } catch (RuntimeException | Error e) {
                    throw e;
                } catch (Throwable e) {
                    throw new IllegalStateException(e);
                }
            };
        }
    }

    static RecordType of(Class<?> type) {
        return TYPES.get(type);
    }

    int size() {
        return names.length;
    }

    String name(int i) {
        return names[i];
    }

    boolean isStatic(int i) {
        return statics[i];
    }

    /** Component {@code i} of {@code record}; {@code path} names the record where its accessor throws. */
    @Nullable
    Object read(int i, Object record, String path) {
        try {
            return accessors[i].apply(record);
        } catch (RuntimeException e) {
            throw PytreeErrors.fault(path + "." + names[i], "cannot be read (" + e + ")", "let its accessor not throw");
        }
    }

    /** The record of these components. */
    Object make(@Nullable Object[] components) {
        try {
            return (Object) constructor.invokeExact(components);
        } catch (KilnException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw PytreeErrors.fault(
                    type.getSimpleName(),
                    "cannot be made from traced tensors (" + e + ")",
                    "let its constructor accept tensors that have types and no values");
        }
    }
}
