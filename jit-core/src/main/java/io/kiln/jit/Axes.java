package io.kiln.jit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Along which axes {@code vmap} maps: for each argument an axis of its leaves, or {@code null} where all elements of the
 * batch share it; for the result one axis for all leaves, or one for each component of a list or record, {@code null} where
 * it does not depend on the batch; and the name by which {@link Collectives} refer to the batch. Axes count from 0, or from -1
 * (the last) backwards.
 */
public record Axes(
        List<@Nullable Integer> in,
        List<@Nullable Integer> out,
        @Nullable String name) {
    /** Copies the lists. */
    public Axes {
        in = Collections.unmodifiableList(new ArrayList<@Nullable Integer>(in));
        out = Collections.unmodifiableList(new ArrayList<@Nullable Integer>(out));
    }

    /** An axis for each argument, {@code null}: not mapped. Results are mapped along axis 0. */
    public static Axes in(@Nullable Integer... axes) {
        return new Axes(Arrays.asList(axes), List.of(0), null);
    }

    /** These axes, with results mapped along others: one for all, or one for each component of the result. */
    public Axes out(@Nullable Integer... axes) {
        return new Axes(in, Arrays.asList(axes), name);
    }

    /** These axes, with a name for the batch. */
    public Axes named(String axis) {
        return new Axes(in, out, axis);
    }
}
