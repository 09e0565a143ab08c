package io.kiln.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.driver.Kiln;
import io.kiln.driver.KilnMetrics;
import io.kiln.driver.train.TrainedModel;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Training over two executors gives what one JVM gives, to the bit. */
@Timeout(180)
class ClusterTrainingIT {
    private final Expected expected = Expected.results();

    @Test
    void everyObjectiveAndCoefficientHasTheLocalBits() throws Exception {
        try (SparkSession spark = OnCluster.application("training", Map.of())) {
            Kiln kiln = Kiln.on(spark);
            TrainedModel trained = Expected.train(kiln, expected.rows(spark));
            assertThat(bits(trained.objectives())).isEqualTo(bits(expected.trained.objectives()));
            assertThat(trained.coefficients()).isEqualTo(expected.trained.coefficients());
            assertThat(trained.intercept()).isEqualTo(expected.trained.intercept());
            assertThat(trained.rows()).isEqualTo(Expected.ROWS);
            KilnMetrics metrics = kiln.metrics();
            assertThat(metrics.jvms()).isEqualTo(2);
            assertThat(metrics.traces())
                    .as("the loss and the model, however many partitions")
                    .isEqualTo(2);
        }
    }

    private static List<Long> bits(List<Double> values) {
        return values.stream().map(Double::doubleToRawLongBits).toList();
    }
}
