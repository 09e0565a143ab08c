package io.kiln.compile;

import io.kiln.core.ConcreteArray;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import io.kiln.pjrt.PjrtBuffer;
import io.kiln.pjrt.PjrtDevice;
import io.kiln.pjrt.PjrtException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An immutable array that an execution gave, in a device's memory. The memory is freed by {@link #close}, by a call that the array is
 * donated to, or when the garbage collector finds the array unreachable. A small one of a CPU is in the Java heap if the execution had
 * ended anyway: so it costs no native memory that waits for the collector.
 */
public final class DeviceArray implements ConcreteArray, AutoCloseable {
    private static final Cleaner CLEANER = Cleaner.create();

    private final ShapedArray aval;
    private final String program;
    private final @Nullable PjrtBuffer buffer; // this or the next
    private final @Nullable HostArray inHeap;
    private final Cleaner.@Nullable Cleanable cleanable;
    private volatile boolean closed;
    private volatile String donatedTo = "";

    /** A result of the program {@code program}, which may still be running. */
    DeviceArray(ShapedArray aval, PjrtBuffer buffer, String program) {
        this.aval = aval;
        this.buffer = buffer;
        this.inHeap = null;
        this.program = program;
        long bytes = buffer.byteSize();
        DevicePressure.PROCESS.take(bytes);
        // The action knows nothing of this array, so it does not keep it reachable.
        this.cleanable = CLEANER.register(this, () -> {
            buffer.close();
            DevicePressure.PROCESS.free(bytes);
        });
    }

    /** A result of the program {@code program} that was read. */
    DeviceArray(HostArray content, String program) {
        this.aval = content.aval();
        this.buffer = null;
        this.inHeap = content;
        this.program = program;
        this.cleanable = null;
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
        PjrtBuffer from = open();
        if (from == null) {
            return Objects.requireNonNull(inHeap);
        }
        try {
            return Transfers.toHost(aval, from);
        } catch (PjrtException e) {
            throw LoadedProgram.failed(program, from.client(), e);
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
        PjrtBuffer from = open();
        if (from == null) {
            return;
        }
        try {
            from.awaitReady();
        } catch (PjrtException e) {
            throw LoadedProgram.failed(program, from.client(), e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** The buffer of an array that {@link #isOn} a device. */
    PjrtBuffer buffer() {
        return Objects.requireNonNull(open());
    }

    /** Whether its memory is the one of {@code device}. */
    boolean isOn(PjrtDevice device) {
        PjrtBuffer own = open();
        return own != null && own.device() == device;
    }

    /** The buffer, owned by this array; null if the content is in the Java heap. */
    private @Nullable PjrtBuffer open() {
        if (!donatedTo.isEmpty()) {
            throw TraceErrors.user(
                    "KILN-T015",
                    "an array %s was used again after it was donated to %s, which may have reused its memory"
                            .formatted(aval, donatedTo),
                    "go on with the result of that call, or do not donate the argument");
        }
        if (closed) {
            throw new IllegalStateException(
                    "using an array %s on device: an open one is required, got a closed one".formatted(aval));
        }
        return buffer;
    }

    /** The array's memory was given to a call of {@code program}: it has no data any more. */
    void donated(String program) {
        donatedTo = program;
        close();
    }

    /** Frees the memory; closing twice is allowed. */
    @Override
    public void close() {
        closed = true;
        if (cleanable != null) {
            cleanable.clean();
        }
    }

    /** The type, and that it is on a device; reading the data could block. */
    @Override
    public String toString() {
        return aval + " on device" + (donatedTo.isEmpty() ? "" : ", donated to " + donatedTo);
    }
}
