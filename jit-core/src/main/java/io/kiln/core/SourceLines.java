package io.kiln.core;

import java.util.IdentityHashMap;
import java.util.Optional;

/**
 * The user's line of each equation that was traced while this recorded. It goes by the identity of equations: programs hold
 * no lines, so these are in no comparison, no cache key and no file.
 */
public final class SourceLines {
    private final IdentityHashMap<Object, String> lines = new IdentityHashMap<>();

    /** Nothing recorded yet; {@link Trace#withLines} fills it. */
    public SourceLines() {}

    /** The line that made {@code eqn}, as {@code com.example.Risk.score(Risk.java:42)}, if it was recorded. */
    public Optional<String> of(Equation eqn) {
        return Optional.ofNullable(lines.get(eqn));
    }

    /** The line that first used a captured tensor, if it was recorded. */
    public Optional<String> of(Tensor captured) {
        return Optional.ofNullable(lines.get(captured));
    }

    /** The text of {@code program} with the line of each equation beside it, also in the programs inside. */
    public String text(Program program) {
        return Printer.print(program, this);
    }

    /** Records the caller's line, or that of {@code replayed}, the equation that {@code of} is made for. */
    void put(Object of, Optional<Equation> replayed) {
        replayed.flatMap(this::of).or(SourceLine::ofCaller).ifPresent(line -> lines.put(of, line));
    }

    /** Says that {@code now} is what {@code before} was. */
    void move(Equation before, Equation now) {
        String line = lines.get(before);
        if (line != null) {
            lines.put(now, line);
        }
    }
}
