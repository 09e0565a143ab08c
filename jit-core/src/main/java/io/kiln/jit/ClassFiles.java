package io.kiln.jit;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.ref.SoftReference;
import org.jspecify.annotations.Nullable;

/** The class files of the user's classes, as their class loaders find them; absent for classes made at run time. */
final class ClassFiles {
    private static final ClassValue<Parsed> PARSED = new ClassValue<>() {
        @Override
        protected Parsed computeValue(Class<?> type) {
            return new Parsed();
        }
    };

    private ClassFiles() {}

    /** A class file that is parsed again when memory was short. */
    private static final class Parsed {
        private SoftReference<ClassModel> model = new SoftReference<>(null);
        private boolean absent;

        synchronized @Nullable ClassModel of(Class<?> type) {
            ClassModel known = model.get();
            if (known == null && !absent) {
                known = read(type);
                absent = known == null;
                model = new SoftReference<>(known);
            }
            return known;
        }
    }

    /** The class file of {@code type}, or null where there is none to read. */
    static @Nullable ClassModel of(Class<?> type) {
        return PARSED.get(type).of(type);
    }

    /** A method of that class file, or null. */
    static @Nullable MethodModel method(GivenFunction.Body body) {
        ClassModel model = of(body.owner());
        if (model == null) {
            return null;
        }
        for (MethodModel method : model.methods()) {
            if (method.methodName().equalsString(body.name())
                    && method.methodTypeSymbol().equals(body.type())) {
                return method;
            }
        }
        return null;
    }

    /** The name of the source file of {@code type}. */
    static String sourceFile(Class<?> type) {
        ClassModel model = of(type);
        return model == null
                ? "Unknown Source"
                : model.findAttribute(Attributes.sourceFile())
                        .map(a -> a.sourceFile().stringValue())
                        .orElse("Unknown Source");
    }

    private static @Nullable ClassModel read(Class<?> type) {
        String name = type.getName();
        try (InputStream in = type.getResourceAsStream(name.substring(name.lastIndexOf('.') + 1) + ".class")) {
            return in == null ? null : ClassFile.of().parse(in.readAllBytes());
        } catch (IOException | IllegalArgumentException _) {
            return null; // a class file of a later version, or of a loader that has none
        }
    }
}
