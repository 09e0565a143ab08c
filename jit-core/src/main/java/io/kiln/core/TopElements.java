package io.kiln.core;

/** The largest elements along an axis, descending, and their indices along it (i32). */
public record TopElements(Tensor values, Tensor indices) {}
