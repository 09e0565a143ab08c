package io.kiln.driver;

import io.kiln.arrow.BatchLadder;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.error.ErrorCategory;
import io.kiln.error.KilnException;
import io.kiln.jaxexport.ExportedFunction;
import io.kiln.model.Model;
import io.kiln.model.ModelCode;
import io.kiln.transform.Vmap;
import io.kiln.worker.BatchProgram;
import io.kiln.worker.ExportedProgram;
import io.kiln.worker.TracedProgram;
import io.kiln.worker.WeightSource;
import io.kiln.worker.WorkerRuntime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a scoring call has made so far: one trace a signature, one batch program a layout and size, one broadcast of weights. */
final class ScorePrograms {
    private final Kiln kiln;
    private final Map<List<ShapedArray>, Model> models = new HashMap<>();
    private final Map<BatchKey, Program> batches = new HashMap<>();
    private final Map<List<ShapedArray>, WeightSource> weights = new HashMap<>();
    private @Nullable ExportedProgram exported;

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

    /** What runs on batches of each of the ladder's sizes. */
    List<BatchProgram> batches(Model model, List<ShapedArray> rows, List<Integer> inAxes, BatchLadder ladder) {
        return switch (model.code()) {
            case ModelCode.OfRow _ ->
                ladder.sizes().stream()
                        .<BatchProgram>map(size -> new TracedProgram(batch(model, rows, inAxes, size)))
                        .toList();
            case ModelCode.OfBatch(ExportedFunction function) -> List.of(exported(function));
        };
    }

    /** An exported function, compiled once on the driver: what is wrong with it is found before the job. */
    private synchronized ExportedProgram exported(ExportedFunction function) {
        ExportedProgram known = exported;
        if (known == null) {
            known = new ExportedProgram(function);
            prepare(function, known);
            exported = known;
        }
        return known;
    }

    /** Where only the executors have the device, they find out. */
    private void prepare(ExportedFunction function, ExportedProgram program) {
        WorkerRuntime runtime;
        try {
            runtime = WorkerRuntime.of(kiln.workerConf());
        } catch (KilnException e) {
            if (kiln.isLocal() || e.category() != ErrorCategory.ENVIRONMENT) {
                throw e;
            }
            return;
        }
        boolean same = kiln.isLocal() || kiln.conf().plugin() != null;
        if (same || function.platformPosition(runtime.platform()) >= 0) {
            runtime.prepare(program);
        }
    }

    /** The weights of the model for rows of these types. */
    synchronized WeightSource weights(Model model, List<ShapedArray> rows) {
        return weights.computeIfAbsent(rows, key -> BroadcastWeights.of(kiln.context(), model.weights()));
    }
}
