/** Readers of outcomes: counts, the metrics page, stats, the access log. */
@NullMarked
package io.lacquer.observe;

import org.jspecify.annotations.NullMarked;
