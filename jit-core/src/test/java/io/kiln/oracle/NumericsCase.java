package io.kiln.oracle;

import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One oracle case of cases/numerics: what JAX got for a function, and for its vjp where there is one. */
record NumericsCase(
        String name, List<Expected> inputs, List<Expected> outputs, List<Expected> cts, List<Expected> grads) {
    /** The folder beside the repository, which need not be there. */
    static final Path FOLDER = Path.of(System.getProperty("kiln.repository", "."), "..", "shared", "cases", "numerics");

    /** An array with the tolerance that it has to be met with. */
    record Expected(
            HostArray array, double rtol, double atol, boolean signedZero, List<HostArray> alternatives, int input) {}

    @Override
    public String toString() {
        return name;
    }

    /** The entries of the manifest by name; none where the folder is not there. */
    static Map<String, Map<?, ?>> manifest() throws IOException {
        Map<String, Map<?, ?>> all = new LinkedHashMap<>();
        Path file = FOLDER.resolve("manifest.json");
        if (Files.isReadable(file)) {
            Map<?, ?> manifest = (Map<?, ?>) Json.read(Files.readString(file));
            for (Object entry : (List<?>) manifest.get("cases")) {
                Map<?, ?> map = (Map<?, ?>) entry;
                all.put((String) map.get("name"), map);
            }
        }
        return all;
    }

    static NumericsCase read(Map<?, ?> entry) throws IOException {
        String name = (String) entry.get("name");
        Npz npz = Npz.read(FOLDER.resolve(name + ".npz"));
        Map<?, ?> vjp =
                entry.get("vjp") instanceof Map<?, ?> m ? m : Map.of("cotangents", List.of(), "grads", List.of());
        return new NumericsCase(
                name,
                list(npz, entry.get("inputs")),
                list(npz, entry.get("outputs")),
                list(npz, vjp.get("cotangents")),
                list(npz, vjp.get("grads")));
    }

    private static List<Expected> list(Npz npz, Object entries) {
        List<Expected> out = new ArrayList<>();
        for (Object entry : (List<?>) entries) {
            Map<?, ?> map = (Map<?, ?>) entry;
            List<Integer> shape = ((List<?>) map.get("shape"))
                    .stream().map(d -> ((Double) d).intValue()).toList();
            ShapedArray aval =
                    new ShapedArray(DType.valueOf(((String) map.get("dtype")).toUpperCase(Locale.ROOT)), shape);
            List<HostArray> alternatives =
                    map.get("alt") instanceof String alt ? List.of(npz.array(alt, aval)) : List.of();
            int input = map.get("input") instanceof String key ? Integer.parseInt(key.substring(2)) : -1;
            out.add(new Expected(
                    npz.array((String) map.get("key"), aval),
                    map.get("rtol") instanceof Double d ? d : 0,
                    map.get("atol") instanceof Double d ? d : 0,
                    Boolean.TRUE.equals(map.get("signed_zero")),
                    alternatives,
                    input));
        }
        return out;
    }
}
