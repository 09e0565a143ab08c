package io.kiln.driver.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.kiln.driver.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The exact optima of real data, found by scikit-learn: shared/cases/training, where it is there. */
@Timeout(180)
class TestTrainingOracles {
    private static final Path CASES = Path.of(
                    System.getProperty("kiln.repository", ".."), "..", "shared", "cases", "training")
            .normalize();

    @ParameterizedTest
    @CsvSource({
        "logreg_breast_cancer,LOGISTIC_REGRESSION",
        "ridge_diabetes,LINEAR_REGRESSION",
        "poisson_diabetes,POISSON"
    })
    void theOptimumIsFound(String name, Algorithm algorithm) throws IOException {
        Path oracle = CASES.resolve("oracles/" + name + ".json");
        assumeTrue(Files.exists(oracle), "the shared cases are not beside this repository");
        JsonNode expected = new ObjectMapper().readTree(Files.readString(oracle));
        List<String> features = new ArrayList<>();
        expected.path("features").forEach(feature -> features.add(feature.asText()));
        TrainedModel trained = LocalSpark.kiln()
                .train(algorithm)
                .features(features)
                .label(expected.path("label").asText())
                .standardizeAll()
                .l2(expected.path("l2").asDouble())
                .fit(LocalSpark.session()
                        .read()
                        .parquet(CASES.resolve(expected.path("data").asText()).toString()));
        double optimum = expected.path("optimum").asDouble();
        assertThat((trained.objective() - optimum) / Math.abs(optimum))
                .isLessThan(expected.path("tolerances").path("optimum_relative").asDouble())
                .isGreaterThan(-1e-9);
        double tolerance = expected.path("tolerances").path("coefficient_abs").asDouble();
        expected.path("coefficients")
                .properties()
                .forEach(each -> assertThat(trained.coefficients().get(each.getKey()))
                        .isCloseTo(each.getValue().asDouble(), within(tolerance)));
        assertThat(trained.intercept()).isCloseTo(expected.path("intercept").asDouble(), within(tolerance));
    }
}
