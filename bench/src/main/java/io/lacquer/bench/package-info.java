/** JMH benchmarks of what a hit is made of. */
@NullMarked
package io.lacquer.bench;

import org.jspecify.annotations.NullMarked;
