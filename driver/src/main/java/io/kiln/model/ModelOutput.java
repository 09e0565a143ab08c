package io.kiln.model;

import io.kiln.core.ShapedArray;

/** One result of a model's row program: its name, which becomes the column's, and its type for one row. */
public record ModelOutput(String name, ShapedArray row) {}
