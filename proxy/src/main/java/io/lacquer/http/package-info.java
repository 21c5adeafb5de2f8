/**
 * The HTTP vocabulary that rules, tiers and transports share: heads, fields, directives, dates, entity
 * tags, targets and keys. Values and parsers only: no clock, no I/O, no decision.
 */
@NullMarked
package io.lacquer.http;

import org.jspecify.annotations.NullMarked;
