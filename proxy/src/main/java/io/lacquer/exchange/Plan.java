package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Target;
import io.lacquer.rules.ForwardRule;
import io.lacquer.rules.KeyRule;
import io.lacquer.rules.ValidationRule;
import io.lacquer.rules.VaryRule;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.TieredStore;
import org.jspecify.annotations.Nullable;

/**
 * What a fetch needs to know of the request it is for.
 *
 * @param key what the answer may be stored under; null stores nothing
 * @param client the client's directives that are honoured
 * @param validates the stored response that is to be validated, or null
 * @param upgrade whether a WebSocket handshake passes
 * @param body of the request, or null
 */
record Plan(
        ActiveConfig config,
        RequestHead request,
        Target target,
        ActiveConfig.Matched matched,
        @Nullable CacheKey key,
        CacheControl client,
        ForwardRule.Client peer,
        @Nullable StoredResponse validates,
        boolean upgrade,
        @Nullable BodyStream body,
        long bodyLength) {

    Policy policy() {
        return matched.policy();
    }

    /** How this request selects among variants. */
    TieredStore.Selector selector() {
        return fields -> VaryRule.variantText(VaryRule.nominated(fields, request.headers()));
    }

    /** The same for an answer that may be stored, validating what is stored. */
    Plan validating(@Nullable StoredResponse stored) {
        return new Plan(config, request, target, matched, key, client, peer, stored, upgrade, body, bodyLength);
    }

    /** The same with nothing stored of it. */
    Plan unstored() {
        return new Plan(config, request, target, matched, null, client, peer, null, upgrade, body, bodyLength);
    }

    /** What the origin is asked: the normalised and keyed form if the answer may be stored, else as it came. */
    RequestHead forOrigin(String host) {
        Headers.Builder fields = ForwardRule.request(request, target, peer, host, policy(), upgrade);
        if (key == null) {
            return new RequestHead(request.method(), target.raw(), 1, fields.build());
        }
        ValidationRule.stripConditions(fields);
        if (validates != null) {
            ValidationRule.addConditions(fields, validates.head().head());
        }
        String query = KeyRule.query(policy().key(), target.query());
        return new RequestHead("GET", query == null ? target.path() : target.path() + "?" + query, 1, fields.build());
    }
}
