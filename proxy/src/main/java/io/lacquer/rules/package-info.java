/**
 * The decisions of RFC 9111, 9110, 5861, 9211 and 9213 as pure functions over values, one class a question.
 * {@code now} is an argument; there is no clock, no logger and no I/O here. Every verdict carries its reason.
 */
@NullMarked
package io.lacquer.rules;

import org.jspecify.annotations.NullMarked;
