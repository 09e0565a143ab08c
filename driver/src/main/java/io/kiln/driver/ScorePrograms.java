package io.kiln.driver;

import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.model.Model;
import io.kiln.transform.Vmap;
import io.kiln.worker.WeightSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a scoring call has made so far: one trace a signature, one batch program a layout and size, one broadcast of weights. */
final class ScorePrograms {
    private final Kiln kiln;
    private final Map<List<ShapedArray>, Model> models = new HashMap<>();
    private final Map<BatchKey, Program> batches = new HashMap<>();
    private final Map<List<ShapedArray>, WeightSource> weights = new HashMap<>();

    private record BatchKey(List<ShapedArray> rows, List<Integer> inAxes, int size) {}

    ScorePrograms(Kiln kiln) {
        this.kiln = kiln;
    }

    /** The model for rows of these types; a function is traced once for them. */
    synchronized Model model(RowSource source, List<ShapedArray> rows) {
        Model known = models.get(rows);
        if (known == null) {
            known = source.model(rows);
            if (source instanceof RowSource.OfFunction) {
                kiln.countTrace();
            }
            models.put(rows, known);
        }
        return known;
    }

    /** The program of a batch of {@code size} rows. */
    synchronized Program batch(Model model, List<ShapedArray> rows, List<Integer> inAxes, int size) {
        return batches.computeIfAbsent(new BatchKey(rows, inAxes, size), key -> {
            List<Integer> axes =
                    new ArrayList<>(Collections.nCopies(model.weights().size(), -1));
            axes.addAll(inAxes);
            return Vmap.vmap(model.program(), axes, size);
        });
    }

    /** The weights of the model for rows of these types. */
    synchronized WeightSource weights(Model model, List<ShapedArray> rows) {
        return weights.computeIfAbsent(rows, key -> BroadcastWeights.of(kiln.context(), model.weights()));
    }
}
