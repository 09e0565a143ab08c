package io.kiln.driver.train;

import io.kiln.arrow.BatchPlan;
import io.kiln.arrow.InputColumns;
import io.kiln.arrow.NullPolicy;
import io.kiln.core.DType;
import io.kiln.core.Inline;
import io.kiln.core.Program;
import io.kiln.core.ShapedArray;
import io.kiln.core.Tensor;
import io.kiln.core.Trace;
import io.kiln.model.Model;
import io.kiln.model.ModelInput;
import io.kiln.model.ModelOutput;
import io.kiln.model.Weight;
import io.kiln.transform.Vmap;
import io.kiln.worker.PackedPartition;
import io.kiln.worker.PackedTask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.vectorized.ColumnarBatch;

/**
 * What an algorithm trains on: columns that were found and checked, rows that stay packed, and feature steps whose numbers were taken from
 * them.
 *
 * @param training what was asked
 * @param columns the columns
 * @param labels what is in the label's column
 * @param dtype that is computed in
 * @param set the packed rows
 * @param steps what is done to a row before the algorithm sees it
 * @param doing for messages
 */
record TrainingData(
        Training training,
        TrainingColumns columns,
        Labels labels,
        DType dtype,
        TrainingSet set,
        FeatureSteps steps,
        String doing)
        implements AutoCloseable {

    /**
     * One batch inside a program.
     *
     * @param parameters the algorithm's own, as the program was told of them
     * @param x the features as the steps give them, one row each
     * @param weight of each row; 0 for padding
     * @param place of the batch, i32[2] of partition and batch; of a program of each batch only
     */
    record Batch(List<Tensor> parameters, Tensor x, Tensor weight, List<Tensor> place) {}

    /** Checks {@code table} and packs it. */
    static TrainingData of(Training training, Dataset<Row> table) {
        String doing = "training " + training.name;
        training.kiln.admitColumns(table.schema());
        TrainingColumns columns = TrainingColumns.of(training, table);
        Labels labels = Labels.of(doing, columns);
        if (training.algorithm.isSupervised()) {
            labels.head(training.algorithm, doing, columns);
        }
        DType said = training.dtype;
        DType dtype = said != null ? said : training.algorithm == Algorithm.MLP ? DType.F32 : DType.F64;
        RDD<ColumnarBatch> rows = ColumnarRows.of(columns.table());
        BatchPlan plan = plan(columns, dtype, training.batchRows, labels.rows(), rows.getNumPartitions());
        TrainingSet set = new TrainingSet(training.kiln, rows, plan);
        try {
            FeatureSteps steps = FeatureStatistics.steps(training, columns, set, dtype, labels.rows(), doing);
            return new TrainingData(training, columns, labels, dtype, set, steps, doing);
        } catch (RuntimeException | Error e) {
            set.close();
            throw e;
        }
    }

    /** How rows are packed: features, then the label and the weight where there are such columns. */
    static BatchPlan plan(TrainingColumns columns, DType dtype, int batchRows, long rows, int partitions) {
        List<InputColumns> inputs = new ArrayList<>();
        inputs.add(new InputColumns(ShapedArray.of(dtype, columns.width()), columns.featureOrdinals()));
        for (int ordinal : new int[] {columns.label(), columns.weight()}) {
            if (ordinal >= 0) {
                inputs.add(new InputColumns(ShapedArray.of(dtype), List.of(ordinal)));
            }
        }
        int batch = batchRows == 0
                ? TrainingSet.batchRows((long) columns.width() * dtype.byteSize(), rows, partitions)
                : batchRows;
        return BatchPlan.of(columns.table().schema(), inputs, batch, NullPolicy.NAN);
    }

    /** Features of a row as the algorithm sees it. */
    int width() {
        return steps.features().size();
    }

    /** A program over the batches, whose results are summed over all rows. */
    PackedTask summed(String name, List<ShapedArray> parameters, Function<Batch, List<Tensor>> f) {
        return set.task(name, program(parameters, f, List.of()));
    }

    /** A program over the batches, whose results are kept for each batch. */
    PackedTask each(String name, List<ShapedArray> parameters, Function<Batch, List<Tensor>> f) {
        return set.each(name, program(parameters, f, List.of(PackedTask.place())));
    }

    /** The elements of parameters as the programs take them, the steps' numbers after them. */
    double[] arguments(double[]... parameters) {
        List<double[]> all = new ArrayList<>(List.of(parameters));
        all.add(PackedObjective.flat(steps.constants()));
        return all.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private Program program(List<ShapedArray> parameters, Function<Batch, List<Tensor>> f, List<ShapedArray> place) {
        training.kiln.countTrace();
        BatchPlan plan = set.plan();
        List<ShapedArray> constants = avals(steps.constants());
        List<ShapedArray> row = new ArrayList<>(constants);
        row.add(plan.inputs().getFirst().row());
        int fixed = constants.size();
        Program one = Trace.trace(ins -> List.of(steps.apply(ins.subList(0, fixed), ins.get(fixed))), row)
                .program();
        List<Integer> axes = new ArrayList<>(Collections.nCopies(fixed, -1));
        axes.add(plan.inAxes().getFirst());
        Program batch = Vmap.vmap(one, axes, plan.batchRows());
        List<ShapedArray> inputs = new ArrayList<>(parameters);
        inputs.addAll(constants);
        inputs.addAll(plan.batchInputs());
        inputs.add(PackedPartition.mask(plan));
        int mask = inputs.size() - 1;
        inputs.addAll(place);
        int own = parameters.size();
        return Trace.trace(
                        ins -> {
                            Tensor x = Inline.call(batch, ins.subList(own, own + fixed + 1))
                                    .getFirst();
                            Tensor ones = Tensor.full(ShapedArray.of(dtype, plan.batchRows()), 1);
                            Tensor weight = columns.weight() < 0 ? ones : ins.get(mask - 1);
                            Tensor real = Tensor.where(ins.get(mask), weight, ones.times(0));
                            return f.apply(new Batch(
                                    ins.subList(0, own), x, real, ins.subList(mask + 1, mask + 1 + place.size())));
                        },
                        inputs)
                .program();
    }

    /**
     * The model of one row.
     *
     * @param found the algorithm's arrays, which become weights after the steps'
     * @param results of a row by name, given the found arrays and the row's features
     */
    Model model(
            List<Weight> found,
            BiFunction<List<Tensor>, Tensor, Map<String, Tensor>> results,
            Map<String, Object> metrics) {
        training.kiln.countTrace();
        List<Weight> weights = new ArrayList<>(steps.constants());
        int fixed = weights.size();
        weights.addAll(found);
        List<ShapedArray> inputs = avals(weights);
        ShapedArray row = ShapedArray.of(dtype, columns.width());
        inputs.add(row);
        Map<String, Tensor> named = new LinkedHashMap<>();
        Program program = Trace.trace(
                        training.name,
                        ins -> {
                            Tensor x = steps.apply(ins.subList(0, fixed), ins.getLast());
                            named.putAll(results.apply(ins.subList(fixed, weights.size()), x));
                            return List.copyOf(named.values());
                        },
                        inputs)
                .program();
        List<ModelOutput> outputs = new ArrayList<>();
        for (String name : named.keySet()) {
            outputs.add(new ModelOutput(name, program.outputs().get(outputs.size())));
        }
        return new Model(
                training.name,
                List.of(new ModelInput("features", row, columns.features())),
                outputs,
                program,
                weights,
                steps.fill() == null ? "error" : "nan",
                metrics,
                null);
    }

    /** The arrays' types. */
    static List<ShapedArray> avals(List<Weight> weights) {
        List<ShapedArray> avals = new ArrayList<>();
        weights.forEach(each -> avals.add(each.value().aval()));
        return avals;
    }

    /** A row-major matrix as lists, as metrics have it. */
    static List<List<Double>> rows(double[] elements, int width) {
        List<List<Double>> rows = new ArrayList<>();
        for (int from = 0; from < elements.length; from += width) {
            rows.add(Arrays.stream(elements, from, from + width).boxed().toList());
        }
        return rows;
    }

    /** Frees the packed rows. */
    @Override
    public void close() {
        set.close();
    }
}
