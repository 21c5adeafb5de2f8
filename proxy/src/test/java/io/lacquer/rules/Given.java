package io.lacquer.rules;

import io.lacquer.config.Mode;
import io.lacquer.config.PathPattern;
import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.http.Target;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Heads and policies in few words, for truth tables; time is a number. */
final class Given {
    /** Sun, 06 Nov 1994 08:49:37 GMT. */
    static final long NOW = 784_111_777_000L;

    static final String DATE = "Sun, 06 Nov 1994 08:49:37 GMT";
    static final Policy NONE = policy().build();

    private Given() {}

    /** Fields from {@code Name: value | Name: value}. */
    static Headers headers(String lines) {
        Headers.Builder fields = Headers.builder();
        for (String line : lines.split("\\|")) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                fields.add(
                        line.substring(0, colon).strip(),
                        line.substring(colon + 1).strip());
            }
        }
        return fields.build();
    }

    static ResponseHead response(int status, String lines) {
        return ResponseHead.of(status, headers(lines));
    }

    static RequestHead request(String method, String target, String lines) {
        return new RequestHead(method, target, 1, headers(lines));
    }

    static RequestHead get(String lines) {
        return request("GET", "/a", lines);
    }

    static Target target(String raw) {
        try {
            return Target.parse("GET", raw, "example.org", "http");
        } catch (Target.MalformedException malformed) {
            throw new IllegalArgumentException(raw, malformed);
        }
    }

    /** A stored response that was 0 old at nanosecond 0. */
    static StoredHead stored(String lines) {
        return stored(lines, false);
    }

    static StoredHead stored(String lines, boolean authorized) {
        ResponseHead head = response(200, lines);
        return new StoredHead(new StoredHead.Owner("p", "p"), head, authorized, Map.of(), List.of(), 0, 0);
    }

    static CacheControl directives(String text) {
        return CacheControl.parse(text.isEmpty() ? List.of() : List.of(text));
    }

    static PolicyOf policy() {
        return new PolicyOf();
    }

    /** A policy with a lifetime for all levels. */
    static PolicyOf policy(String mode, int seconds) {
        Policy.Level level = Policy.Level.on(Duration.ofSeconds(seconds));
        return policy().mode(mode).ttl(level, level, level);
    }

    /** A policy in the making. */
    static final class PolicyOf {
        private Mode mode = Mode.RESPECT;
        private Policy.Ttl ttl = Policy.Ttl.UNSET;
        private Duration whileRevalidate;
        private Duration ifError;
        private List<Policy.VaryBy> varyBy = List.of();
        private Policy.Key key = Policy.Key.DEFAULT;
        private Policy.ClientDirectives directives = Policy.ClientDirectives.HONOUR;
        private boolean share;
        private Policy.SetCookie setCookie = Policy.SetCookie.PASS;
        private Policy.Bypass bypass = Policy.Bypass.NONE;
        private List<Integer> status = List.of();
        private boolean cache = true;
        private List<String> targets = Policy.TARGETS;

        PolicyOf mode(String name) {
            mode = Mode.valueOf(name.toUpperCase(java.util.Locale.ROOT));
            return this;
        }

        PolicyOf ttl(Policy.Level browser, Policy.Level cdn, Policy.Level proxy) {
            ttl = new Policy.Ttl(browser, cdn, proxy);
            return this;
        }

        PolicyOf stale(int whileRevalidateSeconds, int ifErrorSeconds) {
            whileRevalidate = Duration.ofSeconds(whileRevalidateSeconds);
            ifError = Duration.ofSeconds(ifErrorSeconds);
            return this;
        }

        PolicyOf varyBy(Policy.VaryBy... parts) {
            varyBy = List.of(parts);
            return this;
        }

        PolicyOf key(boolean sort, List<String> keep, List<String> drop, String... names) {
            key = new Policy.Key(sort, keep, drop, List.of(names));
            return this;
        }

        PolicyOf ignoringClients() {
            directives = Policy.ClientDirectives.IGNORE;
            return this;
        }

        PolicyOf sharing() {
            share = true;
            return this;
        }

        PolicyOf setCookie(Policy.SetCookie what) {
            setCookie = what;
            return this;
        }

        PolicyOf bypass(Policy.Bypass what) {
            bypass = what;
            return this;
        }

        PolicyOf status(Integer... statuses) {
            status = List.of(statuses);
            return this;
        }

        PolicyOf targets(String... names) {
            targets = List.of(names);
            return this;
        }

        PolicyOf uncached() {
            cache = false;
            return this;
        }

        Policy build() {
            return new Policy(
                    "p",
                    "p",
                    new Policy.Match(List.of(), PathPattern.parse("/**"), List.of(), Map.of(), Map.of(), status),
                    "api",
                    cache,
                    mode,
                    ttl,
                    whileRevalidate,
                    ifError,
                    null,
                    targets,
                    varyBy,
                    key,
                    List.of(),
                    directives,
                    share,
                    setCookie,
                    bypass,
                    null,
                    false,
                    List.of(),
                    Policy.Across.OFF);
        }
    }
}
