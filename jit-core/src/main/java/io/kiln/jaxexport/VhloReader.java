package io.kiln.jaxexport;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads MLIR bytecode as far as the names of its operations, the text attributes of custom calls and composites, and the parameters of
 * {@code main}. The layout is that of MLIR's writer, versions 4 to 6, which is what StableHLO's portable artifacts are written in.
 */
final class VhloReader {
    private static final int MOST_DEEP = 200;
    private static final int OLDEST = 4;
    private static final int NEWEST = 6;
    private static final int PROPERTIES_FROM = 5;

    private static final String FUNCTION = "vhlo.func_";
    private static final String CUSTOM_CALL = "custom_call";
    private static final String COMPOSITE = "vhlo.composite_";

    /** The bits of an operation's mask. */
    private static final int ATTRIBUTES = 1;

    private static final int RESULTS = 2;
    private static final int OPERANDS = 4;
    private static final int SUCCESSORS = 8;
    private static final int REGIONS = 16;
    private static final int USE_LISTS = 32;
    private static final int PROPERTIES = 64;

    private final int version;
    private final VhloSections sections;
    private final VhloAttributes attributes;
    private final List<String> operationNames;

    private final Map<String, Integer> operations = new TreeMap<>();
    private final List<String> customCalls = new ArrayList<>();
    private final List<String> composites = new ArrayList<>();
    private @Nullable List<VhloSummary.Parameter> main;

    private VhloReader(VhloSections sections) {
        this.version = sections.version();
        this.sections = sections;
        this.attributes = new VhloAttributes(sections);
        this.operationNames = operationNames();
    }

    /** What the module of an artifact holds. */
    static VhloSummary read(Malformed malformed, byte[] module) {
        VhloSections sections = VhloSections.of(malformed, module);
        if (sections.version() < OLDEST || sections.version() > NEWEST) {
            throw malformed.bad("a module in version %d of MLIR's bytecode, not %d to %d"
                    .formatted(sections.version(), OLDEST, NEWEST));
        }
        VhloReader reader = new VhloReader(sections);
        reader.block(sections.section(VhloSections.IR), 0, null);
        if (reader.main == null) {
            throw malformed.bad("a module without a function main");
        }
        return new VhloSummary(reader.main, reader.operations, reader.customCalls, reader.composites);
    }

    private List<String> operationNames() {
        Cursor in = sections.section(VhloSections.DIALECTS);
        List<String> dialects = sections.dialects(in);
        int count = in.count("operation names");
        List<String> names = new ArrayList<>();
        while (!in.isAtEnd()) {
            String dialect = dialects.get(in.below(dialects.size(), "a dialect"));
            int own = in.count("names of a dialect");
            for (int i = 0; i < own; i++) {
                int name = in.below(Integer.MAX_VALUE, "a name");
                names.add(dialect + "." + sections.text(in, version < PROPERTIES_FROM ? name : name >> 1));
            }
        }
        in.require(names.size() == count, "as many names as announced");
        return names;
    }

    private void region(Cursor in, int depth, @Nullable String function) {
        in.require(depth < MOST_DEEP, "regions within " + MOST_DEEP + " others");
        int blocks = in.count("blocks");
        if (blocks == 0) {
            return;
        }
        in.number(); // values
        for (int i = 0; i < blocks; i++) {
            block(in, depth, i == 0 ? function : null);
        }
    }

    /** A block; the first one of a function has its parameters. */
    private void block(Cursor in, int depth, @Nullable String function) {
        long head = in.number();
        if ((head & 1) != 0) {
            List<VhloSummary.Parameter> parameters = parameters(in);
            if ("main".equals(function)) {
                main = parameters;
            }
        } else if ("main".equals(function)) {
            main = List.of();
        }
        for (long i = 0; i < head >>> 1; i++) {
            operation(in, depth);
        }
    }

    private List<VhloSummary.Parameter> parameters(Cursor in) {
        int count = in.count("parameters");
        List<VhloSummary.Parameter> parameters = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int type = in.below(Integer.MAX_VALUE, "a type");
            String name = (type & 1) == 0 ? null : attributes.locationName(in, in.below(Integer.MAX_VALUE, "a place"));
            parameters.add(attributes.parameter(in, name, type >> 1));
        }
        if ((in.oneByte() & USE_LISTS) != 0) {
            useLists(in, count);
        }
        return parameters;
    }

    private void operation(Cursor in, int depth) {
        String name = operationNames.get(in.below(operationNames.size(), "an operation"));
        operations.merge(name, 1, Integer::sum);
        int mask = in.oneByte();
        in.number(); // its place in the source
        int dictionary = (mask & ATTRIBUTES) == 0 ? -1 : in.below(Integer.MAX_VALUE, "attributes");
        int properties = (mask & PROPERTIES) == 0 ? -1 : in.below(Integer.MAX_VALUE, "properties");
        String text = text(in, name, dictionary, properties);
        int results = 0;
        if ((mask & RESULTS) != 0) {
            results = in.count("results");
            skip(in, results);
        }
        if ((mask & OPERANDS) != 0) {
            skip(in, in.count("operands"));
        }
        if ((mask & SUCCESSORS) != 0) {
            skip(in, in.count("successors"));
        }
        if ((mask & USE_LISTS) != 0) {
            useLists(in, results);
        }
        if ((mask & REGIONS) != 0) {
            regions(in, depth, name.startsWith(FUNCTION) ? text : null);
        }
    }

    /** The text by which a function, a custom call or a composite is told from others; null for any other operation. */
    private @Nullable String text(Cursor in, String name, int dictionary, int properties) {
        if (name.startsWith(FUNCTION)) {
            return text(in, dictionary, properties, "sym_name", 3);
        }
        if (name.contains(CUSTOM_CALL)) {
            String target = text(in, dictionary, properties, "call_target_name", 2);
            customCalls.add(target == null ? "?" : target);
        } else if (name.startsWith(COMPOSITE)) {
            String composite = text(in, dictionary, properties, "name", 2);
            composites.add(composite == null ? "?" : composite);
        }
        return null;
    }

    /** An attribute by its name in the dictionary of attributes, or by its place among the operation's own, which go by their names. */
    private @Nullable String text(Cursor in, int dictionary, int properties, String key, int place) {
        String text = dictionary < 0 ? null : attributes.text(in, dictionary, key);
        return text != null || properties < 0 ? text : attributes.property(in, properties, place);
    }

    private void regions(Cursor in, int depth, @Nullable String function) {
        long head = in.number();
        Cursor from = (head & 1) == 0 ? in : sections.nested(in);
        for (long i = 0; i < head >>> 1; i++) {
            region(from, depth + 1, function);
        }
    }

    /** In which order a reader is to list the uses of values; one value's own number is left out. */
    private static void useLists(Cursor in, int values) {
        int lists = values == 1 ? 1 : in.count("use lists");
        for (int i = 0; i < lists; i++) {
            if (values != 1) {
                in.number();
            }
            skip(in, in.below(Integer.MAX_VALUE, "uses") >> 1);
        }
    }

    private static void skip(Cursor in, int numbers) {
        for (int i = 0; i < numbers; i++) {
            in.number();
        }
    }
}
