package io.lacquer.config;

/** Who decides when the origin's own fields and a policy disagree. */
public enum Mode {
    /** The origin's fields decide; the policy fills in where they are silent. */
    RESPECT,
    /** The policy beats {@code max-age}, {@code s-maxage}, {@code Expires} and {@code no-cache}. */
    OVERRIDE,
    /** The policy also beats {@code private}, {@code no-store}, {@code Set-Cookie} and {@code Vary: *}. */
    FORCE
}
