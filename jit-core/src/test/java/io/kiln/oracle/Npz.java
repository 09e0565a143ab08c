package io.kiln.oracle;

import static org.assertj.core.api.Assertions.assertThat;

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

/** The arrays of an .npz file: a zip of .npy entries, little-endian and in C order. */
public record Npz(Map<String, byte[]> arrays) {
    /** Reads a file. */
    public static Npz read(Path file) throws IOException {
        Map<String, byte[]> arrays = new HashMap<>();
        try (ZipFile zip = new ZipFile(file.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                byte[] npy = zip.getInputStream(entry).readAllBytes();
                assertThat(new String(npy, 1, 5, StandardCharsets.US_ASCII)).isEqualTo("NUMPY");
                int start = 10 + (npy[8] & 0xFF) + 256 * (npy[9] & 0xFF);
                arrays.put(entry.getName().replace(".npy", ""), Arrays.copyOfRange(npy, start, npy.length));
            }
        }
        return new Npz(arrays);
    }

    /** One array, read as a type of its size. */
    public HostArray array(String name, ShapedArray aval) {
        return HostArray.of(aval, MemorySegment.ofArray(arrays.get(name)));
    }
}
