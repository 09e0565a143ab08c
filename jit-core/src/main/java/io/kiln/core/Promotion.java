package io.kiln.core;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The dtype that holds the values of two: JAX's lattice without its weak types. No operation applies it by itself; it
 * names the conversion in messages. JAX makes a float of a u64 and a signed integer: here the user says which type.
 */
final class Promotion {
    private static final String TABLE = """
              bool i8   i16  i32  i64  u8   u16  u32  u64  bf16 f16  f32  f64  c64  c128
        bool  bool i8   i16  i32  i64  u8   u16  u32  u64  bf16 f16  f32  f64  c64  c128
        i8    i8   i8   i16  i32  i64  i16  i32  i64  -    bf16 f16  f32  f64  c64  c128
        i16   i16  i16  i16  i32  i64  i16  i32  i64  -    bf16 f16  f32  f64  c64  c128
        i32   i32  i32  i32  i32  i64  i32  i32  i64  -    bf16 f16  f32  f64  c64  c128
        i64   i64  i64  i64  i64  i64  i64  i64  i64  -    bf16 f16  f32  f64  c64  c128
        u8    u8   i16  i16  i32  i64  u8   u16  u32  u64  bf16 f16  f32  f64  c64  c128
        u16   u16  i32  i32  i32  i64  u16  u16  u32  u64  bf16 f16  f32  f64  c64  c128
        u32   u32  i64  i64  i64  i64  u32  u32  u32  u64  bf16 f16  f32  f64  c64  c128
        u64   u64  -    -    -    -    u64  u64  u64  u64  bf16 f16  f32  f64  c64  c128
        bf16  bf16 bf16 bf16 bf16 bf16 bf16 bf16 bf16 bf16 bf16 f32  f32  f64  c64  c128
        f16   f16  f16  f16  f16  f16  f16  f16  f16  f16  f32  f16  f32  f64  c64  c128
        f32   f32  f32  f32  f32  f32  f32  f32  f32  f32  f32  f32  f32  f64  c64  c128
        f64   f64  f64  f64  f64  f64  f64  f64  f64  f64  f64  f64  f64  f64  c128 c128
        c64   c64  c64  c64  c64  c64  c64  c64  c64  c64  c64  c64  c64  c128 c64  c128
        c128  c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128 c128
        """;

    private static final Map<DType, Map<DType, DType>> ROWS = read();

    private Promotion() {}

    private static Map<DType, Map<DType, DType>> read() {
        Map<DType, Map<DType, DType>> rows = new EnumMap<>(DType.class);
        String[] lines = TABLE.split("\n", -1);
        String[] columns = lines[0].strip().split(" +", -1);
        for (int i = 0; i < columns.length; i++) {
            String[] cells = lines[i + 1].strip().split(" +", -1);
            Map<DType, DType> row = new EnumMap<>(DType.class);
            for (int j = 0; j < columns.length; j++) {
                if (!cells[j + 1].equals("-")) {
                    row.put(named(columns[j]), named(cells[j + 1]));
                }
            }
            rows.put(named(cells[0]), row);
        }
        return rows;
    }

    private static DType named(String text) {
        return DType.valueOf(text.toUpperCase(Locale.ROOT));
    }

    /** The table's entry; {@code null} where no type of the table's kind holds both. */
    static @Nullable DType of(DType a, DType b) {
        return ROWS.getOrDefault(a, Map.of()).get(b);
    }
}
