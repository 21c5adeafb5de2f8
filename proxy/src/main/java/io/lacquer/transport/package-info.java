/** What both sides of the wire share: event loops. */
@NullMarked
package io.lacquer.transport;

import org.jspecify.annotations.NullMarked;
