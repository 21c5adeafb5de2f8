/** Which stored responses a purge has ended: positions, fences and epochs, checked when an entry is read. */
@NullMarked
package io.lacquer.purge;

import org.jspecify.annotations.NullMarked;
