package io.kiln.model;

import io.kiln.core.Program;
import io.kiln.jaxexport.ExportedFunction;

/** What a model computes with. */
public sealed interface ModelCode {
    /**
     * A program of one row, from which that of a batch of any size is made.
     *
     * @param program takes the weights, then the inputs
     */
    record OfRow(Program program) implements ModelCode {
        @Override
        public String toString() {
            return program.toString();
        }
    }

    /**
     * A function of a batch of fixed size that {@code jax.export} serialized. That its rows are independent is its author's word: its module
     * is the plugin's.
     *
     * @param function all inputs and results have the rows on their first axis
     */
    record OfBatch(ExportedFunction function) implements ModelCode {
        @Override
        public String toString() {
            return function.toString();
        }
    }
}
