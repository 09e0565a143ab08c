/** The runner of oracle cases: one class for each kind, behind {@code kiln test --cases}. */
@NullMarked
package io.kiln.jobs.cases;

import org.jspecify.annotations.NullMarked;
