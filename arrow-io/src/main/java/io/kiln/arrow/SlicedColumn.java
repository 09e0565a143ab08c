package io.kiln.arrow;

import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.vectorized.ColumnVector;
import org.apache.spark.sql.vectorized.ColumnarArray;
import org.apache.spark.sql.vectorized.ColumnarMap;
import org.apache.spark.unsafe.types.BinaryView;
import org.apache.spark.unsafe.types.CalendarInterval;
import org.apache.spark.unsafe.types.UTF8String;

/** A view of another vector that starts at one of its rows. It does not own the vector: closing the view leaves it open. */
final class SlicedColumn extends ColumnVector {
    private final ColumnVector whole;
    private final int from;

    SlicedColumn(ColumnVector whole, int from) {
        super(whole.dataType());
        this.whole = whole;
        this.from = from;
    }

    /** The vector that is viewed. */
    ColumnVector whole() {
        return whole;
    }

    /** The row of {@link #whole()} that is row 0 here. */
    int from() {
        return from;
    }

    @Override
    public void close() {}

    @Override
    public void closeIfFreeable() {}

    @Override
    public boolean hasNull() {
        return whole.hasNull();
    }

    @Override
    public int numNulls() {
        return whole.numNulls();
    }

    @Override
    public boolean isNullAt(int row) {
        return whole.isNullAt(from + row);
    }

    @Override
    public boolean getBoolean(int row) {
        return whole.getBoolean(from + row);
    }

    @Override
    public byte getByte(int row) {
        return whole.getByte(from + row);
    }

    @Override
    public short getShort(int row) {
        return whole.getShort(from + row);
    }

    @Override
    public int getInt(int row) {
        return whole.getInt(from + row);
    }

    @Override
    public long getLong(int row) {
        return whole.getLong(from + row);
    }

    @Override
    public float getFloat(int row) {
        return whole.getFloat(from + row);
    }

    @Override
    public double getDouble(int row) {
        return whole.getDouble(from + row);
    }

    @Override
    public boolean[] getBooleans(int row, int count) {
        return whole.getBooleans(from + row, count);
    }

    @Override
    public byte[] getBytes(int row, int count) {
        return whole.getBytes(from + row, count);
    }

    @Override
    public short[] getShorts(int row, int count) {
        return whole.getShorts(from + row, count);
    }

    @Override
    public int[] getInts(int row, int count) {
        return whole.getInts(from + row, count);
    }

    @Override
    public long[] getLongs(int row, int count) {
        return whole.getLongs(from + row, count);
    }

    @Override
    public float[] getFloats(int row, int count) {
        return whole.getFloats(from + row, count);
    }

    @Override
    public double[] getDoubles(int row, int count) {
        return whole.getDoubles(from + row, count);
    }

    @Override
    public ColumnarArray getArray(int row) {
        return whole.getArray(from + row);
    }

    @Override
    public ColumnarMap getMap(int row) {
        return whole.getMap(from + row);
    }

    @Override
    public Decimal getDecimal(int row, int precision, int scale) {
        return whole.getDecimal(from + row, precision, scale);
    }

    @Override
    public UTF8String getUTF8String(int row) {
        return whole.getUTF8String(from + row);
    }

    @Override
    public byte[] getBinary(int row) {
        return whole.getBinary(from + row);
    }

    @Override
    public BinaryView getBinaryView(int row) {
        return whole.getBinaryView(from + row);
    }

    @Override
    public CalendarInterval getInterval(int row) {
        return whole.getInterval(from + row);
    }

    /** The elements of arrays and maps are addressed by offset and stay as they are; the fields of a struct are rows, and are sliced. */
    @Override
    public ColumnVector getChild(int ordinal) {
        ColumnVector child = whole.getChild(ordinal);
        return dataType() instanceof ArrayType || dataType() instanceof MapType ? child : new SlicedColumn(child, from);
    }
}
