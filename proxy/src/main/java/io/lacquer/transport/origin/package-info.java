/** The way to the origins: connections kept and shared, waiting in line, time limits. */
@NullMarked
package io.lacquer.transport.origin;

import org.jspecify.annotations.NullMarked;
