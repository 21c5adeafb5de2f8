/**
 * HTTP/1.x on the wire, strictly (RFC 9112): one reader of heads and one of bodies for both sides, so that
 * what is refused on one is refused on the other, and nothing that two parsers could read differently passes.
 */
@NullMarked
package io.lacquer.transport.http1;

import org.jspecify.annotations.NullMarked;
