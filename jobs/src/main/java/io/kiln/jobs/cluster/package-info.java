/** A Spark standalone cluster on this machine, for {@code kiln demo --cluster} and for the tests. */
@NullMarked
package io.kiln.jobs.cluster;

import org.jspecify.annotations.NullMarked;
