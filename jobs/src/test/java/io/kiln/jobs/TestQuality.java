package io.kiln.jobs;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The measures against their definitions. */
@Timeout(60)
class TestQuality {
    @Test
    void aucIsTheShareOfPairsInTheRightOrder() {
        Dataset<Row> scored = SharedSpark.session()
                .sql("SELECT id % 3 = 0 AS positive, CAST(id * 7919 % 31 AS DOUBLE) / 10 AS score FROM range(200)");
        List<Row> rows = scored.collectAsList();
        double right = 0;
        double pairs = 0;
        for (Row p : rows) {
            for (Row n : rows) {
                if (p.getBoolean(0) && !n.getBoolean(0)) {
                    pairs++;
                    right += p.getDouble(1) > n.getDouble(1) ? 1 : p.getDouble(1) == n.getDouble(1) ? 0.5 : 0;
                }
            }
        }
        assertThat(Quality.auc(scored, col("positive"), col("score"))).isCloseTo(right / pairs, within(1e-12));
    }

    @Test
    void accuracyIsTheShareOfEqualClasses() {
        Dataset<Row> scored = SharedSpark.session()
                .sql("SELECT CAST(id AS INT) AS a, CAST(IF(id < 3, id, 9) AS INT) AS b FROM range(12)");
        assertThat(Quality.accuracy(scored, col("a"), col("b")).value()).isEqualTo(4 / 12.0);
    }
}
