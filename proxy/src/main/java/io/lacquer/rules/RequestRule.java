package io.lacquer.rules;

import io.lacquer.config.Glob;
import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Cookies;
import io.lacquer.http.Headers;
import io.lacquer.http.Query;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Target;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** May this request use the cache at all? */
public final class RequestRule {
    private RequestRule() {}

    /** What the request may do. */
    public sealed interface Verdict {
        /** Look in the store. */
        record LookUp() implements Verdict {}

        /** Go to the origin, store nothing. */
        record Pass(Reason reason) implements Verdict {}
    }

    private static final Verdict LOOK_UP = new Verdict.LookUp();

    /** Judges a request whose framing is sound, before any key is made. */
    public static Verdict judge(RequestHead request, Target target, boolean hasBody, boolean cacheOn, Policy policy) {
        Reason reason = passes(request, target, hasBody, cacheOn, policy);
        return reason == null ? LOOK_UP : new Verdict.Pass(reason);
    }

    private static @Nullable Reason passes(
            RequestHead request, Target target, boolean hasBody, boolean cacheOn, Policy policy) {
        Headers headers = request.headers();
        if (!cacheOn) {
            return Reason.CACHE_OFF;
        }
        boolean isQuery = request.method().equals("QUERY");
        if (!request.isGetOrHead() && !isQuery) {
            return Reason.METHOD;
        }
        if (!policy.cache()) {
            return Reason.POLICY_OFF;
        }
        if (hasBody && !isQuery) {
            return Reason.REQUEST_BODY;
        }
        if (target.ambiguous() || target.host().isEmpty()) {
            return Reason.AMBIGUOUS_PATH;
        }
        if (!policy.bypass().isEmpty() && bypassed(policy.bypass(), headers, target)) {
            return Reason.BYPASS_RULE;
        }
        if (headers.has("If-Match") || headers.has("If-Unmodified-Since")) {
            return Reason.PRECONDITION;
        }
        return null;
    }

    private static boolean bypassed(Policy.Bypass bypass, Headers headers, Target target) {
        for (Map.Entry<String, String> rule : bypass.headers().entrySet()) {
            if (anyMatches(rule.getValue(), headers.all(rule.getKey()))) {
                return true;
            }
        }
        for (String cookie : bypass.cookies()) {
            if (Cookies.get(headers, cookie) != null) {
                return true;
            }
        }
        for (Map.Entry<String, String> rule : bypass.query().entrySet()) {
            if (anyMatches(rule.getValue(), Query.values(target.query(), rule.getKey()))) {
                return true;
            }
        }
        return false;
    }

    private static boolean anyMatches(String glob, List<String> values) {
        for (String value : values) {
            if (Glob.matches(glob, value)) {
                return true;
            }
        }
        return false;
    }

    /** The client's directives as far as the policy honours them; {@code Pragma: no-cache} counts where there is no Cache-Control (RFC 9111 §5.4). */
    public static CacheControl clientDirectives(Headers headers, Policy policy) {
        if (policy.clientDirectives() == Policy.ClientDirectives.IGNORE) {
            return CacheControl.NONE;
        }
        if (!headers.has("Cache-Control") && headers.hasToken("Pragma", "no-cache")) {
            return CacheControl.parse(List.of("no-cache"));
        }
        return CacheControl.of(headers);
    }
}
