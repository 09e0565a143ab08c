package io.kiln.lower;

import io.kiln.core.Atom;
import io.kiln.core.Emitter;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Programs as StableHLO modules. The text is deterministic and has no locations. */
public final class Lowering {
    private Lowering() {}

    /**
     * The module of {@code program}. The memory of each parameter of {@code donatedInputs} is offered to a result of the
     * same type ({@code tf.aliasing_output}); one that fits no result is not donated.
     */
    public static StableHloModule lower(Program program, String name, Set<Integer> donatedInputs) {
        List<Integer> aliases = aliases(program, donatedInputs);
        Map<Integer, String> attributes = new HashMap<>();
        for (int i = 0; i < aliases.size(); i++) {
            if (aliases.get(i) >= 0) {
                attributes.put(i, " {tf.aliasing_output = " + aliases.get(i) + " : i32}");
            }
        }
        // The name is not part of the text: it must not change the cache key.
        Emitter out = new Emitter("");
        String main = out.function("public @main", program, attributes);
        String text = "module {\n" + main + out.functions() + "}\n";
        return new StableHloModule(name, text.getBytes(StandardCharsets.UTF_8));
    }

    /** For each parameter the result that takes its memory, or -1. A result takes at most one. */
    private static List<Integer> aliases(Program program, Set<Integer> donated) {
        Set<Integer> taken = new HashSet<>();
        List<Integer> out = new ArrayList<>();
        for (int i = 0; i < program.params().size(); i++) {
            ShapedArray aval = program.params().get(i).aval();
            int found = !donated.contains(i)
                    ? -1
                    : IntStream.range(0, program.results().size())
                            .filter(r -> !taken.contains(r)
                                    && program.results().get(r) instanceof Atom.Var v
                                    && v.aval().equals(aval))
                            .findFirst()
                            .orElse(-1);
            taken.add(found);
            out.add(found);
        }
        return out;
    }
}
