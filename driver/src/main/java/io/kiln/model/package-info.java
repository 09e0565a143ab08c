/** Model folders: the program of one row, its weights and what is known of it. Data, never code. */
@NullMarked
package io.kiln.model;

import org.jspecify.annotations.NullMarked;
