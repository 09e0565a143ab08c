package io.kiln.pjrt;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.nio.charset.StandardCharsets;

/** One argument struct: zeroed native memory with {@code struct_size} set, fields by the offsets of {@link PjrtStructs}. */
record PjrtArgs(MemorySegment memory) {
    /**
     * What is given to a plugin at least. A struct may be larger than the plugin's but not smaller (0.81 refuses that), so that newer
     * plugins with longer structs find zeros where the header of Kiln has no field yet.
     */
    private static final int LEAST_BYTES = 256;

    /** A zeroed struct of {@code size} bytes or more. */
    static PjrtArgs of(SegmentAllocator arena, int size) {
        long bytes = Math.max(LEAST_BYTES, size);
        MemorySegment memory = arena.allocate(bytes, 8).fill((byte) 0);
        memory.set(JAVA_LONG, 0, bytes);
        return new PjrtArgs(memory);
    }

    PjrtArgs set(int offset, MemorySegment pointer) {
        memory.set(ADDRESS, offset, pointer);
        return this;
    }

    PjrtArgs set(int offset, long value) {
        memory.set(JAVA_LONG, offset, value);
        return this;
    }

    PjrtArgs setInt(int offset, int value) {
        memory.set(JAVA_INT, offset, value);
        return this;
    }

    /** Sets a pointer and a length to a copy of {@code bytes}. */
    PjrtArgs setBytes(Arena arena, int pointerOffset, int sizeOffset, byte[] bytes) {
        // One byte more, so that no bytes have an address too.
        MemorySegment copy = arena.allocate(bytes.length + 1L, 8);
        MemorySegment.copy(bytes, 0, copy, JAVA_BYTE, 0, bytes.length);
        return set(pointerOffset, copy).set(sizeOffset, bytes.length);
    }

    MemorySegment pointer(int offset) {
        return memory.get(ADDRESS, offset);
    }

    long longAt(int offset) {
        return memory.get(JAVA_LONG, offset);
    }

    int intAt(int offset) {
        return memory.get(JAVA_INT, offset);
    }

    boolean booleanAt(int offset) {
        return memory.get(JAVA_BYTE, offset) != 0;
    }

    /** The bytes at a pointer field whose length is another field. */
    byte[] bytesAt(int pointerOffset, int sizeOffset) {
        return array(pointerOffset, longAt(sizeOffset)).toArray(JAVA_BYTE);
    }

    /** The UTF-8 text at a pointer field whose length is another field. */
    String textAt(int pointerOffset, int sizeOffset) {
        return new String(bytesAt(pointerOffset, sizeOffset), StandardCharsets.UTF_8);
    }

    /** The memory at a pointer field, {@code bytes} long as the plugin said. */
    @SuppressWarnings("restricted")
    MemorySegment array(int pointerOffset, long bytes) {
        return bytes == 0 ? MemorySegment.NULL : pointer(pointerOffset).reinterpret(bytes);
    }
}
