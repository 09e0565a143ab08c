/**
 * PJRT over the foreign function and memory API: the only package that holds native handles. Every handle is {@link AutoCloseable},
 * counted by {@link io.kiln.pjrt.PjrtHandles} and safe to close twice; using one after its close is an {@link IllegalStateException}.
 */
@NullMarked
package io.kiln.pjrt;

import org.jspecify.annotations.NullMarked;
