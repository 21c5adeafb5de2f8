/** What {@code lacquer demo} runs besides Lacquer itself: a real Redis and an API to put Lacquer in front of. */
@NullMarked
package io.lacquer.demo;

import org.jspecify.annotations.NullMarked;
