package io.kiln.pjrt;

import java.lang.foreign.MemorySegment;

/** A device of a client: its numbers, the kind that the plugin says it is, and its handle, which the client owns. */
public final class PjrtDevice {
    private final PjrtClient client;
    private final int id;
    private final int hardwareId;
    private final String kind;
    private final MemorySegment address;

    PjrtDevice(PjrtClient client, int id, int hardwareId, String kind, MemorySegment address) {
        this.client = client;
        this.id = id;
        this.hardwareId = hardwareId;
        this.kind = kind;
        this.address = address;
    }

    /** The client that it belongs to. */
    public PjrtClient client() {
        return client;
    }

    /** Its number, unique among the devices of all processes of a client. */
    public int id() {
        return id;
    }

    /** Its number on the machine, such as CUDA's; its number in the client where the plugin does not say. */
    public int hardwareId() {
        return hardwareId;
    }

    /** Its kind, such as {@code cpu} or a GPU's product name; equal kinds run the same executables. */
    public String kind() {
        return kind;
    }

    MemorySegment address() {
        return address;
    }

    @Override
    public String toString() {
        return "device " + id + " (" + kind + ")";
    }
}
