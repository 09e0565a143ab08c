package io.kiln.worker;

import io.kiln.compile.Transfers;
import io.kiln.core.HostArray;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtDevice;
import java.util.ArrayList;
import java.util.List;

/** Arrays on a device: a program's weights. On a CPU the device reads the host's arrays, which are held for as long. */
final class Weights implements AutoCloseable {
    private final List<HostArray> arrays;
    private final List<PjrtBuffer> buffers = new ArrayList<>();

    private Weights(List<HostArray> arrays) {
        this.arrays = List.copyOf(arrays);
    }

    /** Uploads {@code arrays}. */
    static Weights upload(PjrtDevice device, List<HostArray> arrays) {
        Weights weights = new Weights(arrays);
        try {
            for (HostArray array : weights.arrays) {
                weights.buffers.add(Transfers.upload(device, array.aval(), array.data(), true));
            }
            return weights;
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    /** The buffers, in order. */
    List<PjrtBuffer> buffers() {
        return buffers;
    }

    /** Bytes of all arrays. */
    long bytes() {
        return arrays.stream().mapToLong(array -> array.aval().byteSize()).sum();
    }

    @Override
    public void close() {
        buffers.forEach(PjrtBuffer::close);
    }
}
