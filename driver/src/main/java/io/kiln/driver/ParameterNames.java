package io.kiln.driver;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.LocalVariableInfo;
import java.lang.classfile.attribute.MethodParameterInfo;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The names that a function's author gave its parameters, read from the class file: there with {@code -parameters} or {@code -g}. */
final class ParameterNames {
    private ParameterNames() {}

    /** The names of a lambda's or method reference's parameters; empty when the class file does not hold them. */
    static Optional<List<String>> of(RowFunction function) {
        try {
            Method replace = function.getClass().getDeclaredMethod("writeReplace");
            replace.setAccessible(true);
            if (!(replace.invoke(function) instanceof SerializedLambda lambda)) {
                return Optional.empty();
            }
            String className = lambda.getImplClass().replace('/', '.');
            ClassLoader loader = loader(function.getClass());
            return read(
                    loader, className, lambda.getImplMethodName(), lambda.getImplMethodSignature(), function.arity());
        } catch (ReflectiveOperationException | RuntimeException e) {
            // Not a lambda: a class that implements the interface has the interface's names, which say nothing.
            return Optional.empty();
        }
    }

    /** The names of a method's parameters; empty when the class file does not hold them. */
    static Optional<List<String>> of(Method method) {
        return read(
                loader(method.getDeclaringClass()),
                method.getDeclaringClass().getName(),
                method.getName(),
                MethodTypeDesc.of(
                                method.getReturnType().describeConstable().orElseThrow(),
                                java.util.Arrays.stream(method.getParameterTypes())
                                        .map(type -> type.describeConstable().orElseThrow())
                                        .toList())
                        .descriptorString(),
                method.getParameterCount());
    }

    /** What the function is called in messages: {@code Risk.score} for a method reference, the class for a lambda. */
    static String label(RowFunction function) {
        try {
            Method replace = function.getClass().getDeclaredMethod("writeReplace");
            replace.setAccessible(true);
            if (replace.invoke(function) instanceof SerializedLambda lambda) {
                String owner =
                        lambda.getImplClass().substring(lambda.getImplClass().lastIndexOf('/') + 1);
                String method = lambda.getImplMethodName();
                return method.startsWith("lambda$")
                        ? "a function in " + owner.replace('$', '.')
                        : owner.replace('$', '.') + "." + method;
            }
        } catch (ReflectiveOperationException | RuntimeException e) {
            // Falls through: the class's name says enough.
        }
        return function.getClass().getSimpleName();
    }

    private static ClassLoader loader(Class<?> type) {
        ClassLoader own = type.getClassLoader();
        return own == null ? ClassLoader.getSystemClassLoader() : own;
    }

    private static Optional<List<String>> read(
            ClassLoader loader, String className, String method, String descriptor, int arity) {
        try (InputStream in = loader.getResourceAsStream(className.replace('.', '/') + ".class")) {
            if (in == null) {
                return Optional.empty();
            }
            ClassModel model = ClassFile.of().parse(in.readAllBytes());
            for (MethodModel candidate : model.methods()) {
                if (candidate.methodName().equalsString(method)
                        && candidate.methodType().equalsString(descriptor)) {
                    return names(candidate, arity);
                }
            }
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The last {@code arity} parameters: a lambda's captured values come before its own. */
    private static Optional<List<String>> names(MethodModel method, int arity) {
        Optional<List<String>> declared = method.findAttribute(Attributes.methodParameters())
                .map(attribute -> attribute.parameters().stream()
                        .map(MethodParameterInfo::name)
                        .flatMap(Optional::stream)
                        .map(name -> name.stringValue())
                        .toList());
        return declared.filter(
                        names -> names.size() == method.methodTypeSymbol().parameterCount())
                .or(() -> locals(method))
                .filter(names -> names.size() >= arity)
                .map(names -> List.copyOf(names.subList(names.size() - arity, names.size())));
    }

    private static Optional<List<String>> locals(MethodModel method) {
        Optional<CodeModel> code = method.code();
        if (code.isEmpty()) {
            return Optional.empty();
        }
        List<LocalVariableInfo> locals = code.get().findAttribute(Attributes.localVariableTable()).stream()
                .flatMap(table -> table.localVariables().stream())
                .toList();
        boolean isStatic = method.flags().has(java.lang.reflect.AccessFlag.STATIC);
        List<String> names = new ArrayList<>();
        int slot = isStatic ? 0 : 1;
        for (var type : method.methodTypeSymbol().parameterList()) {
            int at = slot;
            Optional<String> name = locals.stream()
                    .filter(local -> local.slot() == at && local.startPc() == 0)
                    .map(local -> local.name().stringValue())
                    .findFirst();
            if (name.isEmpty()) {
                return Optional.empty();
            }
            names.add(name.get());
            slot += java.lang.classfile.TypeKind.from(type).slotSize();
        }
        return Optional.of(names);
    }
}
