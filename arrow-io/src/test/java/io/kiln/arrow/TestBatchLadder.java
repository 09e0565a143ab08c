package io.kiln.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestBatchLadder {
    /** The batches of a partition. */
    private static List<Integer> batches(BatchLadder ladder, long rows) {
        List<Integer> sizes = new ArrayList<>();
        long left = rows;
        for (; left >= ladder.rows(); left -= ladder.rows()) {
            sizes.add(ladder.rows());
        }
        while (left > 0) {
            int size = ladder.next((int) left, rows);
            sizes.add(size);
            left -= Math.min(size, left);
        }
        return sizes;
    }

    private static long padding(BatchLadder ladder, long rows) {
        return batches(ladder, rows).stream().mapToLong(size -> size).sum() - rows;
    }

    @Test
    void eachSizeIsAFourthOfTheOneBeforeDownToEight() {
        assertThat(BatchLadder.of(4096).sizes()).containsExactly(4096, 1024, 256, 64, 16);
        assertThat(BatchLadder.of(1000).sizes()).containsExactly(1000, 128, 32, 8);
        assertThat(BatchLadder.of(31).sizes()).containsExactly(31);
        assertThat(BatchLadder.of(1).sizes()).containsExactly(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 64, 999, 4096, 16_384, 65_536, 100_000, 1_000_000})
    void atMostAFiftiethOfAHundredThousandRowsIsPadding(int batchRows) {
        BatchLadder ladder = BatchLadder.of(batchRows);
        for (int rows = 100_000; rows < 100_000 + 3 * batchRows; rows += 1 + batchRows / 997) {
            assertThat(padding(ladder, rows)).as("of %d rows", rows).isLessThanOrEqualTo(rows / 50);
        }
    }

    @Test
    void tenRowsRunInASmallBatch() {
        assertThat(batches(BatchLadder.of(4096), 10)).containsExactly(16);
        assertThat(batches(BatchLadder.of(1_048_576), 10)).containsExactly(16);
    }

    @Property(tries = 500)
    void everyRowIsInABatchAndSmallPartitionsMakeFewOfThem(
            @ForAll @IntRange(min = 1, max = 300_000) int batchRows,
            @ForAll @IntRange(min = 0, max = 700_000) int rows) {
        BatchLadder ladder = BatchLadder.of(batchRows);
        List<Integer> batches = batches(ladder, rows);
        assertThat(batches.stream().mapToLong(size -> size).sum()).isGreaterThanOrEqualTo(rows);
        assertThat(ladder.sizes()).containsAll(batches);
        // A size is filled at most seven times before what is left fits a smaller one: sizes are at most eightfold.
        assertThat(batches.size())
                .isLessThanOrEqualTo(rows / batchRows + 7 * ladder.sizes().size());
    }

    @Test
    void sizesFallAndArePositive() {
        assertThatThrownBy(() -> new BatchLadder(List.of())).hasMessageContaining("at least one");
        assertThatThrownBy(() -> new BatchLadder(List.of(8, 8))).hasMessageContaining("[8, 8]");
        assertThatThrownBy(() -> new BatchLadder(List.of(8, 0))).hasMessageContaining("[8, 0]");
        assertThatThrownBy(() -> BatchLadder.of(8).next(9, 9)).hasMessageContaining("got 9");
    }
}
