package io.kiln.jobs.cases.numerics;

import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The arrays of an .npz file: a zip of .npy entries, little-endian and in C order.
 *
 * @param arrays the bytes of each array by its key, without the .npy header
 */
record Npz(Map<String, byte[]> arrays) {
    private static final int VERSION_1_PREFIX = 10;

    /** Reads all arrays of a file. */
    static Npz read(Path file) throws IOException {
        Map<String, byte[]> arrays = new HashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                byte[] npy = zip.getInputStream(entry).readAllBytes();
                if (npy.length < VERSION_1_PREFIX
                        || !new String(npy, 1, 5, StandardCharsets.US_ASCII).equals("NUMPY")
                        || npy[6] != 1) {
                    throw new IOException(file + ": " + entry.getName() + " is no .npy of version 1");
                }
                int start = VERSION_1_PREFIX + (npy[8] & 0xFF) + 256 * (npy[9] & 0xFF);
                arrays.put(entry.getName().replace(".npy", ""), Arrays.copyOfRange(npy, start, npy.length));
            }
        }
        return new Npz(arrays);
    }

    /** One array as the type that the manifest gives it; bf16 is stored as its bits. */
    HostArray array(String key, ShapedArray aval) throws IOException {
        byte[] bytes = arrays.get(key);
        if (bytes == null) {
            throw new IOException("the .npz lacks the array " + key);
        }
        return HostArray.of(aval, MemorySegment.ofArray(bytes));
    }
}
