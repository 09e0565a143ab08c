/** What a user of Kiln writes. */
@NullMarked
package com.example;

import org.jspecify.annotations.NullMarked;
