package io.kiln.jit;

import io.kiln.core.SourceLine;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.lang.constant.ConstantDesc;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The static fields that a function's byte code uses: in its own method, in the lambdas made there, and in the methods that it calls,
 * as far as these are in its own source file or below the first two parts of its package's name ({@code com.example}), up
 * to {@value #DEPTH} calls deep. A virtual call is followed to the class that the call names, not to classes that override it.
 */
final class StaticReads {
    /** How many calls deep methods are followed. */
    static final int DEPTH = 16;

    /** A use of a static field: the field, whether it is written, and the line. */
    record Use(Field field, boolean written, String line) {}

    private record Call(GivenFunction.Body body, int depth) {}

    private final Class<?> root;
    private final Set<GivenFunction.Body> visited = new HashSet<>();
    private final Map<Field, Use> uses = new HashMap<>();
    private final List<Call> open = new ArrayList<>();

    private StaticReads(Class<?> root) {
        this.root = root;
    }

    /** The static fields of the user's classes that these methods use, one use a field, in order of their names. */
    static List<Use> of(List<GivenFunction.Body> bodies) {
        List<Use> found = new ArrayList<>();
        for (GivenFunction.Body body : bodies) {
            if (isForeign(body.owner())) {
                continue;
            }
            StaticReads reads = new StaticReads(body.owner());
            reads.visit(body, 0);
            while (!reads.open.isEmpty()) {
                Call next = reads.open.removeLast();
                reads.scan(next.body(), next.depth());
            }
            found.addAll(reads.uses.values());
        }
        found.sort(java.util.Comparator.comparing((Use u) -> u.field().toString()));
        return found;
    }

    private void visit(GivenFunction.Body body, int depth) {
        if (depth <= DEPTH && visited.add(body)) {
            open.add(new Call(body, depth));
        }
    }

    private void scan(GivenFunction.Body body, int depth) {
        MethodModel method = ClassFiles.method(body);
        CodeModel code = method == null ? null : method.code().orElse(null);
        if (code == null) {
            inherited(body, depth);
            return;
        }
        int line = 0;
        for (CodeElement element : code) {
            switch (element) {
                case LineNumber at -> line = at.line();
                case FieldInstruction use
                when use.opcode() == Opcode.GETSTATIC || use.opcode() == Opcode.PUTSTATIC -> field(body, use, line);
                case InvokeInstruction call ->
                    follow(call.owner().asInternalName(), call.name().stringValue(), call.typeSymbol(), depth);
                case InvokeDynamicInstruction lambda -> {
                    for (ConstantDesc argument : lambda.bootstrapArgs()) {
                        if (argument instanceof DirectMethodHandleDesc handle) {
                            String owner = handle.owner().descriptorString();
                            follow(
                                    owner.substring(1, owner.length() - 1),
                                    handle.methodName(),
                                    MethodTypeDesc.ofDescriptor(handle.lookupDescriptor()),
                                    depth);
                        }
                    }
                }
                default -> {}
            }
        }
    }

    private void field(GivenFunction.Body body, FieldInstruction use, int line) {
        Field field = resolve(load(use.owner().asInternalName()), use.name().stringValue());
        if (field == null || field.isSynthetic() || isForeign(field.getDeclaringClass())) {
            return;
        }
        boolean written = use.opcode() == Opcode.PUTSTATIC;
        String at = SourceLine.text(body.owner().getName(), body.name(), ClassFiles.sourceFile(body.owner()), line);
        uses.merge(field, new Use(field, written, at), (a, b) -> a.written() ? a : b.written() ? b : a);
    }

    private void follow(String owner, String name, MethodTypeDesc type, int depth) {
        Class<?> found = isOpen(owner) ? load(owner) : null;
        if (found != null) {
            visit(new GivenFunction.Body(found, name, type), depth + 1);
        }
    }

    /** A method that its class has from a superclass or an interface. */
    private void inherited(GivenFunction.Body body, int depth) {
        List<@Nullable Class<?>> above = new ArrayList<>();
        above.add(body.owner().getSuperclass());
        above.addAll(List.of(body.owner().getInterfaces()));
        for (Class<?> type : above) {
            if (type != null && isOpen(type.getName().replace('.', '/'))) {
                visit(new GivenFunction.Body(type, body.name(), body.type()), depth);
            }
        }
    }

    /** Whether methods of this class, by its internal name, are followed. */
    private boolean isOpen(String internal) {
        String name = internal.replace('/', '.');
        String file = root.getName().replaceFirst("\\$.*", "");
        if (name.equals(file) || name.startsWith(file + "$")) {
            return true;
        }
        String prefix = packageRoot(root.getPackageName());
        int dot = name.lastIndexOf('.');
        String owner = dot < 0 ? "" : name.substring(0, dot);
        boolean near = prefix.isEmpty() ? owner.isEmpty() : (owner + ".").startsWith(prefix + ".");
        return near && !SourceLine.isLibrary(owner);
    }

    private static String packageRoot(String name) {
        String[] parts = name.split("\\.", 3);
        return parts.length < 2 ? name : parts[0] + "." + parts[1];
    }

    private static boolean isForeign(Class<?> type) {
        return Immutability.isPlatform(type) || SourceLine.isLibrary(type);
    }

    private @Nullable Class<?> load(String internal) {
        try {
            return Class.forName(internal.replace('/', '.'), false, root.getClassLoader());
        } catch (ClassNotFoundException | LinkageError _) {
            return null; // not on the class path: the function cannot reach it either
        }
    }

    private static @Nullable Field resolve(@Nullable Class<?> owner, String name) {
        for (Class<?> c = owner; c != null; c = c.getSuperclass()) {
            for (Field field : c.getDeclaredFields()) {
                if (field.getName().equals(name) && Modifier.isStatic(field.getModifiers())) {
                    return field;
                }
            }
            for (Class<?> inherited : c.getInterfaces()) {
                Field field = resolve(inherited, name);
                if (field != null) {
                    return field;
                }
            }
        }
        return null;
    }
}
