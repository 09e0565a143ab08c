package io.kiln.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code kiln score --function}: a static method of one row from a jar that is on nobody's class path. */
@Timeout(120)
class TestUserFunctions {
    private static final String SOURCE = """
            package com.example;

            import io.kiln.core.Tensor;

            public class Risk {
                public static Tensor score(Tensor age, Tensor income) {
                    return age.times(0.5).plus(income.log());
                }

                public record Both(Tensor sum, Tensor difference) {}

                public static Both both(Tensor age, Tensor income) {
                    return new Both(age.plus(income), age.minus(income));
                }

                public static Tensor faulty(Tensor age) {
                    throw new IllegalStateException("no such table of risks");
                }

                public static Tensor branching(Tensor age) {
                    return age.greaterThan(30).isTrue() ? age : age.negate();
                }

                public static Tensor misshapen(Tensor age) {
                    return age.plus(Tensor.of(1f, 2f)).dot(Tensor.of(1f, 2f, 3f));
                }

                public static double notOfTensors(double age) {
                    return age;
                }
            }
            """;

    @TempDir
    static Path shared;

    @TempDir
    Path work;

    private static Path jar;
    private static Path people;

    private final ClassLoader before = Thread.currentThread().getContextClassLoader();

    @BeforeAll
    static void compile() throws IOException {
        jar = UserJar.of(shared, "com.example.Risk", SOURCE);
        people = SharedSpark.table(
                shared.resolve("people"),
                "SELECT id, CAST(20 + id % 50 AS FLOAT) AS age, CAST(1000 + id AS FLOAT) AS income FROM range(1003)");
    }

    @AfterEach
    void restoreClassLoader() {
        Thread.currentThread().setContextClassLoader(before);
    }

    private KilnRun score(String method, String... more) {
        return KilnRun.of(Stream.concat(
                        Stream.of(
                                "score",
                                "--function",
                                "com.example.Risk::" + method,
                                "--jars",
                                jar.toString(),
                                "--input",
                                people.toString(),
                                "--output",
                                work.resolve("out").toString(),
                                "--progress",
                                "none"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private List<Row> rows() {
        return SharedSpark.session()
                .read()
                .parquet(work.resolve("out").toString())
                .orderBy("id")
                .collectAsList();
    }

    @Test
    void scoresEveryRowAsPlainJavaDoes() {
        score("score").isDone();
        List<Row> rows = rows();
        assertThat(rows).hasSize(1003);
        for (Row row : rows) {
            float age = row.<Float>getAs("age");
            float income = row.<Float>getAs("income");
            assertThat((double) row.<Float>getAs("score")).isCloseTo(age * 0.5 + Math.log(income), within(1e-4));
        }
    }

    @Test
    void aRecordBecomesAColumnAComponent() {
        score("both", "--keep", "id,age").isDone();
        assertThat(rows().getFirst().schema().fieldNames()).containsExactly("id", "age", "sum", "difference");
    }

    @Test
    void aFunctionThatThrowsIsNamedWithItsLine() {
        score("faulty").isRefused(3, "no such table of risks", "Risk.java:17");
        assertThat(work.resolve("out")).doesNotExist();
    }

    @Test
    void aBranchOnATensorIsNamedWithItsLineAndTheFix() {
        score("branching").isRefused(3, "Risk.java:21", "Tensor.where");
        assertThat(work.resolve("out")).doesNotExist();
    }

    @Test
    void aShapeMismatchIsNamedWithItsLine() {
        score("misshapen").isRefused(3, "Risk.java:25", "f32[3]");
    }

    @Test
    void aMethodThatIsNotOfTensorsIsRefused() {
        score("notOfTensors").isRefused(3, "Tensor");
        score("nowhere").isRefused(3, "nowhere");
    }

    @Test
    void aClassOrJarThatIsNotThereIsRefused() {
        KilnRun.of(
                        "score",
                        "--function",
                        "com.example.Nobody::score",
                        "--jars",
                        jar.toString(),
                        "--input",
                        people.toString(),
                        "--output",
                        work.resolve("out").toString())
                .isRefused(3, "com.example.Nobody");
        KilnRun.of(
                        "score",
                        "--function",
                        "com.example.Risk::score",
                        "--jars",
                        work.resolve("none.jar").toString(),
                        "--input",
                        people.toString(),
                        "--output",
                        work.resolve("out").toString())
                .isRefused(3, "none.jar");
    }

    @Test
    void aFunctionWithoutColonsIsUsage() {
        KilnRun.of(
                        "score",
                        "--function",
                        "com.example.Risk.score",
                        "--input",
                        people.toString(),
                        "--output",
                        work.resolve("out").toString())
                .isRefused(2, "com.example.Risk.score");
    }
}
