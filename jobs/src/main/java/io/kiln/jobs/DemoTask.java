package io.kiln.jobs;

import io.kiln.driver.train.Algorithm;
import io.kiln.driver.train.Training;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One of the demo's models on one of the example tables.
 *
 * @param name names its folder and its lines
 * @param what what is predicted
 * @param file the table below {@code examples/data}
 * @param train the rows to train on, over the view {@code input}
 * @param heldOut the other rows, by the same columns
 * @param label the column to predict
 * @param algorithm what is trained
 * @param settings how it is trained
 * @param keep what scored rows keep of their columns
 * @param probability the output that ranks rows for the area under the ROC curve; null for more than two classes
 */
record DemoTask(
        String name,
        String what,
        String file,
        String train,
        String heldOut,
        String label,
        Algorithm algorithm,
        UnaryOperator<Training> settings,
        List<String> keep,
        @Nullable String probability) {
    /** Which handwritten digit an image of 8x8 pixels shows; every fifth image is held out. */
    static final DemoTask DIGITS = new DemoTask(
            "digits",
            "which digit an image of 8x8 pixels shows",
            "digits.parquet",
            "SELECT label, pixels FROM input WHERE id % 5 <> 0",
            "SELECT id, label, pixels FROM input WHERE id % 5 = 0",
            "label",
            Algorithm.MLP,
            training -> training.features(List.of("pixels"))
                    .standardizeAll()
                    .hidden(List.of(64))
                    .l2(1e-3)
                    .maxIterations(100)
                    .seed(7),
            List.of("id", "label"),
            null);

    /** Whether a flight arrives more than 15 minutes late, known at departure; every fifth day of the month is held out. */
    static final DemoTask FLIGHTS = new DemoTask(
            "flights",
            "whether a flight arrives more than 15 minutes late",
            "flights.parquet",
            flights("day % 5 <> 0"),
            flights("day % 5 = 0"),
            "late",
            Algorithm.LOGISTIC_REGRESSION,
            training -> training.features(List.of("dep_delay", "distance", "hour", "month", "carrier", "origin"))
                    .categorical(List.of("carrier", "origin"))
                    .standardizeAll()
                    .l2(1e-3),
            List.of("id", "carrier", "flight", "origin", "dest", "dep_delay", "arr_delay", "late"),
            "probability");

    /** Flights that arrived: of the others nobody knows how late they were. */
    private static String flights(String days) {
        return "SELECT *, CAST(arr_delay > 15 AS INT) AS late FROM input"
                + " WHERE arr_delay IS NOT NULL AND dep_delay IS NOT NULL AND " + days;
    }
}
