package io.kiln.worker;

import io.kiln.arrow.BatchPlan;
import java.io.Serializable;

/** What a task runs on the batches of one size. It travels with the task. */
public sealed interface BatchProgram extends Serializable permits TracedProgram, ExportedProgram {
    /**
     * Requires that it takes what {@code plan} packs, and gives results whose first axis is the batch's.
     *
     * @param name what messages call it
     * @throws io.kiln.error.KilnException INTERNAL if not
     */
    void requireFits(String name, BatchPlan plan);
}
