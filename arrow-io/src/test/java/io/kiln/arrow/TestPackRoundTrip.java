package io.kiln.arrow;

import static org.assertj.core.api.Assertions.assertThat;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Packing and reading back is the identity, for every type, null pattern, class of vector and cut into batches. */
class TestPackRoundTrip {
    private static final double FILL = 7;

    /** A column type with a target that it converts to. */
    @SuppressWarnings("ImmutableEnumChecker") // Spark's types are immutable, and do not say so
    enum Conversion {
        BOOLEAN_BOOL(DataTypes.BooleanType, DType.BOOL),
        BOOLEAN_F32(DataTypes.BooleanType, DType.F32),
        BYTE_I32(DataTypes.ByteType, DType.I32),
        BYTE_F64(DataTypes.ByteType, DType.F64),
        SHORT_F32(DataTypes.ShortType, DType.F32),
        SHORT_I64(DataTypes.ShortType, DType.I64),
        INT_I32(DataTypes.IntegerType, DType.I32),
        INT_I64(DataTypes.IntegerType, DType.I64),
        INT_F32(DataTypes.IntegerType, DType.F32),
        INT_F64(DataTypes.IntegerType, DType.F64),
        LONG_I64(DataTypes.LongType, DType.I64),
        LONG_F32(DataTypes.LongType, DType.F32),
        LONG_F64(DataTypes.LongType, DType.F64),
        FLOAT_F32(DataTypes.FloatType, DType.F32),
        FLOAT_F64(DataTypes.FloatType, DType.F64),
        DOUBLE_F32(DataTypes.DoubleType, DType.F32),
        DOUBLE_F64(DataTypes.DoubleType, DType.F64),
        BOOLEAN_U8(DataTypes.BooleanType, DType.U8),
        BYTE_I8(DataTypes.ByteType, DType.I8),
        BYTE_I16(DataTypes.ByteType, DType.I16),
        SHORT_I16(DataTypes.ShortType, DType.I16),
        FLOAT_F16(DataTypes.FloatType, DType.F16),
        SHORT_BF16(DataTypes.ShortType, DType.BF16),
        DATE_I32(DataTypes.DateType, DType.I32),
        DATE_F64(DataTypes.DateType, DType.F64),
        TIMESTAMP_I64(DataTypes.TimestampType, DType.I64),
        TIMESTAMP_NTZ_I64(DataTypes.TimestampNTZType, DType.I64),
        WHOLE_DECIMAL_I64(DataTypes.createDecimalType(18, 0), DType.I64),
        WHOLE_DECIMAL_U64(DataTypes.createDecimalType(30, 0), DType.U64),
        DECIMAL_F64(DataTypes.createDecimalType(9, 2), DType.F64),
        DECIMAL_F32(DataTypes.createDecimalType(18, 4), DType.F32),
        LONG_DECIMAL_F32(DataTypes.createDecimalType(38, 20), DType.F32),
        LONG_DECIMAL_F64(DataTypes.createDecimalType(38, 20), DType.F64);

        private final DataType type;
        private final DType dtype;

        Conversion(DataType type, DType dtype) {
            this.type = type;
            this.dtype = dtype;
        }

        Object random(Random random) {
            return switch (type.typeName()) {
                case "boolean" -> random.nextBoolean();
                case "byte" -> (byte) random.nextInt();
                case "short" -> (short) random.nextInt();
                case "integer", "date" -> random.nextInt();
                case "long", "timestamp", "timestamp_ntz" -> random.nextLong();
                case "float" ->
                    pick(random, random.nextFloat(), Float.NaN, Float.NEGATIVE_INFINITY, -0.0f, Float.MIN_VALUE);
                case "double" -> pick(random, random.nextGaussian(), Double.NaN, 1e300, -0.0, Double.MIN_VALUE);
                case "decimal(9,2)" -> BigDecimal.valueOf(random.nextInt(1_000_000_000) - 500_000_000, 2);
                case "decimal(18,4)" -> BigDecimal.valueOf(random.nextLong(1_000_000_000_000_000L), 4);
                case "decimal(18,0)", "decimal(30,0)" ->
                    BigDecimal.valueOf(random.nextLong(1_000_000_000_000_000_000L));
                case "decimal(38,20)" -> new BigDecimal(new BigInteger(120, random), 20);
                default -> throw new IllegalStateException(type.typeName());
            };
        }

        private static Object pick(Random random, Object... values) {
            return random.nextInt(4) > 0 ? values[0] : values[random.nextInt(values.length)];
        }

        private static Number integer(Object value) {
            return switch (value) {
                case null -> FILL;
                case Boolean b -> b ? 1 : 0;
                default -> (Number) value;
            };
        }

        private static float float32(Object value) {
            return switch (value) {
                case null -> (float) FILL;
                case Boolean b -> b ? 1f : 0f;
                default -> ((Number) value).floatValue();
            };
        }

        /** The value as the conversion table says; a null is the fill value. */
        Object expected(Object value) {
            double filled = FILL;
            return switch (dtype) {
                case BOOL -> value == null ? filled != 0 : value;
                case I8 -> integer(value).byteValue();
                case I16, U8 -> integer(value).shortValue();
                case I32, U16 -> integer(value).intValue();
                case I64, U32 -> integer(value).longValue();
                case U64 -> BigDecimal.valueOf(integer(value).longValue());
                case F16 -> Float.float16ToFloat(Float.floatToFloat16(float32(value)));
                case BF16 ->
                    (float) HostArray.of(ShapedArray.of(DType.BF16, 1), float32(value))
                            .doubleAt(0);
                case F32 -> float32(value);
                case F64 ->
                    switch (value) {
                        case null -> filled;
                        case Boolean b -> b ? 1.0 : 0.0;
                        default -> ((Number) value).doubleValue();
                    };
                case C64, C128 -> throw new IllegalArgumentException(dtype + " has no column");
            };
        }
    }

    /** How many of the values are null. */
    enum Nulls {
        NONE,
        SOME,
        ALL
    }

    @Property(tries = 600)
    void scalarColumns(
            @ForAll Conversion conversion,
            @ForAll Nulls nulls,
            @ForAll @Size(min = 1, max = 3) List<VectorKind> kinds,
            @ForAll @Size(max = 6) List<@IntRange(min = 0, max = 40) Integer> sizes,
            @ForAll @IntRange(min = 1, max = 32) int batchRows,
            @ForAll @IntRange(min = 1, max = 3) int columns,
            @ForAll Random random) {
        int rows = sizes.stream().mapToInt(n -> n).sum();
        List<List<Object>> values = new ArrayList<>();
        StructType schema = new StructType();
        for (int c = 0; c < columns; c++) {
            values.add(column(rows, nulls, random, conversion));
            schema = schema.add("c" + c, conversion.type);
        }
        repeatConstants(values, sizes, kinds);
        ShapedArray row = columns == 1 ? ShapedArray.of(conversion.dtype) : ShapedArray.of(conversion.dtype, columns);
        BatchPlan plan = plan(schema, row, columns, batchRows, nulls, conversion.dtype);

        var packed = PackTable.pack(
                plan, PackTable.batches(Collections.nCopies(columns, conversion.type), values, sizes, kinds));

        List<List<Object>> expected = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            List<Object> elements = new ArrayList<>();
            for (int c = 0; c < columns; c++) {
                elements.add(expected(conversion, values.get(c).get(r)));
            }
            expected.add(elements);
        }
        assertPacked(packed, expected, batchRows);
    }

    @Property(tries = 600)
    void arrayColumns(
            @ForAll Conversion conversion,
            @ForAll Nulls nulls,
            @ForAll boolean nullRows,
            @ForAll @Size(min = 1, max = 3) List<VectorKind> kinds,
            @ForAll @Size(max = 6) List<@IntRange(min = 0, max = 40) Integer> sizes,
            @ForAll @IntRange(min = 1, max = 32) int batchRows,
            @ForAll @IntRange(min = 1, max = 5) int k,
            @ForAll Random random) {
        int rows = sizes.stream().mapToInt(n -> n).sum();
        DataType type = new ArrayType(conversion.type, true);
        List<Object> column = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            boolean nullRow = nulls != Nulls.NONE && nullRows && random.nextInt(3) == 0;
            column.add(nullRow ? null : column(k, nulls, random, conversion));
        }
        List<List<Object>> values = new ArrayList<>(List.of(column));
        repeatConstants(values, sizes, kinds);
        BatchPlan plan = plan(
                new StructType().add("features", type),
                ShapedArray.of(conversion.dtype, k),
                1,
                batchRows,
                nulls,
                conversion.dtype);

        var packed = PackTable.pack(plan, PackTable.batches(List.of(type), values, sizes, kinds));

        List<List<Object>> expected = new ArrayList<>();
        for (Object row : values.getFirst()) {
            List<Object> elements = new ArrayList<>();
            for (int j = 0; j < k; j++) {
                elements.add(expected(conversion, row == null ? null : ((List<?>) row).get(j)));
            }
            expected.add(elements);
        }
        assertPacked(packed, expected, batchRows);
    }

    private static BatchPlan plan(
            StructType schema, ShapedArray row, int columns, int batchRows, Nulls nulls, DType dtype) {
        List<Integer> ordinals = new ArrayList<>();
        for (int c = 0; c < columns; c++) {
            ordinals.add(c);
        }
        NullPolicy policy = nulls == Nulls.NONE ? NullPolicy.ERROR : NullPolicy.fill(dtype == DType.BOOL ? 1 : FILL);
        return BatchPlan.of(schema, List.of(new InputColumns(row, ordinals)), batchRows, policy);
    }

    private static List<Object> column(int rows, Nulls nulls, Random random, Conversion conversion) {
        // Few distinct values, as a dictionary has.
        List<Object> words = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            words.add(conversion.random(random));
        }
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < rows; i++) {
            boolean isNull = nulls == Nulls.ALL || (nulls == Nulls.SOME && random.nextInt(3) == 0);
            values.add(isNull ? null : words.get(random.nextInt(words.size())));
        }
        return values;
    }

    /** A constant vector has one value for all its rows: the table is changed to say so. */
    private static void repeatConstants(List<List<Object>> columns, List<Integer> sizes, List<VectorKind> kinds) {
        int from = 0;
        for (int b = 0; b < sizes.size(); b++) {
            for (int c = 0; c < columns.size(); c++) {
                if (kinds.get((b + c) % kinds.size()) == VectorKind.CONSTANT && sizes.get(b) > 0) {
                    List<Object> run = columns.get(c).subList(from, from + sizes.get(b));
                    Collections.fill(run, run.getFirst());
                }
            }
            from += sizes.get(b);
        }
    }

    private static Object expected(Conversion conversion, Object value) {
        return conversion.expected(value);
    }

    private static void assertPacked(List<PackTable.Packed> packed, List<List<Object>> expected, int batchRows) {
        assertThat(packed).hasSize((expected.size() + batchRows - 1) / batchRows);
        List<List<Object>> real = new ArrayList<>();
        for (PackTable.Packed batch : packed) {
            real.addAll(batch.all().subList(0, batch.rows()));
        }
        assertThat(real).isEqualTo(expected);
        if (!packed.isEmpty()) {
            PackTable.Packed last = packed.getLast();
            List<Object> lastRow = last.all().get(last.rows() - 1);
            assertThat(last.all().subList(last.rows(), batchRows)).allMatch(lastRow::equals);
            assertThat(packed.subList(0, packed.size() - 1)).allMatch(batch -> batch.rows() == batchRows);
        }
    }
}
