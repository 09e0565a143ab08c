/** Programs from files: checked in Java, compiled in a child JVM with limits, and refused once they have killed two processes. */
@NullMarked
package io.kiln.isolate;

import org.jspecify.annotations.NullMarked;
