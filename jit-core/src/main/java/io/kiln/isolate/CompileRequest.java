package io.kiln.isolate;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * One program for a child to compile.
 *
 * @param number counts requests to one child; the answer repeats it
 * @param breadcrumb the file that names the program; the child deletes it when it ends because its parent did, not because of the program
 * @param crumb what the child writes into that file before native code sees the program
 * @param module StableHLO text or MLIR bytecode
 * @param options a serialized {@code CompileOptionsProto}
 */
@SuppressWarnings("ArrayRecordComponent") // written or read once, compared by nobody
record CompileRequest(long number, String breadcrumb, String crumb, byte[] module, byte[] options) {
    /** Room for everything but the module. */
    static final int OVERHEAD = 1 << 20;

    byte[] bytes() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeLong(number);
            byte[] file = breadcrumb.getBytes(StandardCharsets.UTF_8);
            for (byte[] part : new byte[][] {file, crumb.getBytes(StandardCharsets.UTF_8), module, options}) {
                out.writeInt(part.length);
                out.write(part);
            }
        }
        return bytes.toByteArray();
    }

    static CompileRequest read(byte[] bytes) throws IOException {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            return new CompileRequest(
                    in.readLong(),
                    new String(Frame.part(in), StandardCharsets.UTF_8),
                    new String(Frame.part(in), StandardCharsets.UTF_8),
                    Frame.part(in),
                    Frame.part(in));
        }
    }
}
