package io.kiln.jobs.cases.numerics;

import com.fasterxml.jackson.databind.JsonNode;
import io.kiln.core.DType;
import io.kiln.core.HostArray;
import io.kiln.core.ShapedArray;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An array of a case and how near to it a result has to be; inputs and cotangents have no tolerance.
 *
 * @param key its name in the .npz
 * @param at for a cotangent the index of its output, for a gradient the index of its input, else -1
 * @param array JAX's values
 * @param rtol the relative tolerance
 * @param atol the absolute tolerance; both 0: equal as values
 * @param signedZero whether -0.0 and 0.0 differ
 * @param alternative values that are right as well, element by element, or null
 */
public record Expected(
        String key,
        int at,
        HostArray array,
        double rtol,
        double atol,
        boolean signedZero,
        @Nullable HostArray alternative) {
    static List<Expected> list(JsonNode nodes, Npz npz) throws IOException {
        List<Expected> out = new ArrayList<>();
        for (JsonNode node : nodes) {
            List<Integer> shape = new ArrayList<>();
            node.path("shape").forEach(d -> shape.add(d.asInt()));
            ShapedArray aval =
                    new ShapedArray(DType.valueOf(node.path("dtype").asText().toUpperCase(Locale.ROOT)), shape);
            String key = node.path("key").asText();
            String other = node.path("input").asText(node.path("output").asText());
            out.add(new Expected(
                    key,
                    other.isEmpty() ? -1 : Integer.parseInt(other.replaceAll("\\D", "")),
                    npz.array(key, aval),
                    node.path("rtol").asDouble(),
                    node.path("atol").asDouble(),
                    node.path("signed_zero").asBoolean(),
                    node.hasNonNull("alt") ? npz.array(node.path("alt").asText(), aval) : null));
        }
        return out;
    }
}
