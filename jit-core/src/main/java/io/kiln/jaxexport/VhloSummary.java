package io.kiln.jaxexport;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What Kiln has to know of a module that it does not compile itself.
 *
 * @param parameters of its function {@code main}
 * @param operations how often each operation is in the module, by its name with its version: {@code vhlo.add_v1}
 * @param customCalls the targets of its custom calls
 * @param composites the names of its composites, such as {@code chlo.erf}
 */
record VhloSummary(
        List<Parameter> parameters,
        Map<String, Integer> operations,
        List<String> customCalls,
        List<String> composites) {
    /** Copies the collections. */
    VhloSummary {
        parameters = List.copyOf(parameters);
        operations = Map.copyOf(operations);
        customCalls = List.copyOf(customCalls);
        composites = List.copyOf(composites);
    }

    /**
     * One parameter.
     *
     * @param name what the source of the function calls it; null when the module does not say
     * @param dtype as {@link ExportedArray#dtype}; {@code ?} for one that is no number of fixed width
     * @param shape its dimensions; -1 for one that is not fixed
     */
    record Parameter(@Nullable String name, String dtype, List<Long> shape) {
        Parameter {
            shape = List.copyOf(shape);
        }
    }
}
