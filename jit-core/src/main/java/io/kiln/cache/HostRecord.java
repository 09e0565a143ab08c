package io.kiln.cache;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What the machine code of an executable may use of its host: the processor's architecture and instruction set features. A host that lacks
 * one of an entry's features must not load it: native code does not ask before it executes an unknown instruction.
 *
 * @param arch as {@code os.arch} has it, such as {@code amd64}
 * @param features names as the operating system lists them, such as {@code avx2}, sorted
 */
public record HostRecord(String arch, List<String> features) {
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");

    /** A record; the features are sorted and each is kept once. */
    public HostRecord {
        features = List.copyOf(new TreeSet<>(features));
    }

    /** The record of this host; on a system without {@code /proc/cpuinfo} the features are the one name {@code os.name-os.version}. */
    public static HostRecord local() {
        return Local.HOST;
    }

    /** Whether a host with this record can run what was compiled for {@code needed}. */
    public boolean runs(HostRecord needed) {
        return lacks(needed).isEmpty();
    }

    /** What {@code needed} has and this host lacks: features, or the architecture alone where that differs; empty when the code runs here. */
    public List<String> lacks(HostRecord needed) {
        if (!arch.equals(needed.arch)) {
            return List.of(needed.arch);
        }
        return needed.features.stream()
                .filter(feature -> !features.contains(feature))
                .toList();
    }

    /** One canonical line: architecture, colon, features by commas. */
    public String text() {
        return arch + ":" + String.join(",", features);
    }

    /**
     * The record of a canonical line.
     *
     * @throws IllegalArgumentException when the line has no colon
     */
    public static HostRecord parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("reading a host record: arch:features is required, got no colon");
        }
        String features = text.substring(colon + 1);
        return new HostRecord(
                text.substring(0, colon), features.isEmpty() ? List.of() : Arrays.asList(features.split(",", -1)));
    }

    private static final class Local {
        static final HostRecord HOST = new HostRecord(System.getProperty("os.arch", "unknown"), read());

        private static List<String> read() {
            try {
                return List.copyOf(common(Files.readAllLines(CPUINFO, StandardCharsets.UTF_8)));
            } catch (IOException e) {
                return List.of(System.getProperty("os.name", "?") + "-" + System.getProperty("os.version", "?"));
            }
        }

        /** Features of every core: some processors have cores that differ. */
        private static SortedSet<String> common(List<String> lines) {
            SortedSet<String> common = null;
            for (String line : lines) {
                if (line.startsWith("flags") || line.startsWith("Features")) {
                    List<String> words = Arrays.asList(
                            line.substring(line.indexOf(':') + 1).trim().split("\\s+"));
                    if (common == null) {
                        common = new TreeSet<>(words);
                    } else {
                        common.retainAll(words);
                    }
                }
            }
            return common == null ? new TreeSet<>(List.of("none listed")) : common;
        }
    }
}
