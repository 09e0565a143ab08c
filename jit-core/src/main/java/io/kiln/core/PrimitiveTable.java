package io.kiln.core;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** The primitives by mnemonic: the way back from a mnemonic and its static parameters. */
final class PrimitiveTable {
    private static final Map<String, Primitive> ROWS = new HashMap<>();
    private static final Map<String, Function<Params, Primitive>> FAMILIES = new HashMap<>();

    static {
        Stream.of(Unary.values(), Binary.values(), SpecialFunction.values(), Compare.values())
                .flatMap(Stream::of)
                .forEach(row -> ROWS.put(row.mnemonic(), row));
        for (Reduction r : Reduction.values()) {
            FAMILIES.put(r.mnemonic(), p -> new Reduce(r, p.ints()));
            FAMILIES.put(r.windowMnemonic(), p -> new ReduceWindow(r, p.ints(), p.window()));
        }
        for (Scatter.Combine c : Scatter.Combine.values()) {
            FAMILIES.put(c.mnemonic(), p -> new Scatter(c, p.addressing(), p.flag(), p.flag()));
        }
    }

    private PrimitiveTable() {}

    /** The primitive with this mnemonic and these parameters; an error where there is none. */
    static Primitive of(String mnemonic, List<Param> params) {
        Params p = new Params(mnemonic, params);
        Primitive found = switch (mnemonic) {
            case "select" -> new Select();
            case "complex" -> new MakeComplex();
            case "integer_pow" -> new IntegerPow(p.integer());
            case "convert_element_type" -> new Convert(p.dtype());
            case "bitcast_convert_type" -> new BitcastConvert(p.dtype());
            case "argmax" -> new ArgReduce(true, p.integer());
            case "argmin" -> new ArgReduce(false, p.integer());
            case "dot_general" ->
                new DotGeneral(p.ints(), p.ints(), p.ints(), p.ints(), p.hasNext() ? p.dtype() : null);
            case "broadcast_in_dim" -> new BroadcastInDim(p.ints(), p.ints());
            case "reshape" -> new Reshape(p.ints());
            case "transpose" -> new Transpose(p.ints());
            case "slice" -> new Slice(p.ints(), p.ints(), p.ints());
            case "dynamic_slice" -> new DynamicSlice(p.ints());
            case "dynamic_update_slice" -> new DynamicUpdateSlice();
            case "reduce" -> {
                List<Integer> axes = p.ints();
                yield new ReduceProgram(p.one(), axes);
            }
            case "argmax_window" -> new ArgReduceWindow(true, p.ints(), p.window());
            case "argmin_window" -> new ArgReduceWindow(false, p.ints(), p.window());
            case "conv_general_dilated" ->
                new Conv(
                        p.window(),
                        new ConvDimensions(p.ints(), p.ints(), p.ints()),
                        p.integer(),
                        p.integer(),
                        p.hasNext() ? p.dtype() : null);
            case "sort" -> new Sort(p.integer(), p.integer(), p.flag());
            case "top_k" -> new TopK(p.integer());
            case "clamp" -> new Clamp();
            case "reduce_precision" -> new ReducePrecision(p.integer(), p.integer());
            case "gather" -> new Gather(p.addressing(), p.ints(), p.flag(), p.hasNext() && p.flag());
            case "concatenate" -> new Concatenate(p.integer());
            case "iota" -> new Iota(new ShapedArray(p.dtype(), p.ints()), p.integer());
            case "pad" -> new Pad(p.ints(), p.ints(), p.ints());
            case "rev" -> new Reverse(p.ints());
            case "cholesky" -> new Cholesky();
            case "triangular_solve" -> TriangularSolve.of(p.integer(), p.integer(), p.word(), p.integer());
            case "factorization" -> Factorization.of(p.word(), p.one());
            case "fft" -> Fft.of(p.word(), p.ints());
            case "cond" -> new Cond(p.programs());
            case "scan" -> {
                int length = p.integer();
                int consts = p.integer();
                int carry = p.integer();
                boolean reverse = Boolean.parseBoolean(p.word());
                int unroll = p.integer();
                yield new Scan(p.one(), length, consts, carry, reverse, unroll);
            }
            case "call" -> new Call(p.word(), p.one());
            case "checkpoint" -> {
                boolean differentiated = Boolean.parseBoolean(p.word());
                yield new Remat(p.one(), differentiated);
            }
            case "custom_jvp_call" -> {
                String name = p.word();
                int consts = p.integer();
                List<Program> both = p.programs(2);
                yield new CustomJvp(name, consts, both.get(0), both.get(1));
            }
            case "custom_vjp_call" -> {
                String name = p.word();
                int consts = p.integer();
                List<Program> all = p.programs(3);
                yield new CustomVjp(name, consts, all.get(0), all.get(1), all.get(2));
            }
            case "psum", "pmax", "pmin" -> AxisReduce.of(mnemonic, p.word());
            case "axis_index" -> new AxisIndex(p.word());
            case "while" -> {
                int condConsts = p.integer();
                int bodyConsts = p.integer();
                List<Program> both = p.programs(2);
                yield new While(both.get(0), condConsts, both.get(1), bodyConsts);
            }
            default -> {
                Function<Params, Primitive> family = FAMILIES.get(mnemonic);
                Primitive row = family == null ? ROWS.get(mnemonic) : family.apply(p);
                if (row == null) {
                    throw TraceErrors.newerFormat("the primitive " + mnemonic + " is not known to this Kiln");
                }
                yield row;
            }
        };
        if (!found.params().equals(params)) {
            throw TraceErrors.newerFormat("this Kiln's %s has parameters %s, not %s"
                    .formatted(mnemonic, names(found.params()), names(params)));
        }
        return found;
    }

    private static List<String> names(List<Param> params) {
        return params.stream().map(Param::name).toList();
    }

    /** Parameters read one after the other. */
    private static final class Params {
        private final String mnemonic;
        private final List<Param> params;
        private int next;

        Params(String mnemonic, List<Param> params) {
            this.mnemonic = mnemonic;
            this.params = params;
        }

        boolean hasNext() {
            return next < params.size();
        }

        private Param next() {
            if (next >= params.size()) {
                throw TraceErrors.format("a parameter of " + mnemonic + " is missing");
            }
            return params.get(next++);
        }

        private RuntimeException wrong() {
            return TraceErrors.format("a parameter of " + mnemonic + " is of the wrong kind");
        }

        List<Integer> ints() {
            if (next() instanceof Param.Ints(String _, List<Integer> values)) {
                return values;
            }
            throw wrong();
        }

        int integer() {
            if (next() instanceof Param.Int(String _, int value)) {
                return value;
            }
            throw wrong();
        }

        boolean flag() {
            return integer() != 0;
        }

        Window window() {
            return new Window(ints(), ints(), ints(), ints(), ints());
        }

        SliceAddressing addressing() {
            List<Integer> windows = ints();
            List<Integer> collapsed = ints();
            List<Integer> operandBatch = ints();
            List<Integer> indexBatch = ints();
            return new SliceAddressing(windows, collapsed, ints(), operandBatch, indexBatch);
        }

        String word() {
            if (next() instanceof Param.Word(String _, String value)) {
                return value;
            }
            throw wrong();
        }

        DType dtype() {
            return Param.dtype(word());
        }

        List<Program> programs() {
            if (next() instanceof Param.Programs(String _, List<Program> values)) {
                return values;
            }
            throw wrong();
        }

        List<Program> programs(int count) {
            List<Program> all = programs();
            if (all.size() != count) {
                throw wrong();
            }
            return all;
        }

        Program one() {
            return programs(1).get(0);
        }
    }
}
