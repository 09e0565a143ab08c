package io.kiln.worker;

/** Told of every batch that a task has run, in the task's thread: how the driver's operator counts. */
@FunctionalInterface
public interface BatchListener {
    /** Counts nothing. */
    BatchListener NONE = batch -> {};

    /**
     * One batch.
     *
     * @param rows real rows
     * @param paddedRows rows that only fill the batch
     * @param badRows rows that could not be read, whose results are null
     * @param packNanos time spent packing its columns
     * @param deviceNanos time from handing the inputs over until the results were ready
     */
    record Batch(int rows, int paddedRows, int badRows, long packNanos, long deviceNanos) {}

    /** A batch's results are ready. */
    void onBatch(Batch batch);
}
