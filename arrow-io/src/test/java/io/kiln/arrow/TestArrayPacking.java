package io.kiln.arrow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kiln.core.DType;
import io.kiln.core.ShapedArray;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Nested arrays, ragged arrays, binaries and Spark ML's vectors, from every class of column vector. */
class TestArrayPacking {
    private static final DataType FLOATS = DataTypes.createArrayType(DataTypes.FloatType);
    private static final DataType MATRICES = DataTypes.createArrayType(FLOATS);
    private static final StructType VECTORS = new StructType()
            .add("type", DataTypes.ByteType, false)
            .add("size", DataTypes.IntegerType)
            .add("indices", DataTypes.createArrayType(DataTypes.IntegerType, false))
            .add("values", DataTypes.createArrayType(DataTypes.DoubleType, false));

    private static BatchPlan plan(DataType type, ShapedArray row, InputColumns.Read read, NullPolicy nulls) {
        return BatchPlan.of(
                new StructType().add("x", type), List.of(new InputColumns(row, List.of(0), read)), 8, nulls);
    }

    private static List<PackTable.Packed> pack(
            BatchPlan plan, DataType type, VectorKind kind, List<Object> values, int input) {
        List<Integer> sizes = new ArrayList<>();
        for (int left = values.size(); left > 0; left -= 3) {
            sizes.add(Math.min(3, left));
        }
        return PackTable.pack(plan, PackTable.batches(List.of(type), List.of(values), sizes, List.of(kind)), input);
    }

    private static List<List<Object>> rows(List<PackTable.Packed> packed) {
        List<List<Object>> rows = new ArrayList<>();
        packed.forEach(batch -> rows.addAll(batch.all().subList(0, batch.rows())));
        return rows;
    }

    /** Values of which a constant vector would hold the first of every batch of three. */
    private static List<Object> values(VectorKind kind, List<Object> values) {
        List<Object> result = new ArrayList<>(values);
        for (int i = 0; kind == VectorKind.CONSTANT && i < result.size(); i++) {
            result.set(i, result.get(i - i % 3));
        }
        return result;
    }

    private static List<Object> random(Random random, int n, java.util.function.Function<Random, Object> value) {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            values.add(random.nextInt(5) == 0 ? null : value.apply(random));
        }
        return values;
    }

    @Property(tries = 150)
    void nestedArraysAreTensors(
            @ForAll VectorKind kind,
            @ForAll @IntRange(min = 0, max = 20) int n,
            @ForAll @IntRange(min = 1, max = 3) int a,
            @ForAll @IntRange(min = 1, max = 3) int b,
            @ForAll Random random) {
        List<Object> values = values(kind, random(random, n, r -> matrix(r, a, b)));
        BatchPlan plan = plan(MATRICES, ShapedArray.of(DType.F64, a, b), InputColumns.Read.VALUES, NullPolicy.fill(-1));
        List<List<Object>> expected = new ArrayList<>();
        for (Object value : values) {
            List<Object> flat = new ArrayList<>();
            for (int i = 0; i < a; i++) {
                Object line = value == null ? null : ((List<?>) value).get(i);
                for (int j = 0; j < b; j++) {
                    Object element = line == null ? null : ((List<?>) line).get(j);
                    flat.add(element == null ? -1.0 : ((Float) element).doubleValue());
                }
            }
            expected.add(flat);
        }
        assertThat(rows(pack(plan, MATRICES, kind, values, 0))).isEqualTo(expected);
    }

    private static List<Object> matrix(Random random, int a, int b) {
        List<Object> lines = new ArrayList<>();
        for (int i = 0; i < a; i++) {
            lines.add(random.nextInt(6) == 0 ? null : new ArrayList<>(random(random, b, Random::nextFloat)));
        }
        return lines;
    }

    @Property(tries = 150)
    void raggedArraysArePaddedAndTheirValiditySaysWhere(
            @ForAll VectorKind kind,
            @ForAll @IntRange(min = 0, max = 20) int n,
            @ForAll @IntRange(min = 1, max = 5) int k,
            @ForAll Random random) {
        List<Object> values = values(kind, random(random, n, r -> random(r, r.nextInt(k + 1), Random::nextFloat)));
        BatchPlan plan = BatchPlan.of(
                new StructType().add("x", FLOATS),
                List.of(
                        new InputColumns(ShapedArray.of(DType.F32, k), List.of(0), InputColumns.Read.PADDED),
                        new InputColumns(ShapedArray.of(DType.BOOL, k), List.of(0), InputColumns.Read.VALIDITY)),
                8,
                NullPolicy.ERROR);
        List<List<Object>> padded = new ArrayList<>();
        List<List<Object>> valid = new ArrayList<>();
        for (Object value : values) {
            List<?> array = value == null ? List.of() : (List<?>) value;
            List<Object> elements = new ArrayList<>(Collections.nCopies(k, 0f));
            List<Object> mask = new ArrayList<>(Collections.nCopies(k, false));
            for (int j = 0; j < array.size(); j++) {
                elements.set(j, array.get(j) == null ? 0f : array.get(j));
                mask.set(j, array.get(j) != null);
            }
            padded.add(elements);
            valid.add(mask);
        }
        assertThat(rows(pack(plan, FLOATS, kind, values, 0))).isEqualTo(padded);
        assertThat(rows(pack(plan, FLOATS, kind, values, 1))).isEqualTo(valid);
    }

    @Property(tries = 100)
    void binariesAreTheirBytes(
            @ForAll VectorKind kind,
            @ForAll @IntRange(min = 0, max = 20) int n,
            @ForAll @IntRange(min = 1, max = 5) int k,
            @ForAll Random random) {
        List<Object> values = values(kind, random(random, n, r -> {
            byte[] bytes = new byte[k];
            r.nextBytes(bytes);
            return bytes;
        }));
        List<List<Object>> expected = new ArrayList<>();
        for (Object value : values) {
            List<Object> elements = new ArrayList<>();
            for (int j = 0; j < k; j++) {
                elements.add((short) (value == null ? 7 : ((byte[]) value)[j] & 0xFF));
            }
            expected.add(elements);
        }
        BatchPlan bytes =
                plan(DataTypes.BinaryType, ShapedArray.of(DType.U8, k), InputColumns.Read.VALUES, NullPolicy.fill(7));
        assertThat(rows(pack(bytes, DataTypes.BinaryType, kind, values, 0))).isEqualTo(expected);
        BatchPlan floats =
                plan(DataTypes.BinaryType, ShapedArray.of(DType.F32, k), InputColumns.Read.VALUES, NullPolicy.fill(7));
        assertThat(rows(pack(floats, DataTypes.BinaryType, kind, values, 0)))
                .isEqualTo(expected.stream()
                        .map(row -> row.stream()
                                .map(element -> (Object) ((Short) element).floatValue())
                                .toList())
                        .toList());
    }

    private static VectorKind.Struct dense(List<Double> values) {
        return new VectorKind.Struct(Arrays.asList((byte) 1, null, null, values));
    }

    private static VectorKind.Struct sparse(int size, List<Integer> indices, List<Double> values) {
        return new VectorKind.Struct(Arrays.asList((byte) 0, size, indices, values));
    }

    @Property(tries = 150)
    void vectorsAreDenseOrSparse(
            @ForAll VectorKind kind,
            @ForAll @IntRange(min = 0, max = 20) int n,
            @ForAll @IntRange(min = 1, max = 5) int k,
            @ForAll Random random) {
        List<Object> values = values(kind, random(random, n, r -> vector(r, k)));
        List<List<Object>> expected = new ArrayList<>();
        for (Object value : values) {
            List<Object> elements = new ArrayList<>(Collections.nCopies(k, value == null ? Float.NaN : 0f));
            if (value != null) {
                List<?> fields = ((VectorKind.Struct) value).fields();
                List<?> written = (List<?>) fields.get(3);
                for (int j = 0; j < written.size(); j++) {
                    int at = fields.get(2) == null ? j : (Integer) ((List<?>) fields.get(2)).get(j);
                    elements.set(at, ((Double) written.get(j)).floatValue());
                }
            }
            expected.add(elements);
        }
        BatchPlan plan = plan(VECTORS, ShapedArray.of(DType.F32, k), InputColumns.Read.VALUES, NullPolicy.NAN);
        assertThat(rows(pack(plan, VECTORS, kind, values, 0))).isEqualTo(expected);
    }

    private static VectorKind.Struct vector(Random random, int k) {
        List<Integer> indices = new ArrayList<>();
        List<Double> values = new ArrayList<>();
        boolean dense = random.nextBoolean();
        for (int j = 0; j < k; j++) {
            if (dense || random.nextBoolean()) {
                indices.add(j);
                values.add(random.nextGaussian());
            }
        }
        return dense ? dense(values) : sparse(k, indices, values);
    }

    @ParameterizedTest
    @EnumSource(VectorKind.class)
    void vectorsThatDoNotFitNameTheRow(VectorKind kind) {
        BatchPlan plan = plan(VECTORS, ShapedArray.of(DType.F64, 2), InputColumns.Read.VALUES, NullPolicy.ERROR);
        Object good = dense(List.of(1.0, 2.0));
        refused(
                plan,
                VECTORS,
                kind,
                Arrays.asList(good, good, good, dense(List.of(1.0)), good),
                "2 elements",
                "got 1",
                "row 3 ");
        refused(
                plan,
                VECTORS,
                kind,
                Arrays.asList(good, good, good, sparse(3, List.of(), List.of())),
                "got 3",
                "row 3 ");
        refused(plan, VECTORS, kind, Arrays.asList(sparse(2, List.of(2), List.of(1.0))), "indices", "row 0 ");
        refused(plan, VECTORS, kind, Arrays.asList(sparse(2, List.of(-1), List.of(1.0))), "indices", "row 0 ");
        refused(plan, VECTORS, kind, Arrays.asList(sparse(2, List.of(0, 1), List.of(1.0))), "indices", "row 0 ");
        refused(plan, VECTORS, kind, Arrays.asList(good, good, good, null), "column x", "null", "row 3 ");
    }

    @Test
    void aNestedArrayOfAnotherLengthNamesLevelAndRow() {
        BatchPlan plan = plan(MATRICES, ShapedArray.of(DType.F32, 2, 2), InputColumns.Read.VALUES, NullPolicy.ERROR);
        Object good = List.of(List.of(1f, 2f), List.of(3f, 4f));
        refused(
                plan,
                MATRICES,
                VectorKind.ON_HEAP,
                List.of(good, List.of(List.of(1f, 2f), List.of(3f))),
                "level 2",
                "row 1 ");
        refused(
                plan,
                MATRICES,
                VectorKind.ARROW,
                List.of(good, List.of(List.of(1f, 2f))),
                "required 2",
                "got 1",
                "row 1 ");
        Object nullLine = Arrays.asList(List.of(1f, 2f), null);
        refused(plan, MATRICES, VectorKind.OFF_HEAP, List.of(good, nullLine), "null arrays", "row 1 ");
        Object nullElement = List.of(List.of(1f, 2f), Arrays.asList(3f, null));
        refused(plan, MATRICES, VectorKind.OFF_HEAP, List.of(good, nullElement), "null element", "element 3 of row 1 ");
    }

    @Test
    void aLongerArrayIsNotCut() {
        BatchPlan plan = plan(FLOATS, ShapedArray.of(DType.F32, 2), InputColumns.Read.PADDED, NullPolicy.ERROR);
        refused(
                plan,
                FLOATS,
                VectorKind.ON_HEAP,
                List.of(List.of(1f), List.of(1f, 2f, 3f)),
                "required 2",
                "got 3",
                "row 1 ");
    }

    private static void refused(BatchPlan plan, DataType type, VectorKind kind, List<Object> values, String... named) {
        List<Object> held = values(kind, values);
        assertThatThrownBy(() -> pack(plan, type, kind, held, 0))
                .isInstanceOf(KilnException.class)
                .hasMessageContainingAll(named);
    }

    @ParameterizedTest
    @EnumSource(VectorKind.class)
    void badRowsAreKeptWithTheirReasonAndTheOthersAsTheyAre(VectorKind kind) {
        BatchPlan arrays = plan(FLOATS, ShapedArray.of(DType.F32, 2), InputColumns.Read.VALUES, NullPolicy.ERROR)
                .withBadRows(true);
        List<Object> good = List.of(1f, 2f);
        List<Object> values =
                Arrays.asList(good, good, good, List.of(1f), null, null, Arrays.asList(1f, null), null, good, good);
        List<PackTable.Packed> packed = pack(arrays, FLOATS, kind, values(kind, values), 0);
        List<String> reasons = new ArrayList<>();
        packed.forEach(batch -> reasons.addAll(
                batch.reasons().isEmpty()
                        ? Collections.nCopies(batch.rows(), null)
                        : batch.reasons().subList(0, batch.rows())));
        if (kind != VectorKind.CONSTANT) {
            assertThat(reasons.subList(0, 3)).containsOnlyNulls();
            assertThat(reasons.get(3)).contains("column x", "required 2 elements", "got 1");
            assertThat(reasons.get(4)).isEqualTo("column x is null");
            assertThat(reasons.get(6)).isEqualTo("column x has a null element");
            assertThat(reasons.subList(8, 10)).containsOnlyNulls();
            assertThat(rows(packed).get(8)).isEqualTo(good);
        }
        assertThat(packed.getFirst().nullRows().subList(0, 3)).containsOnly(false);
        assertThat(packed.getFirst().nullRows().get(3)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(VectorKind.class)
    void aValueThatDoesNotFitIsABadRow(VectorKind kind) {
        BatchPlan plan = plan(DataTypes.LongType, ShapedArray.of(DType.I32), InputColumns.Read.VALUES, NullPolicy.ERROR)
                .withBadRows(true);
        List<Object> values = values(kind, Arrays.asList(1L, 2L, 3L, 1L << 40, null, 4L));
        List<PackTable.Packed> packed = pack(plan, DataTypes.LongType, kind, values, 0);
        assertThat(packed.getFirst().reasons().subList(0, 3)).containsOnlyNulls();
        assertThat(packed.getFirst().reasons().get(3)).contains("column x", "i32");
        if (kind != VectorKind.CONSTANT) {
            assertThat(packed.getFirst().reasons().get(4)).isEqualTo("column x is null");
            assertThat(packed.getFirst().reasons().get(5)).isNull();
            assertThat(rows(packed).get(5)).isEqualTo(List.of(4));
        }
    }
}
