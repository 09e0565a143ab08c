package io.kiln.arrow;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.vectorized.ColumnVector;

/** Packs a column of arrays, of nested arrays or of binaries, row after row. */
final class ArrayPacker {
    private final RunPacker runs;

    ArrayPacker(RunPacker runs) {
        this.runs = runs;
    }

    /** Packs rows {@code from} to {@code from + n} of {@code column}, to row {@code row} of the batch onwards. */
    void pack(PackedInput input, ColumnVector column, int from, int n, int row, MemorySegment to) {
        new Levels(input, to, column.dataType()).pack(column, from, n, 0, (long) row * input.elements());
    }

    /** The arrays of one input, level by level: arrays of one level may fill a tensor of any rank, several are as many as its axes. */
    private final class Levels {
        private final PackedInput input;
        private final String name;
        private final ElementType type;
        private final MemorySegment to;
        private final List<Integer> dims;
        /** Elements of one value of a level. */
        private final long[] sizes;

        Levels(PackedInput input, MemorySegment to, DataType column) {
            this.input = input;
            this.name = input.columns().getFirst();
            this.type = Objects.requireNonNull(ColumnElements.type(column), "a column of numbers was planned");
            this.to = to;
            this.dims = ColumnElements.depth(column) == 1
                    ? List.of(input.elements())
                    : input.row().shape();
            this.sizes = new long[dims.size() + 1];
            sizes[dims.size()] = 1;
            for (int level = dims.size() - 1; level >= 0; level--) {
                sizes[level] = sizes[level + 1] * dims.get(level);
            }
        }

        void pack(ColumnVector column, int from, int n, int level, long at) {
            if (column instanceof SlicedColumn slice) {
                pack(slice.whole(), slice.from() + from, n, level, at);
                return;
            }
            ArrayRows arrays = ArrayRows.of(column, from, n);
            int k = dims.get(level);
            int i = 0;
            while (i < n) {
                long start = at + i * sizes[level];
                if (arrays.isNull(i)) {
                    packNull(column, from, n, i, level, start);
                    i++;
                    continue;
                }
                // Values whose elements lie behind one another are one copy: in Spark's own readers that is nearly
                // always
                // all of them.
                int end = i;
                while (end < n && arrays.length(end) == k && arrays.offset(end) == arrays.offset(i) + (end - i) * k) {
                    end++;
                }
                if (end == i) {
                    packOther(arrays, i, level, start);
                    i++;
                    continue;
                }
                packElements(arrays, arrays.offset(i), Math.multiplyExact(end - i, k), level, start);
                i = end;
            }
        }

        private void packElements(ArrayRows arrays, int offset, int count, int level, long at) {
            if (count == 0) {
                return;
            }
            if (level < dims.size() - 1) {
                pack(arrays.elements(), offset, count, level + 1, at);
            } else {
                runs.pack(input, name, type, arrays.elements(), offset, count, to, at);
            }
        }

        private void packNull(ColumnVector column, int from, int n, int i, int level, long at) {
            if (input.nulls().kind() == NullPolicy.Kind.ERROR && !runs.faults().areKept()) {
                int row = runs.row(input, at);
                throw level == 0
                        ? PackErrors.nulls(name, column, from, n, runs.faults().rowOfPartition(row - i))
                        : PackErrors.nullArray(name, runs.faults().rowOfPartition(row));
            }
            runs.packNull(input, name, level == 0 ? " is null" : " has a null array", to, at, sizes[level]);
        }

        /** An array of another length: shorter ones are filled up where that is asked for. */
        private void packOther(ArrayRows arrays, int i, int level, long at) {
            int k = dims.get(level);
            int length = arrays.length(i);
            if (level == 0 && length < k && input.read() == InputColumns.Read.PADDED) {
                packElements(arrays, arrays.offset(i), length, level, at);
                long packed = length * sizes[1];
                RunPacker.fill(input, to, at + packed, sizes[0] - packed, 0);
            } else if (runs.faults().areKept()) {
                runs.packBad(input, to, at, sizes[level], PackErrors.lengthProblem(name, input, level, k, length));
            } else {
                throw PackErrors.length(
                        name, input, level, k, length, runs.faults().rowOfPartition(runs.row(input, at)));
            }
        }
    }
}
