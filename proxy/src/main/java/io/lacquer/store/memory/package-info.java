/** L1: responses in process, on Caffeine, by bytes. */
@NullMarked
package io.lacquer.store.memory;

import org.jspecify.annotations.NullMarked;
