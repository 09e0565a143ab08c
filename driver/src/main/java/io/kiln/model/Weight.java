package io.kiln.model;

import io.kiln.core.HostArray;

/** One array that a model's program takes before its inputs, the same for every row: a trained parameter or a feature step's constant. */
public record Weight(String name, HostArray value) {}
