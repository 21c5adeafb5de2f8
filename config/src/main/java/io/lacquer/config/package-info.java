/**
 * The operator's intent: {@code policies.yaml} as immutable values, the matcher that finds the policy
 * of a request, and the loader that turns a file into either a {@link Config} or complaints, each with
 * its place. Nothing here reads a clock, opens a socket or knows how a response is cached.
 */
@NullMarked
package io.lacquer.config;

import org.jspecify.annotations.NullMarked;
