/** Small state on any Hadoop file system that many processes change, one at a time and without a lock. */
@NullMarked
package io.kiln.store;

import org.jspecify.annotations.NullMarked;
