package io.kiln.compile;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtClient;
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

    /** A buffer with the array's content; on a CPU it is the array's own memory, which the buffer keeps reachable. */
    public static PjrtBuffer toDevice(PjrtClient client, HostArray array) {
        return toDevice(client, array.aval(), array.data());
    }

    /** A buffer over {@code data}, which must stay as it is until the buffer is closed: a device that reads the host's memory aliases it. */
    public static PjrtBuffer toDevice(PjrtClient client, ShapedArray aval, MemorySegment data) {
        long[] dims = aval.shape().stream().mapToLong(Integer::longValue).toArray();
        return client.bufferFromHost(data, pjrtType(aval.dtype()).code(), dims, true);
    }

    /** A copy of the buffer's content; waits until it is there. */
    public static HostArray toHost(ShapedArray aval, PjrtBuffer buffer) {
        MemorySegment data = Arena.ofAuto()
                .allocate(Math.max(1, aval.byteSize()), HostArray.ALIGNMENT)
                .asSlice(0, aval.byteSize());
        buffer.toHost(data);
        return HostArray.wrap(aval, data);
    }
}
