package io.kiln.compile;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtDevice;
import io.kiln.pjrt.PjrtType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Arrays between the host's memory and a device's. */
public final class Transfers {
    private Transfers() {}

    /** A device's element type for a dtype. */
    public static PjrtType pjrtType(DType dtype) {
        return switch (dtype) {
            case BOOL -> PjrtType.PRED;
            case I8 -> PjrtType.S8;
            case I16 -> PjrtType.S16;
            case I32 -> PjrtType.S32;
            case I64 -> PjrtType.S64;
            case U8 -> PjrtType.U8;
            case U16 -> PjrtType.U16;
            case U32 -> PjrtType.U32;
            case U64 -> PjrtType.U64;
            case BF16 -> PjrtType.BF16;
            case F16 -> PjrtType.F16;
            case F32 -> PjrtType.F32;
            case F64 -> PjrtType.F64;
            case C64 -> PjrtType.C64;
            case C128 -> PjrtType.C128;
        };
    }

    /**
     * A buffer with the array's content, which a device that reads the host's memory reads from there: from the array itself, which the
     * buffer keeps reachable, or from a copy in {@code arena} of what is in the Java heap. It is closed before {@code arena} is.
     */
    static PjrtBuffer lend(PjrtDevice device, HostArray array, Arena arena) {
        MemorySegment data = array.data();
        if (!data.isNative()) {
            // One byte more, so that no bytes have an address too.
            MemorySegment copy =
                    arena.allocate(data.byteSize() + 1, HostArray.ALIGNMENT).asSlice(0, data.byteSize());
            data = copy.copyFrom(data);
        }
        return upload(device, array.aval(), data, true);
    }

    /** A buffer with the array's content: of a small one a copy, of a large one the array's memory if the device reads the host's. */
    static PjrtBuffer toDevice(PjrtDevice device, HostArray array) {
        return upload(device, array.aval(), array.data(), true);
    }

    /** A buffer with a copy of the array's content. */
    static PjrtBuffer copy(PjrtDevice device, HostArray array) {
        return upload(device, array.aval(), array.data(), false);
    }

    /**
     * A buffer with the content of {@code data}.
     *
     * @param lent whether the device may read {@code data} itself, which then must stay as it is until the buffer is closed; memory of the
     *     Java heap is copied all the same
     */
    public static PjrtBuffer upload(PjrtDevice device, ShapedArray aval, MemorySegment data, boolean lent) {
        long[] dims = aval.shape().stream().mapToLong(Integer::longValue).toArray();
        return device.client()
                .bufferFromHost(device, data, pjrtType(aval.dtype()).code(), dims, lent);
    }

    /**
     * A buffer of {@code aval} with the content of {@code data}, which has the first axis innermost: one array of rows for each element of
     * a row. The plugin puts the rows in order.
     *
     * @param data must stay as it is until the buffer is closed
     */
    public static PjrtBuffer uploadColumns(PjrtDevice device, ShapedArray aval, MemorySegment data) {
        int rank = aval.rank();
        long[] dims = aval.shape().stream().mapToLong(Integer::longValue).toArray();
        long[] strides = new long[rank];
        strides[0] = aval.dtype().byteSize();
        long next = strides[0] * dims[0];
        for (int axis = rank - 1; axis > 0; axis--) {
            strides[axis] = next;
            next *= dims[axis];
        }
        return device.client()
                .bufferFromHost(device, data, pjrtType(aval.dtype()).code(), dims, strides, true);
    }

    /** A copy of the buffer's content; waits until it is there. */
    public static HostArray toHost(ShapedArray aval, PjrtBuffer buffer) {
        return HostArray.written(aval, buffer::toHost);
    }
}
