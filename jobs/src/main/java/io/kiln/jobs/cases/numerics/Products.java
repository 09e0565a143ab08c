package io.kiln.jobs.cases.numerics;

import io.kiln.core.DType;
import io.kiln.core.DotGeneral;
import io.kiln.core.Lax;
import io.kiln.core.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Products of matrices and tensors. */
final class Products {
    private static final Pattern INNERMOST = Pattern.compile("\\([^()]*\\)");
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    private Products() {}

    static void addTo(Rows rows) {
        rows.binary(
                Tensor::matmul,
                "matmul",
                "matmul_batch",
                "matmul_vec",
                "dot_nan_inf",
                "z_matmul_zero_rows",
                "z_matmul_zero_inner",
                "z_dot_batch_zero");
        rows.binary((a, b) -> a.dot(b), "complex_dot", "r0_dot", "jnp_dot");
        rows.family(Products::general, "dot");
    }

    /** A dot_general; where only a preferred dtype is stated, it is a product of matrices. */
    private static Tensor general(NumericsCase c, List<Tensor> in) {
        String text = c.params().path("dimension_numbers").asText("(((1,), (0,)), ((), ()))");
        List<List<Integer>> axes = new ArrayList<>();
        Matcher lists = INNERMOST.matcher(text);
        while (lists.find()) {
            axes.add(NUMBER.matcher(lists.group())
                    .results()
                    .map(MatchResult::group)
                    .map(Integer::valueOf)
                    .toList());
        }
        DType out = c.outputDtype(0);
        boolean sameKind = in.get(0).dtype().kind() == out.kind();
        return Lax.dotGeneral(
                sameKind ? in.get(0) : in.get(0).convert(out),
                sameKind ? in.get(1) : in.get(1).convert(out),
                new DotGeneral(axes.get(0), axes.get(1), axes.get(2), axes.get(3), out));
    }
}
