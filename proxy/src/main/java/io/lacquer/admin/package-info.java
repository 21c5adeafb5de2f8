/** The admin listener's API: health, metrics, stats, reload; who may use it, and the audit log. Closed by default. */
@NullMarked
package io.lacquer.admin;

import org.jspecify.annotations.NullMarked;
