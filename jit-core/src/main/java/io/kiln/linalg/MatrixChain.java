package io.kiln.linalg;

import io.kiln.core.Tensor;
import io.kiln.core.TraceErrors;
import java.util.List;

/** The product of a chain of matrices in the order of fewest multiplications, found by dynamic programming. */
final class MatrixChain {
    private final List<Tensor> matrices;
    private final int[][] split;

    private MatrixChain(List<Tensor> matrices) {
        this.matrices = matrices;
        int n = matrices.size();
        split = new int[n][n];
        double[][] cost = new double[n][n];
        for (int length = 1; length < n; length++) {
            for (int i = 0; i + length < n; i++) {
                int j = i + length;
                cost[i][j] = Double.POSITIVE_INFINITY;
                for (int k = i; k < j; k++) {
                    double total = cost[i][k]
                            + cost[k + 1][j]
                            + (double) rows(i) * rows(k + 1) * matrices.get(j).dim(-1);
                    if (total < cost[i][j]) {
                        cost[i][j] = total;
                        split[i][j] = k;
                    }
                }
            }
        }
    }

    private int rows(int i) {
        return matrices.get(i).dim(0);
    }

    static Tensor product(List<Tensor> operands) {
        int n = operands.size();
        boolean valid = n >= 2;
        for (int i = 0; i < n; i++) {
            int rank = operands.get(i).rank();
            valid &= rank == 2 || (rank == 1 && (i == 0 || i == n - 1));
        }
        if (!valid) {
            throw TraceErrors.operands(
                    "multiDot",
                    "there must be two matrices or more, of which only the first and the last may be vectors",
                    operands.stream().map(Tensor::aval).toList());
        }
        Tensor first = operands.get(0);
        Tensor last = operands.get(n - 1);
        List<Tensor> matrices = new java.util.ArrayList<>(operands);
        matrices.set(0, first.rank() == 1 ? first.expandDims(0) : first);
        matrices.set(n - 1, last.rank() == 1 ? last.expandDims(1) : last);
        Tensor product = new MatrixChain(matrices).product(0, n - 1);
        Tensor rows = first.rank() == 1 ? product.squeeze(0) : product;
        return last.rank() == 1 ? rows.squeeze(-1) : rows;
    }

    private Tensor product(int from, int to) {
        return from == to ? matrices.get(from) : product(from, split[from][to]).dot(product(split[from][to] + 1, to));
    }
}
