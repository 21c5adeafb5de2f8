/**
 * Where the servers of a Redis are, whether it stands alone, is watched by Sentinels or is a Cluster, and clients to
 * them. Knows Lettuce, and nothing of what is kept there.
 */
@NullMarked
package io.lacquer.redis;

import org.jspecify.annotations.NullMarked;
