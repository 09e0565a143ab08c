package io.kiln.pjrt;

import io.kiln.pjrt.PjrtStructs.BufferDestroy;
import io.kiln.pjrt.PjrtStructs.BufferReadyEvent;
import io.kiln.pjrt.PjrtStructs.BufferToHostBuffer;
import io.kiln.pjrt.PjrtStructs.BufferUnsafePointer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/** An array in a device's memory, dense and row-major. */
public final class PjrtBuffer extends PjrtHandle {
    /** Host memory that a buffer may alias, and the event (or null pointer) after which it no longer does. */
    record Borrowed(MemorySegment memory, MemorySegment done) {}

    private final PjrtDevice device;
    private final PjrtApi api;
    private final long byteSize;
    private final @Nullable Borrowed borrowed;
    /** The content is known to be there. A donation later on does not change that: it only makes the buffer unusable. */
    private volatile boolean ready;

    PjrtBuffer(PjrtDevice device, PjrtApi api, MemorySegment address, long byteSize, @Nullable Borrowed borrowed) {
        super(address, device.client());
        this.device = device;
        this.api = api;
        this.byteSize = byteSize;
        this.borrowed = borrowed;
    }

    /** The device that it is on. */
    public PjrtDevice device() {
        return device;
    }

    /** The client whose device it is on. */
    public PjrtClient client() {
        return device.client();
    }

    /** Whether it may be the host memory that it was made of, which is the owner's again when {@link #close} has returned. */
    public boolean mayAlias() {
        return borrowed != null;
    }

    /** Its size in bytes, without padding. */
    public long byteSize() {
        return byteSize;
    }

    /**
     * Blocks until the content is there.
     *
     * @throws PjrtException the fault of the execution or transfer that was to write it
     */
    public void awaitReady() {
        MemorySegment buffer = acquire();
        try (Arena arena = Arena.ofConfined()) {
            if (ready) {
                return;
            }
            PjrtArgs args = PjrtArgs.of(arena, BufferReadyEvent.STRUCT_SIZE).set(BufferReadyEvent.BUFFER, buffer);
            api.call(PjrtFunction.BUFFER_READY_EVENT, args);
            api.await(args.pointer(BufferReadyEvent.EVENT));
            ready = true;
        } finally {
            release();
        }
    }

    /**
     * Copies the content to {@code destination}, waiting for it.
     *
     * @param destination writable memory of exactly {@link #byteSize} bytes; native memory saves a copy where the device is not a CPU
     */
    public void toHost(MemorySegment destination) {
        if (destination.isReadOnly() || destination.byteSize() != byteSize) {
            throw new IllegalArgumentException(
                    "copying a buffer to the host: writable memory of %d bytes is required, got %d bytes%s"
                            .formatted(
                                    byteSize,
                                    destination.byteSize(),
                                    destination.isReadOnly() ? " that are read-only" : ""));
        }
        if (byteSize == 0) {
            awaitReady();
            return;
        }
        MemorySegment buffer = acquire();
        try {
            if (client().isCpu()) {
                // The plugin's transfer costs two more thread switches than a plain copy from the same memory.
                MemorySegment.copy(hostView(), 0, destination, 0, byteSize);
            } else {
                transfer(buffer, destination);
            }
        } finally {
            Reference.reachabilityFence(destination);
            release();
        }
    }

    private void transfer(MemorySegment buffer, MemorySegment destination) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = destination.isNative() ? destination : arena.allocate(byteSize, 64);
            PjrtArgs args = PjrtArgs.of(arena, BufferToHostBuffer.STRUCT_SIZE)
                    .set(BufferToHostBuffer.SRC, buffer)
                    .set(BufferToHostBuffer.DST, memory)
                    .set(BufferToHostBuffer.DST_SIZE, byteSize);
            api.call(PjrtFunction.BUFFER_TO_HOST_BUFFER, args);
            api.await(args.pointer(BufferToHostBuffer.EVENT));
            if (!destination.isNative()) {
                destination.copyFrom(memory);
            }
        }
    }

    /**
     * The content as read-only host memory, waiting for it: the buffer's own memory on a CPU, which must not be read after {@link #close}
     * or after a donation; elsewhere a copy that the garbage collector frees.
     */
    @SuppressWarnings("restricted")
    public MemorySegment hostView() {
        if (!client().isCpu()) {
            MemorySegment copy =
                    Arena.ofAuto().allocate(Math.max(1, byteSize), 64).asSlice(0, byteSize);
            toHost(copy);
            return copy.asReadOnly();
        }
        MemorySegment buffer = acquire();
        try (Arena arena = Arena.ofConfined()) {
            awaitReady();
            PjrtArgs args = PjrtArgs.of(arena, BufferUnsafePointer.STRUCT_SIZE).set(BufferUnsafePointer.BUFFER, buffer);
            api.call(PjrtFunction.BUFFER_UNSAFE_POINTER, args);
            return args.pointer(BufferUnsafePointer.BUFFER_POINTER)
                    .reinterpret(byteSize)
                    .asReadOnly();
        } finally {
            release();
        }
    }

    @Override
    String what() {
        return "a PJRT buffer of %d bytes".formatted(byteSize);
    }

    @Override
    void destroy(MemorySegment object) {
        try (Arena arena = Arena.ofConfined()) {
            api.call(
                    PjrtFunction.BUFFER_DESTROY,
                    PjrtArgs.of(arena, BufferDestroy.STRUCT_SIZE).set(BufferDestroy.BUFFER, object));
        } finally {
            if (borrowed != null) {
                // An execution may still be reading; the memory is the caller's again only after this.
                api.await(borrowed.done());
                Reference.reachabilityFence(borrowed.memory());
            }
        }
    }
}
