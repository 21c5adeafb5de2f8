/** L2: responses in Redis, through Lettuce, shared by all nodes. Its trouble is an answer, never an error. */
@NullMarked
package io.lacquer.store.redis;

import org.jspecify.annotations.NullMarked;
