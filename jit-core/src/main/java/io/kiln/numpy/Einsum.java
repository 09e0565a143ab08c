package io.kiln.numpy;

import io.kiln.core.DotGeneral;
import io.kiln.core.Lax;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.core.TraceErrors;
import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Sums of products in Einstein's notation. An axis' label is its letter; the axes of an ellipsis are labelled -1, -2, ...
 * from the last one on, so that operands with fewer of them align at the end as in broadcasting.
 */
final class Einsum {
    private final String subscripts;
    private final List<ShapedArray> avals;
    private final Map<Integer, Integer> sizes = new HashMap<>();
    private int ellipsis;

    private Einsum(String subscripts, List<ShapedArray> avals) {
        this.subscripts = subscripts;
        this.avals = avals;
    }

    /** An intermediate result and the label of each of its axes. */
    private record Term(Tensor value, List<Integer> labels) {
        boolean has(int label) {
            return labels.contains(label);
        }
    }

    static Tensor of(String subscripts, List<Tensor> operands) {
        return new Einsum(subscripts, operands.stream().map(Tensor::aval).toList()).evaluate(operands);
    }

    private Tensor evaluate(List<Tensor> operands) {
        String text = subscripts.replace(" ", "");
        int arrow = text.indexOf("->");
        String[] inputs = (arrow < 0 ? text : text.substring(0, arrow)).split(",", -1);
        if (inputs.length != operands.size()) {
            throw error("it must have one term for each operand, has " + inputs.length);
        }
        List<Term> terms = new ArrayList<>();
        for (int k = 0; k < inputs.length; k++) {
            terms.add(
                    new Term(operands.get(k), labels(inputs[k], operands.get(k).shape())));
        }
        List<Integer> output = arrow < 0 ? implicit(inputs) : explicit(text.substring(arrow + 2));
        terms.replaceAll(this::distinct);
        for (int k = 0; k < terms.size(); k++) {
            terms.set(k, summed(terms.get(k), needed(terms, Set.of(k), output)));
        }
        while (terms.size() > 1) {
            contractCheapest(terms, output);
        }
        Term last = terms.getFirst();
        return Lax.transpose(
                last.value(), output.stream().map(last.labels()::indexOf).toList());
    }

    /** The labels of one operand's axes; notes their sizes. */
    private List<Integer> labels(String term, List<Integer> shape) {
        int dots = term.indexOf("...");
        String letters = dots < 0 ? term : term.substring(0, dots) + term.substring(dots + 3);
        if (!letters.chars().allMatch(Einsum::isLetter)) {
            throw error("a term must have letters and at most one ellipsis, not \"%s\"".formatted(term));
        }
        int wide = shape.size() - letters.length();
        if (dots < 0 ? wide != 0 : wide < 0) {
            throw error("the term \"%s\" must have one letter for each axis of its operand".formatted(term));
        }
        ellipsis = Math.max(ellipsis, wide);
        List<Integer> labels = new ArrayList<>();
        letters.chars().forEach(labels::add);
        for (int i = 0; i < wide; i++) {
            labels.add(dots + i, i - wide);
        }
        for (int i = 0; i < labels.size(); i++) {
            int size = shape.get(i);
            int known = sizes.merge(labels.get(i), size, (a, b) -> a == 1 ? b : a);
            if (size != 1 && size != known) {
                String label = labels.get(i) < 0 ? "..." : Character.toString(labels.get(i));
                throw error("\"%s\" must have one size, has %d and %d".formatted(label, known, size));
            }
        }
        return labels;
    }

    private static boolean isLetter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    }

    private List<Integer> ellipsisLabels() {
        List<Integer> labels = new ArrayList<>();
        for (int i = -ellipsis; i < 0; i++) {
            labels.add(i);
        }
        return labels;
    }

    /** Without an arrow: the ellipsis, then the letters that appear once, in their order in ASCII. */
    private List<Integer> implicit(String[] inputs) {
        Map<Integer, Integer> counts = new TreeMap<>();
        for (String input : inputs) {
            input.replace(".", "").chars().forEach(c -> counts.merge(c, 1, Integer::sum));
        }
        List<Integer> labels = ellipsisLabels();
        counts.forEach((label, count) -> {
            if (count == 1) {
                labels.add(label);
            }
        });
        return labels;
    }

    private List<Integer> explicit(String term) {
        int dots = term.indexOf("...");
        String letters = dots < 0 ? term : term.substring(0, dots) + term.substring(dots + 3);
        if (dots < 0 && ellipsis > 0) {
            throw error("the result must have an ellipsis, since an operand has one");
        }
        List<Integer> labels = new ArrayList<>();
        letters.chars().forEach(labels::add);
        for (int label : labels) {
            if (!sizes.containsKey(label)) {
                throw error("the result's \"%s\" must be an axis of an operand".formatted(Character.toString(label)));
            }
        }
        if (new HashSet<>(labels).size() < labels.size()) {
            throw error("a letter must appear once in the result");
        }
        labels.addAll(Math.max(dots, 0), ellipsisLabels());
        return labels;
    }

    /** The term without axes of size 1 that others have longer, and with one axis a label: the diagonal of equal ones. */
    private Term distinct(Term term) {
        Tensor value = term.value();
        List<Integer> labels = new ArrayList<>(term.labels());
        for (int i = labels.size() - 1; i >= 0; i--) {
            if (value.dim(i) == 1 && sizes.getOrDefault(labels.get(i), 1) != 1) {
                value = value.squeeze(i);
                labels.remove(/* index */ i);
            }
        }
        for (int i = 0; i < labels.size(); i++) {
            int second = labels.subList(i + 1, labels.size()).indexOf(labels.get(i));
            if (second >= 0) {
                int j = i + 1 + second;
                value = Np.diagonal(value, 0, i, j);
                int label = labels.remove(/* index */ j);
                labels.remove(/* index */ i);
                labels.add(label);
                i--;
            }
        }
        return new Term(value, labels);
    }

    private static Term summed(Term term, Set<Integer> needed) {
        List<Integer> kept = term.labels().stream().filter(needed::contains).toList();
        int[] axes = axes(
                term, term.labels().stream().filter(l -> !needed.contains(l)).toList());
        return axes.length == 0 ? term : new Term(term.value().sum(axes), kept);
    }

    private static int[] axes(Term term, List<Integer> labels) {
        return labels.stream().mapToInt(term.labels()::indexOf).toArray();
    }

    /** The labels of the result and of all terms but {@code except}. */
    private static Set<Integer> needed(List<Term> terms, Set<Integer> except, List<Integer> output) {
        Set<Integer> labels = new HashSet<>(output);
        for (int k = 0; k < terms.size(); k++) {
            if (!except.contains(k)) {
                labels.addAll(terms.get(k).labels());
            }
        }
        return labels;
    }

    /** Replaces the two terms whose product saves most memory by it. */
    private void contractCheapest(List<Term> terms, List<Integer> output) {
        int first = 0;
        int second = 1;
        double best = Double.POSITIVE_INFINITY;
        for (int i = 0; i < terms.size(); i++) {
            for (int j = i + 1; j < terms.size(); j++) {
                Set<Integer> result = needed(terms, Set.of(i, j), output);
                Set<Integer> both = new HashSet<>(terms.get(i).labels());
                both.addAll(terms.get(j).labels());
                result.retainAll(both);
                double growth = volume(result)
                        - volume(terms.get(i).labels())
                        - volume(terms.get(j).labels());
                if (growth < best) {
                    best = growth;
                    first = i;
                    second = j;
                }
            }
        }
        Set<Integer> needed = needed(terms, Set.of(first, second), output);
        Term right = terms.remove(second);
        Term left = terms.remove(first);
        terms.add(product(left, right, needed));
    }

    private double volume(Iterable<Integer> labels) {
        double volume = 1;
        for (int label : labels) {
            volume *= sizes.getOrDefault(label, 1);
        }
        return volume;
    }

    private static Term product(Term a, Term b, Set<Integer> needed) {
        List<Integer> shared = a.labels().stream().filter(b::has).toList();
        List<Integer> batch = shared.stream().filter(needed::contains).toList();
        List<Integer> contracted =
                shared.stream().filter(l -> !needed.contains(l)).toList();
        if (contracted.isEmpty()) {
            List<Integer> labels = new ArrayList<>(a.labels());
            b.labels().stream().filter(l -> !a.has(l)).forEach(labels::add);
            return new Term(aligned(a, labels).times(aligned(b, labels)), labels);
        }
        List<Integer> labels = new ArrayList<>(batch);
        a.labels().stream().filter(l -> !shared.contains(l)).forEach(labels::add);
        b.labels().stream().filter(l -> !shared.contains(l)).forEach(labels::add);
        DotGeneral dot = new DotGeneral(
                positions(a, contracted), positions(b, contracted), positions(a, batch), positions(b, batch));
        return new Term(Trace.bind(dot, List.of(a.value(), b.value())).getFirst(), labels);
    }

    private static List<Integer> positions(Term term, List<Integer> labels) {
        return labels.stream().map(term.labels()::indexOf).toList();
    }

    /** The term's axes in the order of {@code labels}, with axes of size 1 for those that it lacks. */
    private static Tensor aligned(Term term, List<Integer> labels) {
        List<Integer> present = labels.stream().filter(term::has).toList();
        Tensor ordered = Lax.transpose(term.value(), positions(term, present));
        List<Integer> shape = new ArrayList<>();
        for (int label : labels) {
            shape.add(term.has(label) ? ordered.dim(present.indexOf(label)) : 1);
        }
        return Lax.reshape(ordered, shape);
    }

    private KilnException error(String required) {
        return TraceErrors.operands("einsum \"%s\"".formatted(subscripts), required, avals);
    }
}
