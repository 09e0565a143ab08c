package io.kiln.jit;

import java.lang.classfile.Attributes;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.LocalVariableInfo;
import java.lang.classfile.attribute.LocalVariableTableAttribute;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodType;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The code behind a function object: the method that it runs, the names of its parameters and of what it captured. A lambda of
 * {@link F1} to {@link F6} tells its method exactly, because these interfaces are serializable; of another lambda only the
 * captured values are known.
 *
 * @param bodies the methods that a call runs, none where they are not known
 * @param captured the names of the captured values, in the order of the fields of the function's class
 * @param parameters the names of the arguments, as far as the class file has them
 * @param statics the positions of the arguments that are annotated with {@link Static}
 * @param fields the static fields that it uses
 */
record GivenFunction(
        List<Body> bodies,
        List<String> captured,
        List<String> parameters,
        Set<Integer> statics,
        List<StaticReads.Use> fields) {
    /** A method in byte code. */
    record Body(Class<?> owner, String name, MethodTypeDesc type) {}

    private static final GivenFunction UNKNOWN =
            new GivenFunction(List.of(), List.of(), List.of(), Set.of(), List.of());

    /** All objects of one class run the same code. */
    private static final ClassValue<AtomicReference<@Nullable GivenFunction>> KNOWN = new ClassValue<>() {
        @Override
        protected AtomicReference<@Nullable GivenFunction> computeValue(Class<?> type) {
            return new AtomicReference<>();
        }
    };

    /** What the source calls the receiver. */
    private static final String THIS = "this";

    /** Whether objects of this class are lambdas or method references. */
    static boolean isLambda(Class<?> type) {
        return type.isHidden() && type.isSynthetic() && type.getName().contains("$$Lambda");
    }

    /** The code of {@code f}, a lambda, a method reference or an object with a method {@code apply}. */
    static GivenFunction of(Object f) {
        AtomicReference<@Nullable GivenFunction> known = KNOWN.get(f.getClass());
        GivenFunction found = known.get();
        if (found == null) {
            found = read(f);
            known.set(found);
        }
        return found;
    }

    private static GivenFunction read(Object f) {
        try {
            return isLambda(f.getClass()) ? ofLambda(f) : ofObject(f);
        } catch (ReflectiveOperationException | RuntimeException _) {
            // A module that hides its classes: names are for messages, and reads are found where they can be.
            return UNKNOWN;
        }
    }

    private static GivenFunction ofLambda(Object f) throws ReflectiveOperationException {
        Class<?> type = f.getClass();
        Method replace;
        try {
            replace = type.getDeclaredMethod("writeReplace");
        } catch (NoSuchMethodException _) {
            return UNKNOWN;
        }
        replace.setAccessible(true);
        SerializedLambda lambda = (SerializedLambda) replace.invoke(f);
        ClassLoader loader = type.getClassLoader();
        Class<?> owner = Class.forName(lambda.getImplClass().replace('/', '.'), false, loader);
        MethodTypeDesc desc = MethodTypeDesc.ofDescriptor(lambda.getImplMethodSignature());
        Body body = new Body(owner, lambda.getImplMethodName(), desc);
        List<String> names = parameterNames(body);
        Executable method = reflected(body, loader);
        boolean receiver = method instanceof Method m && !Modifier.isStatic(m.getModifiers());
        List<String> all = new ArrayList<>();
        if (receiver) {
            // Of Type::method the receiver is the first argument, which has no name.
            all.add(lambda.getCapturedArgCount() > 0 ? THIS : "");
        }
        all.addAll(names);
        int captured = Math.min(lambda.getCapturedArgCount(), all.size());
        List<String> parameters = all.subList(captured, all.size());
        Set<Integer> statics = new HashSet<>();
        if (method != null) {
            Parameter[] declared = method.getParameters();
            int shift = (receiver ? 1 : 0) - captured;
            for (int i = 0; i < declared.length; i++) {
                if (declared[i].isAnnotationPresent(Static.class) && i + shift >= 0) {
                    statics.add(i + shift);
                }
            }
        }
        return new GivenFunction(
                List.of(body),
                List.copyOf(all.subList(0, captured)),
                List.copyOf(parameters),
                Set.copyOf(statics),
                StaticReads.of(List.of(body)));
    }

    private static GivenFunction ofObject(Object f) {
        List<Body> bodies = new ArrayList<>();
        List<String> parameters = List.of();
        Set<Integer> statics = new HashSet<>();
        for (Class<?> c = f.getClass(); c != null && c != Object.class; c = c.getSuperclass()) {
            for (Method method : c.getDeclaredMethods()) {
                if (method.getName().equals("apply") && !method.isBridge()) {
                    MethodType type = MethodType.methodType(method.getReturnType(), method.getParameterTypes());
                    Body body = new Body(c, "apply", type.describeConstable().orElseThrow());
                    bodies.add(body);
                    parameters = parameterNames(body);
                    for (int i = 0; i < method.getParameterCount(); i++) {
                        if (method.getParameters()[i].isAnnotationPresent(Static.class)) {
                            statics.add(i);
                        }
                    }
                }
            }
        }
        return new GivenFunction(
                List.copyOf(bodies), List.of(), parameters, Set.copyOf(statics), StaticReads.of(bodies));
    }

    /** The name of the value in field {@code i} of a lambda; its field's name where the source's is not known. */
    String captureName(int i, Field field) {
        return i < captured.size() && !captured.get(i).isEmpty() ? captured.get(i) : field.getName();
    }

    /** The name of argument {@code i}. */
    String parameterName(int i) {
        return i < parameters.size() && !parameters.get(i).isEmpty() ? parameters.get(i) : "argument " + i;
    }

    private static @Nullable Executable reflected(Body body, ClassLoader loader) throws ReflectiveOperationException {
        Class<?>[] types = MethodType.fromMethodDescriptorString(body.type().descriptorString(), loader)
                .parameterArray();
        try {
            return body.name().equals("<init>")
                    ? body.owner().getDeclaredConstructor(types)
                    : body.owner().getDeclaredMethod(body.name(), types);
        } catch (NoSuchMethodException _) {
            return null; // inherited
        }
    }

    /** The parameters' names from the class file, MethodParameters or the table of local variables; empty: not known. */
    private static List<String> parameterNames(Body body) {
        int count = body.type().parameterCount();
        MethodModel method = ClassFiles.method(body);
        if (method == null) {
            return Collections.nCopies(count, "");
        }
        List<String> names = method.findAttribute(Attributes.methodParameters())
                .map(a -> a.parameters().stream()
                        .map(p -> p.name().map(n -> n.stringValue()).orElse(""))
                        .toList())
                .orElse(List.of());
        if (names.size() == count && names.stream().noneMatch(String::isEmpty)) {
            return names;
        }
        List<LocalVariableInfo> locals = method.code()
                .flatMap(code -> code.findAttribute(Attributes.localVariableTable()))
                .map(LocalVariableTableAttribute::localVariables)
                .orElse(List.of());
        List<String> found = new ArrayList<>();
        int slot = method.flags().has(java.lang.reflect.AccessFlag.STATIC) ? 0 : 1;
        for (int i = 0; i < count; i++) {
            int at = slot;
            String name = locals.stream()
                    .filter(v -> v.slot() == at && v.startPc() == 0)
                    .map(v -> v.name().stringValue())
                    .findFirst()
                    .orElse("");
            found.add(name);
            String type = body.type().parameterType(i).descriptorString();
            slot += type.equals("J") || type.equals("D") ? 2 : 1;
        }
        return List.copyOf(found);
    }
}
