package io.kiln.driver.train;

import io.kiln.arrow.BatchPlan;
import io.kiln.core.DType;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.error.KilnException;
import io.kiln.model.ModelColumn;
import io.kiln.transform.Vmap;
import io.kiln.worker.PackedPartition;
import io.kiln.worker.PackedTask;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Means and deviations of the features over the packed rows, in two passes and in f64: the sums around a centre are small, so that the
 * variance does not lose its digits.
 */
final class FeatureStatistics {
    private final TrainingSet set;
    private final PackedTask task;
    private final int width;
    private final long rows;

    @SuppressWarnings("ArrayRecordComponent") // Vectors of doubles that nobody compares.
    private record Sums(double[] first, double[] second, double[] missing) {}

    private FeatureStatistics(TrainingSet set, PackedTask task, int width, long rows) {
        this.set = set;
        this.task = task;
        this.width = width;
        this.rows = rows;
    }

    /** The steps that {@code training} asks for, with their numbers. */
    static FeatureSteps steps(
            Training training, TrainingColumns columns, TrainingSet set, DType dtype, long rows, String doing) {
        PackedTask task = set.task("statistics", program(set.plan()));
        return new FeatureStatistics(set, task, columns.width(), rows).steps(training, columns, dtype, doing);
    }

    private FeatureSteps steps(Training training, TrainingColumns columns, DType dtype, String doing) {
        List<ModelColumn> elements = columns.elements();
        Sums plain = around(new double[width]);
        boolean imputes = !training.impute.equals("none");
        if (!imputes) {
            requireNoneMissing(elements, plain.missing, doing);
        }
        double[] fill = new double[width];
        for (int i = 0; i < width; i++) {
            double present = rows - plain.missing[i];
            if (elements.get(i).isText()) {
                // No category at all, as an unknown one.
                fill[i] = -1;
            } else if (training.impute.equals("mean")) {
                if (present == 0) {
                    throw allMissing(elements.get(i), doing);
                }
                fill[i] = plain.first[i] / present;
            } else if (imputes) {
                fill[i] = Double.parseDouble(training.impute);
            }
        }
        boolean[] standardized = standardized(training, columns, elements, doing);
        double @Nullable [] mean = null;
        double @Nullable [] std = null;
        if (any(standardized)) {
            mean = new double[width];
            std = new double[width];
            for (int i = 0; i < width; i++) {
                mean[i] = (plain.first[i] + plain.missing[i] * fill[i]) / rows;
            }
            Sums centred = around(mean);
            for (int i = 0; i < width; i++) {
                double offset = fill[i] - mean[i];
                double first = (centred.first[i] + plain.missing[i] * offset) / rows;
                double second = (centred.second[i] + plain.missing[i] * offset * offset) / rows;
                double deviation = Math.sqrt(Math.max(0, second - first * first));
                mean[i] = standardized[i] ? mean[i] + first : 0;
                // A constant column has nothing to be scaled by.
                std[i] = standardized[i] && deviation > 0 ? deviation : 1;
            }
        }
        return new FeatureSteps(
                elements, dtype, imputes ? fill : null, mean, std, training.algorithm == Algorithm.FACTORIZATION);
    }

    private static boolean[] standardized(
            Training training, TrainingColumns columns, List<ModelColumn> elements, String doing) {
        boolean[] standardized = new boolean[elements.size()];
        List<String> named = training.standardize;
        if (named != null) {
            for (String name : named) {
                if (columns.features().stream()
                        .noneMatch(column -> column.name().equalsIgnoreCase(name))) {
                    throw KilnException.user(
                            "%s: column %s is to be standardised, but is no feature".formatted(doing, name),
                            "name a feature column, or say --standardize all");
                }
            }
        }
        for (int i = 0; i < standardized.length; i++) {
            String own = columns.length() == 0
                    ? elements.get(i).name()
                    : columns.features().getFirst().name();
            standardized[i] = !elements.get(i).isText()
                    && (named == null || named.stream().anyMatch(own::equalsIgnoreCase));
        }
        return standardized;
    }

    private static boolean any(boolean[] values) {
        for (boolean value : values) {
            if (value) {
                return true;
            }
        }
        return false;
    }

    private void requireNoneMissing(List<ModelColumn> elements, double[] missing, String doing) {
        for (int i = 0; i < width; i++) {
            if (missing[i] > 0) {
                throw KilnException.user(
                        "%s: required a number in every row of feature column %s, got null or NaN in %d of %d rows"
                                .formatted(doing, elements.get(i).name(), (long) missing[i], rows),
                        "say --impute mean, or leave these rows out: --sql \"SELECT * FROM input WHERE %s IS NOT NULL\""
                                .formatted(elements.get(i).name()));
            }
        }
    }

    private static KilnException allMissing(ModelColumn column, String doing) {
        return KilnException.user(
                "%s: required values in feature column %s to take the mean of, got only nulls"
                        .formatted(doing, column.name()),
                "leave the column out of --features");
    }

    private Sums around(double[] centre) {
        double[] sums = set.sum(task, centre);
        double[][] parts = new double[3][width];
        for (int part = 0; part < 3; part++) {
            System.arraycopy(sums, part * width, parts[part], 0, width);
        }
        return new Sums(parts[0], parts[1], parts[2]);
    }

    /** Of each feature the sums of (x - centre), its square, and the number of missing values, over the real rows. */
    private static Program program(BatchPlan plan) {
        ShapedArray row = plan.inputs().getFirst().row();
        ShapedArray centre = row.withDType(DType.F64);
        Program one = Trace.trace(
                        ins -> {
                            Tensor x = ins.get(1).toF64();
                            Tensor missing = x.notEqualTo(x);
                            Tensor zero = Tensor.full(centre, 0);
                            Tensor offset = Tensor.where(missing, zero, x.minus(ins.get(0)));
                            return List.of(offset, offset.square(), missing.toF64());
                        },
                        List.of(centre, row))
                .program();
        Program batch = Vmap.vmap(one, List.of(-1, plan.inAxes().getFirst()), plan.batchRows());
        List<ShapedArray> inputs = new ArrayList<>(List.of(centre));
        inputs.addAll(plan.batchInputs());
        inputs.add(PackedPartition.mask(plan));
        return Trace.trace(
                        ins -> {
                            Tensor mask = ins.getLast().expandDims(1);
                            List<Tensor> sums = new ArrayList<>();
                            for (Tensor values : io.kiln.core.Inline.call(batch, ins.subList(0, 2))) {
                                int[] shape = values.shape().stream()
                                        .mapToInt(Integer::intValue)
                                        .toArray();
                                sums.add(Tensor.where(mask.broadcastTo(shape), values, Tensor.full(values.aval(), 0))
                                        .sum(0));
                            }
                            return sums;
                        },
                        inputs)
                .program();
    }
}
