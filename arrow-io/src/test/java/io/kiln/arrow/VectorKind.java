package io.kiln.arrow;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.spark.sql.execution.vectorized.ConstantColumnVector;
import org.apache.spark.sql.execution.vectorized.Dictionary;
import org.apache.spark.sql.execution.vectorized.OffHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.OnHeapColumnVector;
import org.apache.spark.sql.execution.vectorized.WritableColumnVector;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.ArrowUtils;
import org.apache.spark.sql.vectorized.ArrowColumnVector;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;

/**
 * The classes of column vectors that Spark hands to an operator, made from Java values: null for null, lists for arrays, byte arrays for
 * binaries, {@link Struct} for structs.
 */
enum VectorKind {
    ON_HEAP {
        @Override
        ColumnVector make(DataType type, List<?> values) {
            return fill(new OnHeapColumnVector(Math.max(1, values.size()), type), type, values);
        }
    },
    OFF_HEAP {
        @Override
        ColumnVector make(DataType type, List<?> values) {
            return fill(new OffHeapColumnVector(Math.max(1, values.size()), type), type, values);
        }
    },
    ON_HEAP_DICTIONARY {
        @Override
        ColumnVector make(DataType type, List<?> values) {
            return encode(new OnHeapColumnVector(Math.max(1, values.size()), type), type, values);
        }
    },
    OFF_HEAP_DICTIONARY {
        @Override
        ColumnVector make(DataType type, List<?> values) {
            return encode(new OffHeapColumnVector(Math.max(1, values.size()), type), type, values);
        }
    },
    CONSTANT {
        @Override
        ColumnVector make(DataType type, List<?> values) {
            ConstantColumnVector vector = new ConstantColumnVector(values.size(), type);
            set(vector, type, values.isEmpty() ? null : values.getFirst());
            return vector;
        }

        private void set(ConstantColumnVector vector, DataType type, Object value) {
            switch (value) {
                case null -> vector.setNull();
                case Boolean v -> vector.setBoolean(v);
                case Byte v -> vector.setByte(v);
                case Short v -> vector.setShort(v);
                case Integer v -> vector.setInt(v);
                case Long v -> vector.setLong(v);
                case Float v -> vector.setFloat(v);
                case Double v -> vector.setDouble(v);
                case BigDecimal v -> vector.setDecimal(Decimal.apply(v), ((DecimalType) type).precision());
                case List<?> v ->
                    vector.setArray(new ColumnarArray(ON_HEAP.make(((ArrayType) type).elementType(), v), 0, v.size()));
                case byte[] v -> vector.setBinary(v);
                case Struct v -> {
                    vector.setNotNull();
                    for (int i = 0; i < v.fields().size(); i++) {
                        DataType field = ((StructType) type).fields()[i].dataType();
                        set(
                                (ConstantColumnVector) vector.getChild(i),
                                field,
                                v.fields().get(i));
                    }
                }
                default -> throw new IllegalArgumentException("no constant of " + type);
            }
        }
    },
    ARROW {
        @Override
        ColumnVector make(DataType type, List<?> values) {
            FieldVector vector = ArrowUtils.toArrowField("value", type, true, "UTC", false, Metadata.empty())
                    .createVector(ALLOCATOR);
            vector.allocateNew();
            for (int i = 0; i < values.size(); i++) {
                setArrow(vector, i, values.get(i));
            }
            vector.setValueCount(values.size());
            return new ArrowColumnVector(vector);
        }
    },
    /** A part of a longer vector, as this module's own operators emit. */
    SLICED {
        @Override
        ColumnVector make(DataType type, List<?> values) {
            List<Object> longer = new ArrayList<>();
            Object first = values.isEmpty() ? null : values.getFirst();
            longer.add(first);
            longer.add(null);
            longer.addAll(values);
            return new SlicedColumn(ON_HEAP.make(type, longer), 2);
        }
    };

    /** The values of a struct's fields. */
    record Struct(List<?> fields) {}

    private static final BufferAllocator ALLOCATOR = new RootAllocator();

    /** A vector of this class that holds {@code values}; a constant holds the first of them in every row. */
    abstract ColumnVector make(DataType type, List<?> values);

    private static ColumnVector fill(WritableColumnVector vector, DataType type, List<?> values) {
        for (Object value : values) {
            append(vector, type, value);
        }
        return vector;
    }

    private static void append(WritableColumnVector vector, DataType type, Object value) {
        switch (value) {
            case null -> {
                if (type instanceof StructType) {
                    vector.appendStruct(true);
                } else {
                    vector.appendNull();
                }
            }
            case byte[] v -> vector.appendByteArray(v, 0, v.length);
            case Struct v -> {
                vector.appendStruct(false);
                for (int i = 0; i < v.fields().size(); i++) {
                    DataType field = ((StructType) type).fields()[i].dataType();
                    append(vector.getChild(i), field, v.fields().get(i));
                }
            }
            case Boolean v -> vector.appendBoolean(v);
            case Byte v -> vector.appendByte(v);
            case Short v -> vector.appendShort(v);
            case Integer v -> vector.appendInt(v);
            case Long v -> vector.appendLong(v);
            case Float v -> vector.appendFloat(v);
            case Double v -> vector.appendDouble(v);
            case BigDecimal v -> {
                DecimalType decimal = (DecimalType) type;
                vector.putDecimal(vector.appendNotNull(), Decimal.apply(v), decimal.precision());
            }
            case List<?> v -> {
                vector.appendArray(v.size());
                DataType element = ((ArrayType) type).elementType();
                v.forEach(e -> append(vector.arrayData(), element, e));
            }
            default -> throw new IllegalArgumentException("no value of " + type);
        }
    }

    /** What Parquet's reader leaves behind for a column of few values: ids, and a dictionary to look them up in. */
    private static ColumnVector encode(WritableColumnVector vector, DataType type, List<?> values) {
        if (type instanceof ArrayType
                || type instanceof StructType
                || values.stream().anyMatch(Boolean.class::isInstance)
                || DecimalType.isByteArrayDecimalType(type)) {
            return fill(vector, type, values);
        }
        List<?> words = values.stream().filter(Objects::nonNull).distinct().toList();
        WritableColumnVector ids = vector.reserveDictionaryIds(Math.max(1, values.size()));
        for (int i = 0; i < values.size(); i++) {
            if (values.get(i) == null) {
                vector.putNull(i);
            } else {
                ids.putInt(i, words.indexOf(values.get(i)));
            }
        }
        vector.setDictionary(new Words(words));
        return vector;
    }

    private record Words(List<?> words) implements Dictionary {
        @Override
        public int decodeToInt(int id) {
            return words.get(id) instanceof BigDecimal d
                    ? d.unscaledValue().intValueExact()
                    : ((Number) words.get(id)).intValue();
        }

        @Override
        public long decodeToLong(int id) {
            return words.get(id) instanceof BigDecimal d
                    ? d.unscaledValue().longValueExact()
                    : ((Number) words.get(id)).longValue();
        }

        @Override
        public float decodeToFloat(int id) {
            return ((Number) words.get(id)).floatValue();
        }

        @Override
        public double decodeToDouble(int id) {
            return ((Number) words.get(id)).doubleValue();
        }

        @Override
        public byte[] decodeToBinary(int id) {
            return (byte[]) words.get(id);
        }
    }

    private static void setArrow(FieldVector vector, int i, Object value) {
        if (value == null) {
            vector.setNull(i);
            return;
        }
        switch (vector) {
            case BitVector v -> v.setSafe(i, (Boolean) value ? 1 : 0);
            case DateDayVector v -> v.setSafe(i, (Integer) value);
            case TimeStampVector v -> v.setSafe(i, (Long) value);
            case VarBinaryVector v -> v.setSafe(i, (byte[]) value);
            case StructVector v -> {
                v.setIndexDefined(i);
                List<?> fields = ((Struct) value).fields();
                for (int k = 0; k < fields.size(); k++) {
                    setArrow((FieldVector) v.getChildByOrdinal(k), i, fields.get(k));
                }
            }
            case TinyIntVector v -> v.setSafe(i, (Byte) value);
            case SmallIntVector v -> v.setSafe(i, (Short) value);
            case IntVector v -> v.setSafe(i, (Integer) value);
            case BigIntVector v -> v.setSafe(i, (Long) value);
            case Float4Vector v -> v.setSafe(i, (Float) value);
            case Float8Vector v -> v.setSafe(i, (Double) value);
            case DecimalVector v -> v.setSafe(i, (BigDecimal) value);
            case ListVector v -> {
                List<?> elements = (List<?>) value;
                int offset = v.startNewValue(i);
                for (int j = 0; j < elements.size(); j++) {
                    setArrow(v.getDataVector(), offset + j, elements.get(j));
                }
                v.endValue(i, elements.size());
            }
            default -> throw new IllegalArgumentException("no vector of " + vector.getClass());
        }
    }
}
