package io.kiln.jit;

import io.kiln.compile.LoadedProgram;
import io.kiln.compile.LocalRuntime;
import io.kiln.compile.MemoryAnalysis;
import io.kiln.core.Program;
import io.kiln.core.ProgramCost;
import io.kiln.core.SourceLines;
import io.kiln.core.Tensor;
import io.kiln.error.KilnException;
import io.kiln.lower.Lowering;
import io.kiln.lower.StableHloModule;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The stages between a jitted function and its results, as values that print: {@code f.trace(x)}, {@code .lower()}, {@code
 * .compile()}, as in JAX's {@code jax.stages}. Nothing runs before the last one is called, and none of them changes the
 * traces of the function.
 */
public final class Stages {
    private Stages() {}

    /** A function traced for the types of some arguments. It prints as its program. */
    public static final class Traced<R> {
        private final JittedFunction.Options options;
        private final TracedFunction traced;
        private final SourceLines lines;

        Traced(JittedFunction.Options options, TracedFunction traced, SourceLines lines) {
            this.options = options;
            this.traced = traced;
            this.lines = lines;
        }

        /** The types and structure that it was traced for. */
        public Signature signature() {
            return traced.signature();
        }

        /** The program: its first parameters are the hoisted constants, then come the leaves of the arguments. */
        public Program program() {
            return traced.traced().program();
        }

        /** What the program costs, estimated. */
        public ProgramCost cost() {
            return ProgramCost.of(program());
        }

        /** The arrays that the function captured, which are hidden arguments of the program: it holds none of their values. */
        public List<Tensor> constants() {
            return traced.traced().captured();
        }

        /** The text of the program with the user's line of each equation and of the first use of each hoisted constant. */
        public String sources() {
            StringBuilder out = new StringBuilder(lines.text(program()));
            for (Tensor constant : constants()) {
                out.append("\nhoisted constant %s, %,d bytes"
                        .formatted(constant.aval(), constant.aval().byteSize()));
                lines.of(constant)
                        .ifPresent(line -> out.append(", first used at ").append(line));
            }
            return out.toString();
        }

        /** The program as a StableHLO module. */
        public Lowered<R> lower() {
            Set<Integer> donated = Set.copyOf(traced.parametersOf(options.donated()));
            return new Lowered<>(options, traced, donated, Lowering.lower(program(), options.name(), donated));
        }

        @Override
        public String toString() {
            return program().toString();
        }
    }

    /** A traced function as StableHLO. It prints as the text of the module. */
    public static final class Lowered<R> {
        private final JittedFunction.Options options;
        private final TracedFunction traced;
        private final Set<Integer> donated;
        private final StableHloModule module;

        Lowered(JittedFunction.Options options, TracedFunction traced, Set<Integer> donated, StableHloModule module) {
            this.options = options;
            this.traced = traced;
            this.donated = donated;
            this.module = module;
        }

        /** The text of the module. */
        public String text() {
            return new String(module.text(), StandardCharsets.UTF_8);
        }

        /** What the program costs, estimated. */
        public ProgramCost cost() {
            return ProgramCost.of(traced.traced().program());
        }

        /** The executable: from a cache that has it, or compiled. */
        public Compiled<R> compile() {
            LoadedProgram loaded =
                    LocalRuntime.standard().compiler().load(traced.traced().program(), options.name(), donated);
            return new Compiled<>(options, traced, loaded);
        }

        @Override
        public String toString() {
            return text();
        }
    }

    /** An executable of one signature: it never traces. */
    public static final class Compiled<R> {
        private final JittedFunction.Options options;
        private final TracedFunction traced;
        private final LoadedProgram loaded;

        Compiled(JittedFunction.Options options, TracedFunction traced, LoadedProgram loaded) {
            this.options = options;
            this.traced = traced;
            this.loaded = loaded;
        }

        /** Where the executable came from: {@code compile}, or a tier of the cache. */
        public String tier() {
            return loaded.tier();
        }

        /** The key of the executable in the caches. */
        public String key() {
            return loaded.keyText();
        }

        /**
         * What the compiler counted, by its own names, such as {@code flops}: JAX's {@code cost_analysis()}.
         *
         * @throws KilnException ENVIRONMENT if the plugin cannot say
         */
        public Map<String, Object> costAnalysis() {
            return loaded.costAnalysis();
        }

        /**
         * The memory of a call as the compiler laid it out: JAX's {@code memory_analysis()}.
         *
         * @throws KilnException ENVIRONMENT if the plugin cannot say
         */
        public MemoryAnalysis memoryAnalysis() {
            return loaded.memoryAnalysis();
        }

        /**
         * The result for these arguments.
         *
         * @throws KilnException if they are not of the signature that it was compiled for
         */
        @SuppressWarnings("unchecked") // the result has the structure of the function's
        public R call(@Nullable Object... arguments) {
            Signature.Flat flat = Signature.of(Arrays.asList(arguments), options.statics());
            if (!flat.signature().equals(traced.signature())) {
                throw KilnException.user(
                        "calling the compiled %s: it takes %s, got %s"
                                .formatted(options.name(), traced.signature(), flat.signature()),
                        "call the jitted function itself, which compiles for each signature");
            }
            return (R) traced.run(loaded, flat.leaves().toArray(Tensor[]::new));
        }

        @Override
        public String toString() {
            return "%s for %s (key %s)".formatted(options.name(), traced.signature(), key());
        }
    }
}
