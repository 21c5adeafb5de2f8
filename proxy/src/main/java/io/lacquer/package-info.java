/** The program: commands, wiring, start, reload and stop. The only place that names implementations. */
@NullMarked
package io.lacquer;

import org.jspecify.annotations.NullMarked;
