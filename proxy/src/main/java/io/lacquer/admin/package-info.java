/** The admin listener's API: health, metrics, stats, reload. Closed by default. */
@NullMarked
package io.lacquer.admin;

import org.jspecify.annotations.NullMarked;
