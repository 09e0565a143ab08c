package io.kiln.jaxexport;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The attributes and types of MLIR bytecode, read where they are asked for: texts, names of places in the source, and tensors. */
final class VhloAttributes {
    private static final int MOST_DEEP = 50;

    /** Codes of the dialect {@code builtin}. */
    private static final int DICTIONARY = 1;

    private static final int STRING = 2;
    private static final int NAMED_PLACE = 14;

    /** Codes of the dialect {@code vhlo}. */
    private static final int VHLO_STRING = 14;

    private static final int VHLO_COMPLEX = 1;
    private static final int VHLO_TENSOR = 20;
    private static final Map<Integer, String> DTYPES = Map.ofEntries(
            Map.entry(0, "bool"),
            Map.entry(2, "bf16"),
            Map.entry(3, "f16"),
            Map.entry(4, "f32"),
            Map.entry(5, "f64"),
            Map.entry(11, "i8"),
            Map.entry(12, "i16"),
            Map.entry(13, "i32"),
            Map.entry(14, "i64"),
            Map.entry(16, "u8"),
            Map.entry(17, "u16"),
            Map.entry(18, "u32"),
            Map.entry(19, "u64"));

    private final VhloSections sections;
    private final List<Entry> attributes = new ArrayList<>();
    private final List<Entry> types = new ArrayList<>();
    /** The attributes of operations that have a form of their own: numbers of attributes, one after the other. */
    private final List<Cursor> properties;

    /** One attribute or type: where it lies, relative to the section, and whether its dialect wrote it in a form of its own. */
    private record Entry(String dialect, int from, int length, boolean coded) {}

    VhloAttributes(VhloSections sections) {
        this.sections = sections;
        List<String> dialects = sections.dialects(sections.section(VhloSections.DIALECTS));
        Cursor in = sections.section(VhloSections.OFFSETS);
        int attributeCount = in.count("attributes");
        int typeCount = in.count("types");
        int at = entries(in, dialects, attributeCount, 0, attributes);
        entries(in, dialects, typeCount, at, types);
        in.require(in.isAtEnd(), "no more than attributes and types");
        this.properties = sections.has(VhloSections.PROPERTIES)
                ? properties(sections.section(VhloSections.PROPERTIES))
                : List.of();
    }

    private static int entries(Cursor in, List<String> dialects, int count, int from, List<Entry> out) {
        int at = from;
        while (out.size() < count) {
            String dialect = dialects.get(in.below(dialects.size(), "a dialect"));
            int own = in.count("attributes of a dialect");
            in.require(own > 0 && own <= count - out.size(), "as many attributes as announced");
            for (int i = 0; i < own; i++) {
                int head = in.below(Integer.MAX_VALUE, "an attribute's length");
                out.add(new Entry(dialect, at, head >> 1, (head & 1) != 0));
                at = Math.addExact(at, head >> 1);
            }
        }
        return at;
    }

    /** A text in a dictionary; null where there is no text of that name. */
    @Nullable
    String text(Cursor asked, int dictionary, String key) {
        Cursor in = coded(asked, entry(asked, attributes, dictionary));
        if (in == null || in.number() != DICTIONARY) {
            throw asked.malformed("a dictionary of attributes");
        }
        int count = in.count("entries of a dictionary");
        String found = null;
        for (int i = 0; i < count; i++) {
            String name = string(in, in.below(Integer.MAX_VALUE, "a name"));
            String value = string(in, in.below(Integer.MAX_VALUE, "a value"));
            found = key.equals(name) ? value : found;
        }
        return found;
    }

    /** The text at a place among an operation's own attributes; null where there is no text. */
    @Nullable
    String property(Cursor asked, int number, int place) {
        asked.require(number < properties.size(), "the number of properties");
        Cursor in = properties.get(number).copy();
        for (int i = 0; i < place && !in.isAtEnd(); i++) {
            in.number();
        }
        return in.isAtEnd() ? null : string(in, in.below(Integer.MAX_VALUE, "an attribute"));
    }

    private static List<Cursor> properties(Cursor in) {
        int count = in.count("properties");
        List<Cursor> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(in.part(in.number()));
        }
        return all;
    }

    /** The text of an attribute that is one, else null. */
    private @Nullable String string(Cursor asked, int number) {
        Entry entry = entry(asked, attributes, number);
        Cursor in = coded(asked, entry);
        if (in == null) {
            return null;
        }
        boolean text = in.number() == (entry.dialect().equals("vhlo") ? VHLO_STRING : STRING);
        return text ? sections.text(in, in.below(Integer.MAX_VALUE, "a string")) : null;
    }

    /** The name of a place in the source, else null. */
    @Nullable
    String locationName(Cursor asked, int number) {
        Entry entry = entry(asked, attributes, number);
        Cursor in = coded(asked, entry);
        if (in == null || !entry.dialect().equals("builtin") || in.number() != NAMED_PLACE) {
            return null;
        }
        return string(in, in.below(Integer.MAX_VALUE, "a name"));
    }

    /** A parameter of a type. */
    VhloSummary.Parameter parameter(Cursor asked, @Nullable String name, int type) {
        Cursor in = vhloType(asked, type);
        if (in == null || in.number() != VHLO_TENSOR) {
            return new VhloSummary.Parameter(name, "?", List.of());
        }
        int rank = in.count("dimensions");
        List<Long> shape = new ArrayList<>();
        for (int i = 0; i < rank; i++) {
            long zigzag = in.number();
            long dim = (zigzag >>> 1) ^ -(zigzag & 1);
            shape.add(Math.max(dim, -1));
        }
        return new VhloSummary.Parameter(name, dtype(in, in.below(Integer.MAX_VALUE, "a type"), 0), shape);
    }

    private String dtype(Cursor asked, int type, int depth) {
        asked.require(depth < MOST_DEEP, "a type of an end");
        Cursor in = vhloType(asked, type);
        if (in == null) {
            return "?";
        }
        int code = in.below(Integer.MAX_VALUE, "a type");
        if (code == VHLO_COMPLEX) {
            return switch (dtype(in, in.below(Integer.MAX_VALUE, "a type"), depth + 1)) {
                case "f32" -> "c64";
                case "f64" -> "c128";
                default -> "?";
            };
        }
        return DTYPES.getOrDefault(code, "?");
    }

    private @Nullable Cursor vhloType(Cursor asked, int type) {
        Entry entry = entry(asked, types, type);
        return entry.dialect().equals("vhlo") ? coded(asked, entry) : null;
    }

    private static Entry entry(Cursor asked, List<Entry> entries, int number) {
        asked.require(number < entries.size(), "the number of an attribute or type");
        return entries.get(number);
    }

    private @Nullable Cursor coded(Cursor asked, Entry entry) {
        if (!entry.coded()) {
            return null;
        }
        Cursor section = sections.section(VhloSections.ATTRIBUTES);
        asked.require((long) entry.from() + entry.length() <= section.left(), "attributes within their section");
        section.part(entry.from());
        return section.part(entry.length());
    }
}
