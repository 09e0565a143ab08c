package io.kiln.compile;

import io.kiln.core.ConcreteArray;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;

/**
 * An immutable array in a device's memory. The memory is freed by {@link #close}, by a call that the array is donated to, or when the
 * garbage collector finds the array unreachable.
 */
public final class DeviceArray implements ConcreteArray, AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final ShapedArray aval;
    private final PjrtBuffer buffer;
    private final String program;
    private final Cleaner.Cleanable cleanable;
    private volatile String donatedTo = "";

    /** A result of the program {@code program}, which may still be running. */
    DeviceArray(ShapedArray aval, PjrtBuffer buffer, String program) {
        this.aval = aval;
        this.buffer = buffer;
        this.program = program;
        long bytes = buffer.byteSize();
        DevicePressure.PROCESS.take(bytes);
        // The action knows nothing of this array, so it does not keep it reachable.
        this.cleanable = CLEANER.register(this, () -> {
            buffer.close();
            DevicePressure.PROCESS.free(bytes);
        });
    }

    @Override
    public ShapedArray aval() {
        return aval;
    }

    /**
     * A copy in the host's memory; waits until the content is there.
     *
     * @throws IllegalStateException if this was closed
     * @throws KilnException KILN-T015 if this was donated; INTERNAL if the execution that was to write it failed
     */
    @Override
    public HostArray toHost() {
        try {
            return Transfers.toHost(aval, buffer());
        } catch (PjrtException e) {
            throw LoadedProgram.failed(program, buffer.client(), e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Blocks until the content is there.
     *
     * @throws IllegalStateException if this was closed
     * @throws KilnException KILN-T015 if this was donated; INTERNAL if the execution that was to write it failed
     */
    @Override
    public void awaitReady() {
        try {
            buffer().awaitReady();
        } catch (PjrtException e) {
            throw LoadedProgram.failed(program, buffer.client(), e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** The buffer, owned by this array. */
    public PjrtBuffer buffer() {
        if (!donatedTo.isEmpty()) {
            throw TraceErrors.user(
                    "KILN-T015",
                    "an array %s was used again after it was donated to %s, which may have reused its memory"
                            .formatted(aval, donatedTo),
                    "go on with the result of that call, or do not donate the argument");
        }
        return buffer;
    }

    /** The array's memory was given to a call of {@code program}: it has no data any more. */
    void donated(String program) {
        donatedTo = program;
        cleanable.clean();
    }

    /** Frees the memory; closing twice is allowed. */
    @Override
    public void close() {
        cleanable.clean();
    }

    /** The type, and that it is on a device; reading the data could block. */
    @Override
    public String toString() {
        return aval + " on device" + (donatedTo.isEmpty() ? "" : ", donated to " + donatedTo);
    }
}
