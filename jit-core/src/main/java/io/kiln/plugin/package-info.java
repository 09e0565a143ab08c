/** Which PJRT plugin to use, and installing the one for the CPU. */
@NullMarked
package io.kiln.plugin;

import org.jspecify.annotations.NullMarked;
