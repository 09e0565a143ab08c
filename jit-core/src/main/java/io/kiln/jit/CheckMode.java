package io.kiln.jit;

import io.kiln.core.Program;
import io.kiln.core.SourceLines;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Check mode: a function is traced twice and both programs must be equal, captured arrays and all, so that a function that depends on
 * time, on Java's random numbers or on what its first run changed is found. On with {@code -Dkiln.check=true} for all functions.
 */
final class CheckMode {
    /** Whether all functions are checked. */
    static final boolean EVERYWHERE = Boolean.getBoolean("kiln.check");

    private CheckMode() {}

    /**
     * The trace of {@code f}.
     *
     * @throws KilnException KILN-T013 with the first equation that differs between two traces
     */
    static TracedFunction trace(String name, UserFunction f, Signature signature) {
        SourceLines lines = new SourceLines();
        return Trace.withLines(lines, () -> {
            TracedFunction first = TracedFunction.record(name, f, signature);
            TracedFunction second = TracedFunction.record(name, f, signature);
            String difference = difference(first, second, lines);
            if (difference != null) {
                throw KilnException.user(
                        "checking %s: the function must do the same each time it is traced, but %s"
                                .formatted(name, difference),
                        "let it depend on its arguments only: pass what changes (time, random numbers: io.kiln.random,"
                                + " counters) as an argument, and change nothing outside; docs/errors.md#KILN-T013");
            }
            return first.withoutDeadCode();
        });
    }

    private static @Nullable String difference(TracedFunction first, TracedFunction second, SourceLines lines) {
        Program a = first.traced().program();
        Program b = second.traced().program();
        for (int i = 0; i < Math.max(a.equations().size(), b.equations().size()); i++) {
            if (i >= a.equations().size()
                    || i >= b.equations().size()
                    || !a.equations().get(i).equals(b.equations().get(i))) {
                String text = "equation %d was\n    %s\n  the first time, and\n    %s\n  the second"
                        .formatted(i, differing(a, b), differing(b, a));
                Program longer = i < b.equations().size() ? b : a;
                return text
                        + lines.of(longer.equations().get(i))
                                .map(l -> "\n  at " + l)
                                .orElse("");
            }
        }
        if (!first.result().equals(second.result())) {
            PytreeErrors.Mismatch mismatch = PytreeErrors.first(first.result(), second.result(), "the result");
            return mismatch == null
                    ? "its results have different structures"
                    : "%s was %s the first time, and %s the second"
                            .formatted(mismatch.path(), mismatch.required(), mismatch.got());
        }
        if (!a.equals(b)) {
            return "its program was\n%s\nthe first time, and\n%s\nthe second".formatted(a, b);
        }
        for (int i = 0; i < first.traced().captured().size(); i++) {
            Tensor x = first.traced().captured().get(i);
            Tensor y = second.traced().captured().get(i);
            if (x.isConcrete() && y.isConcrete() && !x.value().equals(y.value())) {
                return "the array that it uses as %s had other values the second time: %s, then %s"
                        .formatted(a.params().get(i).aval(), x, y);
            }
        }
        return null;
    }

    /** The first line of the text of {@code a} that {@code b} does not have in that place. */
    private static String differing(Program a, Program b) {
        List<String> mine = a.toString().lines().toList();
        List<String> other = b.toString().lines().toList();
        // The first line has the parameters, which differ where another number of arrays was captured.
        for (int i = 1; i < mine.size(); i++) {
            if (i >= other.size() || !mine.get(i).equals(other.get(i))) {
                return mine.get(i).strip();
            }
        }
        return mine.getLast().strip();
    }
}
