package io.kiln.arrow;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * The batch sizes of one job, largest first: whole batches have the first, and a partition's last rows run in smaller ones. Each size is a
 * program of its own, so there are few: each a fourth of the one before, and a power of two. Which sizes a partition's rows run in follows
 * from their number alone, so a task that runs again gives the same bytes.
 *
 * @param sizes rows of a batch, falling
 */
public record BatchLadder(List<Integer> sizes) implements Serializable {
    /** A smaller batch would save nothing beside the cost of a call. */
    private static final int LEAST_ROWS = 8;

    /** Fewer rows than this are worth neither another execution nor another compile. */
    private static final int SPARE_ROWS = 1024;

    /** Of a partition's rows, so many times more than may be padding. */
    private static final int ROWS_A_PADDED_ROW = 50;

    /** Copies the list; the sizes must fall, and the last be positive. */
    public BatchLadder {
        sizes = List.copyOf(sizes);
        for (int i = 0; i < sizes.size(); i++) {
            if (sizes.get(i) < 1 || (i > 0 && sizes.get(i) >= sizes.get(i - 1))) {
                throw new IllegalArgumentException("batch sizes are positive and fall, got " + sizes);
            }
        }
        if (sizes.isEmpty()) {
            throw new IllegalArgumentException("a job needs at least one batch size");
        }
    }

    /** The sizes of a job whose whole batches have {@code rows} rows. */
    public static BatchLadder of(int rows) {
        List<Integer> sizes = new ArrayList<>(List.of(rows));
        for (int size = Integer.highestOneBit(rows / 4); size >= LEAST_ROWS; size /= 4) {
            sizes.add(size);
        }
        return new BatchLadder(sizes);
    }

    /** Of one size, for a program that has no other. */
    public static BatchLadder single(int rows) {
        return new BatchLadder(List.of(rows));
    }

    /** Rows of a whole batch. */
    public int rows() {
        return sizes.getFirst();
    }

    /**
     * The size of the batch that the next of a partition's last rows run in: the smallest that holds them all, unless too much of it would
     * be padding, and then the largest that they fill.
     *
     * @param left rows that are left, from 1 to a whole batch
     * @param partition rows of the whole partition
     */
    public int next(int left, long partition) {
        if (left < 1 || left > rows()) {
            throw new IllegalArgumentException("a tail of 1 to %d rows is required, got %d".formatted(rows(), left));
        }
        int holds = sizes.stream().filter(size -> size >= left).reduce(rows(), Math::min);
        long padding = (long) holds - left;
        return padding <= Math.max(SPARE_ROWS, partition / ROWS_A_PADDED_ROW)
                ? holds
                : sizes.stream().filter(size -> size <= left).findFirst().orElse(holds);
    }
}
