/**
 * The executable cache as the compiler sees it: the key, the interface, its counters, and the implementations that need nothing but this JVM.
 * The tiers that outlive a process are in the module cluster-cache.
 */
@NullMarked
package io.kiln.cache;

import org.jspecify.annotations.NullMarked;
