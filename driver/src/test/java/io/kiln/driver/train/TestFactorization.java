package io.kiln.driver.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.kiln.driver.Kiln;
import io.kiln.driver.LocalSpark;
import io.kiln.error.KilnException;
import io.kiln.model.Weight;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Ratings that two factors and biases made are found again, also those that were held out. */
@Timeout(180)
class TestFactorization {
    private final SparkSession spark = LocalSpark.session();
    private final Kiln kiln = LocalSpark.kiln();

    /** 40 users, 30 items. */
    private Dataset<Row> ratings() {
        return spark.range(0, 1200, 1, 3)
                .selectExpr("id", "cast(id % 40 as int) as u", "cast(floor(id / 40) as int) as i")
                .selectExpr(
                        "id",
                        "concat('user', u) as user",
                        "i as item",
                        "3 + 0.5 * sin(u) + 0.3 * cos(i) + sin(u * 1.3) * cos(i * 0.7) + cos(u * 2.9) * sin(i * 1.9)"
                                + " as rating");
    }

    private Training training() {
        return kiln.train(Algorithm.FACTORIZATION)
                .features(List.of("user", "item"))
                .label("rating")
                .k(2)
                .l2(1e-5)
                .maxIterations(300)
                .seed(4);
    }

    @Test
    void ratingsThatWereHeldOutAreFound() {
        TrainedModel trained = training().fit(ratings().where("id % 7 != 3"));
        double error = ratings().where("id % 7 = 3").transform(kiln.score(trained.model())).collectAsList().stream()
                .mapToDouble(row -> Math.abs(row.<Double>getAs("prediction") - row.<Double>getAs("rating")))
                .max()
                .orElseThrow();
        assertThat(error).isLessThan(0.1);
        assertThat(training().fit(ratings()).model().weights())
                .isEqualTo(training().fit(ratings()).model().weights());
    }

    @Test
    void theObjectiveIsItsFormula() {
        TrainedModel trained = training().maxIterations(5).l2(0.1).fit(ratings());
        double sum = 0;
        for (Row row : ratings().transform(kiln.score(trained.model())).collectAsList()) {
            double residual = row.<Double>getAs("prediction") - row.<Double>getAs("rating");
            sum += residual * residual / (2 * 1200);
        }
        Map<String, Weight> weights = new HashMap<>();
        trained.model().weights().forEach(weight -> weights.put(weight.name(), weight));
        for (String name : List.of("user_factors", "item_factors", "user_bias", "item_bias")) {
            for (double value : weights.get(name).value().toDoubles()) {
                sum += 0.05 * value * value;
            }
        }
        assertThat(trained.objective()).isCloseTo(sum, within(1e-9));
    }

    @Test
    void aUserThatIsNewHasTheItemsMean() {
        TrainedModel trained = training().fit(ratings());
        double intercept = weight(trained, "intercept").value().doubleAt(0);
        double bias = weight(trained, "item_bias").value().doubleAt(0);
        Dataset<Row> stranger = spark.sql("select 'nobody' as user, 0 as item");
        assertThat(stranger.transform(kiln.score(trained.model())).first().<Double>getAs("prediction"))
                .isCloseTo(intercept + bias, within(1e-12));
    }

    private static Weight weight(TrainedModel trained, String name) {
        return trained.model().weights().stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void twoColumnsAreRequired() {
        assertThatThrownBy(() -> training().features(List.of("user")).fit(ratings()))
                .isInstanceOf(KilnException.class)
                .hasMessageContaining("the user and the item, got user");
    }
}
