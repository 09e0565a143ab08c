package io.kiln.core;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The most bytes that the values of a program hold at one time when its equations run in order: its arguments from the start to the end,
 * each other value from its equation to its last use. An estimate without a compiler: what is computed element by element takes no memory
 * where it is used only so, since compilers fuse it, and otherwise the memory of an operand that is not needed any more.
 */
public final class LiveBytes {
    private LiveBytes() {}

    /** The bytes of a program, its arguments and results among them. */
    public static long of(Program program) {
        Map<Integer, Integer> lastUse = new HashMap<>();
        Set<Integer> held = new HashSet<>();
        List<Equation> equations = program.equations();
        for (int i = 0; i < equations.size(); i++) {
            Equation eqn = equations.get(i);
            for (Atom in : eqn.ins()) {
                use(in, i, lastUse, fuses(eqn.primitive()) ? null : held);
            }
        }
        program.results().forEach(result -> use(result, equations.size(), lastUse, held));

        long live = bytes(program.inputs());
        long most = live;
        Map<Integer, Long> freedAfter = new HashMap<>();
        for (int i = 0; i < equations.size(); i++) {
            Equation eqn = equations.get(i);
            boolean fused = fuses(eqn.primitive());
            long freed = freedAfter.getOrDefault(i, 0L);
            long inPlace = fused ? freed : 0;
            for (Atom.Var out : eqn.outs()) {
                if (!fused || held.contains(out.id())) {
                    live += out.aval().byteSize();
                    freedAfter.merge(
                            lastUse.getOrDefault(out.id(), i), out.aval().byteSize(), Long::sum);
                }
            }
            most = Math.max(most, live + inside(eqn.primitive()) - inPlace);
            live -= freedAfter.getOrDefault(i, 0L);
        }
        return most;
    }

    private static void use(Atom atom, int at, Map<Integer, Integer> lastUse, @Nullable Set<Integer> held) {
        if (atom instanceof Atom.Var variable) {
            lastUse.put(variable.id(), at);
            if (held != null) {
                held.add(variable.id());
            }
        }
    }

    /** What a primitive's own programs hold beside their arguments and results, which are its operands and results; they run in turns. */
    private static long inside(Primitive primitive) {
        long most = 0;
        for (Param param : primitive.params()) {
            if (param instanceof Param.Programs(String _, List<Program> inner)) {
                for (Program program : inner) {
                    most = Math.max(most, of(program) - bytes(program.inputs()) - bytes(program.outputs()));
                }
            }
        }
        return most;
    }

    private static long bytes(List<ShapedArray> types) {
        return types.stream().mapToLong(ShapedArray::byteSize).sum();
    }

    /** Whether each element of the results is made of a few elements of the operands, so that compilers compute it where it is used. */
    private static boolean fuses(Primitive primitive) {
        return switch (primitive) {
            case Unary _, Binary _, SpecialFunction _, IntegerPow _, Compare _, Select _, Clamp _ -> true;
            case ReducePrecision _, Convert _, MakeComplex _, BitcastConvert _ -> true;
            case BroadcastInDim _, Reshape _, Iota _, Slice _, Reverse _ -> true;
            case Reduce _, ArgReduce _, ReduceProgram _, ReduceWindow _, ArgReduceWindow _ -> false;
            case DotGeneral _, Conv _, Cholesky _, TriangularSolve _, Fft _, Factorization _ -> false;
            case Transpose _, Concatenate _, Pad _, DynamicSlice _, DynamicUpdateSlice _ -> false;
            case Gather _, Scatter _, Sort _, TopK _, Collective _, HigherOrder _ -> false;
        };
    }
}
