/** Where clients connect: listeners, connections, limits, drain. */
@NullMarked
package io.lacquer.transport.server;

import org.jspecify.annotations.NullMarked;
