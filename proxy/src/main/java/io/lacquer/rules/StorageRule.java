package io.lacquer.rules;

import io.lacquer.config.Mode;
import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Headers;
import io.lacquer.http.Lists;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Target;
import org.jspecify.annotations.Nullable;

/** May this response be stored by a shared cache (RFC 9111 §3)? */
public final class StorageRule {
    private StorageRule() {}

    /** The answer, with its inputs. */
    public sealed interface Verdict {
        /** It may; it arrives with {@code ageMillis} of its lifetime gone. */
        record Store(Lifetime lifetime, long ageMillis) implements Verdict {
            /** Whether requests that wait for it may have it. */
            public boolean isFresh() {
                return lifetime.millis() > ageMillis;
            }
        }

        /** It may not. */
        record Refuse(Reason reason) implements Verdict {}
    }

    /**
     * Judges a final response.
     *
     * @param client the client's directives that are honoured
     * @param ranged whether the origin was asked for a range
     * @param ageMillis its corrected initial age
     */
    public static Verdict judge(
            RequestHead request,
            CacheControl client,
            ResponseHead response,
            Policy policy,
            boolean ranged,
            long ageMillis) {
        CacheControl control = CacheControl.of(response.headers());
        Reason reason = refusal(request, client, response, control, policy, ranged);
        if (reason != null) {
            return new Verdict.Refuse(reason);
        }
        Lifetime lifetime = Lifetime.of(response, control, policy);
        if (lifetime.source() == Lifetime.Source.NONE) {
            boolean named = Lifetime.isHeuristicallyCacheable(response.status());
            return new Verdict.Refuse(named ? Reason.NO_LIFETIME : Reason.STATUS);
        }
        if (lifetime.millis() == 0 && !ValidationRule.hasValidator(response)) {
            return new Verdict.Refuse(Reason.ZERO_LIFETIME);
        }
        return new Verdict.Store(lifetime, ageMillis);
    }

    /** Whether anything but lifetimes forbids to share the response: what a policy's lifetimes may be announced for. */
    public static @Nullable Reason privacyRefusal(
            boolean authorized, ResponseHead response, CacheControl control, Policy policy) {
        Headers headers = response.headers();
        boolean force = policy.mode() == Mode.FORCE;
        CacheControl counts = Lifetime.governing(headers, control, policy);
        boolean mustUnderstand = counts.has("must-understand");
        if (mustUnderstand && !isUnderstood(response.status())) {
            return Reason.STATUS;
        }
        if (!force && counts.has("no-store") && !mustUnderstand) {
            return Reason.NO_STORE;
        }
        if (!force && counts.isUnqualified("private")) {
            return Reason.PRIVATE;
        }
        if (!force && policy.setCookie() == Policy.SetCookie.PASS && headers.has("Set-Cookie")) {
            return Reason.SET_COOKIE;
        }
        if (authorized && !mayShareAuthorized(counts, policy)) {
            return Reason.AUTHORIZATION;
        }
        if (!force && variesOnEverything(headers)) {
            return Reason.VARY_STAR;
        }
        return null;
    }

    /** Whether the answer to a POST is what a GET of the same URL would give (RFC 9110 §9.3.3). */
    public static boolean answersGet(RequestHead request, Target target, ResponseHead response) {
        String location = response.headers().joined("Content-Location");
        if (!request.method().equals("POST") || response.status() != 200 || location == null || target.ambiguous()) {
            return false;
        }
        Target to = target.resolve(location);
        return to != null
                && !to.ambiguous()
                && to.scheme().equals(target.scheme())
                && to.normalised().equals(target.normalised());
    }

    /** Whether a policy keeps answers out of Lacquer's own tiers; one that names a status is known only now. */
    static @Nullable Reason storageOff(Policy policy) {
        if (!policy.cache()) {
            return Reason.POLICY_OFF;
        }
        return policy.ttl().proxy().state() == Policy.LevelState.OFF ? Reason.PROXY_OFF : null;
    }

    private static @Nullable Reason refusal(
            RequestHead request,
            CacheControl client,
            ResponseHead response,
            CacheControl control,
            Policy policy,
            boolean ranged) {
        if (!request.method().equals("GET") && !request.method().equals("QUERY")) {
            return Reason.METHOD;
        }
        if (response.status() == 206 && !ranged) {
            return Reason.PARTIAL;
        }
        if (response.status() == 304) {
            return Reason.STATUS;
        }
        if (response.status() == 416) {
            return Reason.RANGE; // it speaks of a range, not of the resource
        }
        if (client.has("no-store")) {
            return Reason.CLIENT_DIRECTIVE;
        }
        Reason off = storageOff(policy);
        if (off != null) {
            return off;
        }
        return privacyRefusal(request.headers().has("Authorization"), response, control, policy);
    }

    /** The final statuses of RFC 9110 §15, whose caching is known (RFC 9111 §5.2.2.3). */
    private static boolean isUnderstood(int status) {
        return (status >= 200 && status <= 206)
                || (status >= 300 && status <= 308 && status != 306)
                || (status >= 400 && status <= 417)
                || status == 421
                || status == 422
                || status == 426
                || (status >= 500 && status <= 505);
    }

    /** RFC 9111 §3.5, and the contract's two ways round it. */
    private static boolean mayShareAuthorized(CacheControl control, Policy policy) {
        return keyedByUser(policy)
                || policy.shareAuthorized()
                || control.has("public")
                || control.has("s-maxage")
                || control.has("must-revalidate");
    }

    /** Whether the key holds the credential. */
    public static boolean keyedByUser(Policy policy) {
        for (Policy.VaryBy part : policy.varyBy()) {
            boolean credential = part instanceof Policy.VaryBy.Header(String name) && name.equals("authorization");
            if (credential || part instanceof Policy.VaryBy.User) {
                return true;
            }
        }
        return false;
    }

    private static boolean variesOnEverything(Headers headers) {
        for (String line : headers.all("Vary")) {
            if (Lists.split(line).contains("*")) {
                return true;
            }
        }
        return false;
    }
}
