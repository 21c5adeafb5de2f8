/**
 * The journey of a request: the client's {@link io.lacquer.exchange.Exchange}, the origin's
 * {@link io.lacquer.exchange.Fetch}, and the {@link io.lacquer.exchange.Flight} that joins them. Transports
 * are ports; time and threads are handed in.
 */
@NullMarked
package io.lacquer.exchange;

import org.jspecify.annotations.NullMarked;
