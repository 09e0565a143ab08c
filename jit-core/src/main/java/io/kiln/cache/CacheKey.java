package io.kiln.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The identity of an executable: SHA-256 over named, length-prefixed entries. Equal keys mean that the executables are interchangeable,
 * so everything that changes the machine code is an entry, and no name, address or process number is.
 *
 * @param hex the SHA-256 in 64 lower-case hexadecimal digits; alone decides equality
 * @param describe one printable line an entry, in the order added: its text when short, else its length and hash
 */
public record CacheKey(String hex, List<String> describe) {
    private static final int SHOWN_CHARS = 2000;

    /** A text of this many words is a list, such as that of a processor's features. */
    private static final int LIST_WORDS = 8;

    /** A key with its description; {@link Builder} makes one from entries. */
    public CacheKey {
        if (hex.length() != 64 || !hex.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            throw new IllegalArgumentException("making a cache key: 64 lower-case hexadecimal digits are required, got "
                    + hex.length() + " characters");
        }
        describe = List.copyOf(describe);
    }

    /** The 32 bytes of the hash. */
    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    /** An empty builder. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * What differs from {@code other}, one line an entry: {@code options: 12 bytes, sha256 ..., was 14 bytes, sha256 ...}, and of long lists
     * what was added and taken away: {@code host: with avx512f, without sse4a}.
     */
    public List<String> difference(CacheKey other) {
        Map<String, String> mine = entries();
        Map<String, String> theirs = other.entries();
        Set<String> names = new LinkedHashSet<>(mine.keySet());
        names.addAll(theirs.keySet());
        return names.stream()
                .filter(name -> !Objects.equals(mine.get(name), theirs.get(name)))
                .map(name ->
                        name + ": " + change(mine.getOrDefault(name, "absent"), theirs.getOrDefault(name, "absent")))
                .toList();
    }

    private static String change(String mine, String theirs) {
        Set<String> with = words(mine);
        Set<String> without = words(theirs);
        if (with.size() < LIST_WORDS || without.size() < LIST_WORDS || with.equals(without)) {
            return mine + ", was " + theirs;
        }
        Set<String> both = new LinkedHashSet<>(with);
        both.retainAll(without);
        with.removeAll(both);
        without.removeAll(both);
        return Stream.of(listed("with", with), listed("without", without))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(", "));
    }

    private static Set<String> words(String text) {
        return new LinkedHashSet<>(List.of(text.split("[ ,:]+")));
    }

    private static String listed(String how, Set<String> words) {
        return words.isEmpty() ? "" : how + " " + String.join(" ", words);
    }

    private Map<String, String> entries() {
        Map<String, String> entries = new LinkedHashMap<>();
        for (String line : describe) {
            int colon = line.indexOf(": ");
            entries.put(colon < 0 ? line : line.substring(0, colon), colon < 0 ? "" : line.substring(colon + 2));
        }
        return entries;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CacheKey key && key.hex.equals(hex);
    }

    @Override
    public int hashCode() {
        return hex.hashCode();
    }

    /** The first 12 digits, enough to recognise a key in a log. */
    @Override
    public String toString() {
        return hex.substring(0, 12);
    }

    /** Collects the entries of one key. */
    public static final class Builder {
        private final Map<String, byte[]> entries = new LinkedHashMap<>();

        private Builder() {}

        /** Adds bytes under a name that no other entry of this key has. */
        public Builder add(String name, byte[] content) {
            if (entries.putIfAbsent(name, content.clone()) != null) {
                throw new IllegalArgumentException(
                        "making a cache key: one entry a name is required, got a second " + name);
            }
            return this;
        }

        /** Adds text, hashed as UTF-8, under a name that no other entry of this key has. */
        public Builder add(String name, String content) {
            return add(name, content.getBytes(StandardCharsets.UTF_8));
        }

        /** The key of the entries added so far; their order counts. */
        public CacheKey build() {
            MessageDigest all = sha256();
            List<String> lines = new ArrayList<>();
            entries.forEach((name, content) -> {
                byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
                // Both lengths go in first, so no two lists of entries have the same bytes.
                all.update(ByteBuffer.allocate(12)
                        .putInt(nameBytes.length)
                        .putLong(content.length)
                        .flip());
                all.update(nameBytes);
                all.update(content);
                lines.add(name + ": " + printable(content));
            });
            return new CacheKey(HexFormat.of().formatHex(all.digest()), lines);
        }

        private static String printable(byte[] content) {
            String text = new String(content, StandardCharsets.UTF_8);
            boolean shown = text.length() <= SHOWN_CHARS
                    && text.chars().noneMatch(c -> Character.isISOControl(c) || c == 0xFFFD);
            return shown
                    ? text
                    : content.length + " bytes, sha256 "
                            + HexFormat.of().formatHex(sha256().digest(content)).substring(0, 12);
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError("every JDK has SHA-256", e);
            }
        }
    }
}
