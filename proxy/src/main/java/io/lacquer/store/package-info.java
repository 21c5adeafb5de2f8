/**
 * What is kept and where: a stored response, the memory ledger, the port of a remote tier, and the look-up
 * through both tiers with promotion and write-through. Tiers know bytes, keys and expiry, not HTTP rules.
 */
@NullMarked
package io.lacquer.store;

import org.jspecify.annotations.NullMarked;
