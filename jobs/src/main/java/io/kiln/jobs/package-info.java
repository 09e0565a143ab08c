/** The {@code kiln} command and its sub-commands, each also a class for spark-submit. */
@NullMarked
package io.kiln.jobs;

import org.jspecify.annotations.NullMarked;
