package io.kiln.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A step of a scan in two halves, for two scans one after the other: the first, of what is known, also stacks what the second reads of
 * each step. What depends on known constants only is computed once, before both; an array or a result that is stacked
 * anyway is not stacked again.
 */
final class ScanHalves {
    /** What a parameter of the step is to the scan. */
    enum Kind {
        CONSTANT,
        CARRY,
        ELEMENT
    }

    /** What the first scan gave: its results, and the constants and stacked arrays that the second one takes. */
    record Run(List<Tensor> outs, List<Tensor> fixed, List<Tensor> steps) {}

    private final PartialEval.Split invariant;
    private final PartialEval.Split split;
    private final int constants;
    private final int knownCarry;
    private final int knownOuts;
    private final List<Kind> kinds = new ArrayList<>();
    private final List<Boolean> unknown = new ArrayList<>();

    /**
     * The halves of {@code step}, whose parameters are constants, carries and elements of both halves in any order, but
     * within each half in this one; {@code late} marks the results of the second half, carries first in each.
     * {@code nested}: whether loops and calls in the step are divided too.
     */
    ScanHalves(Program step, List<Kind> kinds, List<Boolean> unknown, List<Boolean> late, boolean nested) {
        List<Boolean> varies = Indices.range(kinds.size()).stream()
                .map(i -> kinds.get(i) != Kind.CONSTANT || unknown.get(i))
                .toList();
        invariant = PartialEval.cut(step, varies, 0);
        constants = invariant.residuals() + invariant.forwarded().size();
        for (int i = 0; i < constants; i++) {
            this.kinds.add(Kind.CONSTANT);
            this.unknown.add(false);
        }
        this.kinds.addAll(DeadCode.marked(kinds, varies));
        this.unknown.addAll(DeadCode.marked(unknown, varies));
        split = PartialEval.split(invariant.unknown(), this.unknown, late, nested);
        knownCarry = positions(Kind.CARRY, false).size();
        knownOuts = split.known().results().size() - split.residuals();
    }

    private List<Integer> positions(Kind kind, boolean isUnknown) {
        return Indices.range(kinds.size()).stream()
                .filter(i -> kinds.get(i) == kind && unknown.get(i) == isUnknown)
                .toList();
    }

    private List<Integer> forwarded(Kind kind) {
        return split.forwarded().stream().filter(i -> kinds.get(i) == kind).toList();
    }

    /** The position among the known parameters of parameter {@code i}. */
    private int known(int i) {
        return Collections.frequency(unknown.subList(0, i), false);
    }

    /** Runs the first scan on the known operands of a scan like {@code scan}. */
    Run first(Scan scan, List<Tensor> ins) {
        List<Atom> results = split.known().results();
        List<Atom> ys = results.subList(knownCarry, knownOuts);
        List<Atom> residuals = results.subList(knownOuts, results.size());
        List<Atom> stacked =
                new ArrayList<>(residuals.stream().filter(a -> !ys.contains(a)).toList());
        forwarded(Kind.CARRY).forEach(i -> stacked.add(split.known().params().get(known(i))));
        List<Atom> all = new ArrayList<>(results.subList(0, knownOuts));
        all.addAll(stacked);
        Program body =
                DeadCode.drop(new Program(split.known().params(), split.known().equations(), all));

        int given = invariant.known().params().size();
        List<Tensor> consts = new ArrayList<>(Inline.call(invariant.known(), ins.subList(0, given)));
        invariant.forwarded().forEach(i -> consts.add(ins.get(i)));
        List<Tensor> operands = new ArrayList<>(consts);
        operands.addAll(ins.subList(given, ins.size()));
        List<Tensor> found = Trace.bind(
                new Scan(Trace.renumber(body), scan.length(), constants, knownCarry, scan.reverse(), scan.unroll()),
                operands);

        List<Tensor> fixed =
                forwarded(Kind.CONSTANT).stream().map(operands::get).toList();
        List<Tensor> steps = new ArrayList<>();
        for (Atom residual : residuals) {
            int y = ys.indexOf(residual);
            steps.add(found.get(y < 0 ? knownOuts + stacked.indexOf(residual) : knownCarry + y));
        }
        int carries = forwarded(Kind.CARRY).size();
        steps.addAll(found.subList(found.size() - carries, found.size()));
        forwarded(Kind.ELEMENT).forEach(i -> steps.add(operands.get(known(i))));
        return new Run(found.subList(0, knownOuts), fixed, steps);
    }

    /** Runs the second scan, from the last step to the first if {@code reverse}, on what the first gave and the unknown operands. */
    List<Tensor> second(Scan scan, boolean reverse, Run run, List<Tensor> ins) {
        List<Atom.Var> params = split.unknown().params();
        int residuals = split.residuals();
        int consts = forwarded(Kind.CONSTANT).size();
        int kept = residuals + split.forwarded().size();
        int unknownConsts = positions(Kind.CONSTANT, true).size();
        int unknownCarry = positions(Kind.CARRY, true).size();
        int carried = unknownConsts + unknownCarry;
        List<Atom.Var> order = new ArrayList<>(params.subList(residuals, residuals + consts));
        order.addAll(params.subList(kept, kept + carried));
        order.addAll(params.subList(0, residuals));
        order.addAll(params.subList(residuals + consts, kept));
        order.addAll(params.subList(kept + carried, params.size()));
        Program body = Trace.renumber(
                new Program(order, split.unknown().equations(), split.unknown().results()));
        List<Tensor> operands = new ArrayList<>(run.fixed());
        operands.addAll(ins.subList(0, carried));
        operands.addAll(run.steps());
        operands.addAll(ins.subList(carried, ins.size()));
        return Trace.bind(
                new Scan(body, scan.length(), consts + unknownConsts, unknownCarry, reverse, scan.unroll()), operands);
    }
}
