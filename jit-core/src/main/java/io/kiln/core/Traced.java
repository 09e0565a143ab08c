package io.kiln.core;

import io.kiln.error.KilnException;
import java.util.ArrayList;
import java.util.List;

/**
 * A program and what its function captured: concrete arrays, and tensors of the traces around it. The captured tensors
 * are the first parameters of the program, in this order; the arguments follow.
 */
public record Traced(Program program, List<Tensor> captured) {
    /** Copies the list. */
    public Traced {
        captured = List.copyOf(captured);
    }

    /** Whether everything captured is concrete, so that the program stands without a trace around it. */
    public boolean isClosed() {
        return captured.stream().allMatch(Tensor::isConcrete);
    }

    /** The program with its captured arrays; an error where a tensor of another trace was captured. */
    public ClosedProgram close() {
        for (Tensor tensor : captured) {
            if (!tensor.isConcrete()) {
                throw KilnException.internal("closing a program that captured a traced " + tensor.aval());
            }
        }
        return new ClosedProgram(program, captured.stream().map(Tensor::value).toList());
    }

    /** The captured tensors followed by {@code args}: the operands of the whole program. */
    public List<Tensor> operands(List<Tensor> args) {
        List<Tensor> all = new ArrayList<>(captured);
        all.addAll(args);
        return all;
    }
}
