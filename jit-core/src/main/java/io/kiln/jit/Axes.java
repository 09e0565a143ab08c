package io.kiln.jit;

import io.kiln.error.KilnException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Along which axes {@code vmap} maps: for each argument, and for the result, an axis of its leaves or {@code null} where all elements
 * of the batch share it, or a tree of those that is a prefix of its structure, and the name by which {@link Collectives} refer to the
 * batch. In a tree a list has an axis for each item of a list or component of a record (without static ones), and a map has one for the
 * names that it holds, of a map or record; what it does not name is not mapped. Axes count from 0, or from -1 (the last) backwards.
 */
public record Axes(
        List<@Nullable Object> in,
        List<@Nullable Object> out,
        @Nullable String name) {
    /**
     * Copies the lists.
     *
     * @throws KilnException KILN-T020 where they hold what is no axis and no tree of axes
     */
    public Axes {
        in = AxisPrefix.copies(in);
        out = AxisPrefix.copies(out);
    }

    /**
     * An axis, {@code null} (not mapped) or a tree of axes for each argument: {@code Axes.in(Map.of("w", 0), 0)}. Results are mapped
     * along axis 0.
     */
    public static Axes in(@Nullable Object... axes) {
        return new Axes(Arrays.asList(axes), List.of(0), null);
    }

    /** These axes, with results mapped along others: an axis or a tree for the whole result, or several, one for each of its parts. */
    public Axes out(@Nullable Object... axes) {
        return new Axes(in, Arrays.asList(axes), name);
    }

    /** These axes, with a name for the batch. */
    public Axes named(String axis) {
        return new Axes(in, out, axis);
    }
}
