/** Programs to loaded executables: lowering, the cache key, the executable cache and the plugin's compiler in one place. */
@NullMarked
package io.kiln.compile;

import org.jspecify.annotations.NullMarked;
