/** The purge log in a Redis stream: one for all nodes. */
@NullMarked
package io.lacquer.purge.redis;

import org.jspecify.annotations.NullMarked;
