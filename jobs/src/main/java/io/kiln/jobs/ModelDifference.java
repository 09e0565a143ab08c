package io.kiln.jobs;

import io.kiln.core.ProgramFormat;
import io.kiln.model.Model;
import io.kiln.model.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What differs between two models, in words. */
record ModelDifference(Model first, Model second) {
    /** A line for each difference; empty for models that are the same. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        add(lines, "signature", first.signature(), second.signature());
        add(lines, "nulls", first.nulls(), second.nulls());
        add(lines, "parent", first.parent(), second.parent());
        if (!Arrays.equals(ProgramFormat.write(first.program()), ProgramFormat.write(second.program()))) {
            lines.add("the programs differ: compare kiln inspect of each");
        }
        weights(lines);
        var names = new TreeSet<String>(first.metrics().keySet());
        names.addAll(second.metrics().keySet());
        for (String name : names) {
            add(
                    lines,
                    "metric " + name,
                    first.metrics().get(name),
                    second.metrics().get(name));
        }
        return lines;
    }

    private void weights(List<String> lines) {
        Map<String, Weight> others = new LinkedHashMap<>();
        second.weights().forEach(weight -> others.put(weight.name(), weight));
        for (Weight weight : first.weights()) {
            Weight other = others.remove(weight.name());
            if (other == null) {
                lines.add("weight %s %s: only in the first"
                        .formatted(weight.name(), weight.value().aval()));
            } else if (!weight.value().aval().equals(other.value().aval())) {
                add(
                        lines,
                        "weight " + weight.name(),
                        weight.value().aval(),
                        other.value().aval());
            } else if (!weight.value().equals(other.value())) {
                lines.add(distance(weight, other));
            }
        }
        others.values()
                .forEach(weight -> lines.add("weight %s %s: only in the second"
                        .formatted(weight.name(), weight.value().aval())));
    }

    private static String distance(Weight weight, Weight other) {
        double[] a = weight.value().toDoubles();
        double[] b = other.value().toDoubles();
        double most = 0;
        int changed = 0;
        for (int i = 0; i < a.length; i++) {
            changed += Double.compare(a[i], b[i]) == 0 ? 0 : 1;
            most = Math.max(most, Math.abs(a[i] - b[i]));
        }
        return "weight %s %s: %d of %d elements differ, by at most %.6g"
                .formatted(weight.name(), weight.value().aval(), changed, a.length, most);
    }

    private static void add(List<String> lines, String what, @Nullable Object a, @Nullable Object b) {
        if (!Objects.equals(a, b)) {
            lines.add("%s: %s -> %s".formatted(what, a, b));
        }
    }
}
