package io.kiln.pjrt;

import java.lang.foreign.MemorySegment;

/** A device of a client: its number in the process, the kind that the plugin says it is, and its handle, which the client owns. */
public final class PjrtDevice {
    private final int id;
    private final String kind;
    private final MemorySegment address;

    PjrtDevice(int id, String kind, MemorySegment address) {
        this.id = id;
        this.kind = kind;
        this.address = address;
    }

    /** Its number, unique among the devices of all processes of a client. */
    public int id() {
        return id;
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
