package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Extents;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Span;
import io.lacquer.http.Target;
import io.lacquer.rules.ForwardRule;
import io.lacquer.rules.KeyRule;
import io.lacquer.rules.RangeRule;
import io.lacquer.rules.ReuseRule;
import io.lacquer.rules.ValidationRule;
import io.lacquer.rules.VaryRule;
import io.lacquer.store.Slot;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.TieredStore;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * What a fetch needs to know: the request that it is for, and what of it is asked of the origin.
 *
 * @param key what the answer may be stored under; null stores nothing
 * @param validates the stored response that is to be validated, or renewed by the answer to a HEAD; or null
 * @param part the range that is asked for, or null for the whole
 * @param conditional whether the client's own conditions are left to the origin: nothing is stored, and most likely
 *     nothing will be (RFC 9111 §4.3.2)
 */
record Plan(
        Asked asked,
        @Nullable CacheKey key,
        @Nullable StoredResponse validates,
        @Nullable Part part,
        boolean conditional) {

    /** Without conditions of the client. */
    Plan(Asked asked, @Nullable CacheKey key, @Nullable StoredResponse validates, @Nullable Part part) {
        this(asked, key, validates, part, false);
    }

    /**
     * The request.
     *
     * @param client the client's directives that are honoured
     * @param upgrade whether a WebSocket handshake passes
     * @param body what streams from the client, or null
     * @param content what was read for the key, or null
     */
    record Asked(
            ActiveConfig config,
            RequestHead request,
            Target target,
            ActiveConfig.Matched matched,
            CacheControl client,
            ForwardRule.Client peer,
            boolean upgrade,
            @Nullable BodyStream body,
            long bodyLength,
            @Nullable Content content) {
        private Asked with(@Nullable BodyStream streams, @Nullable Content read) {
            return new Asked(config, request, target, matched, client, peer, upgrade, streams, bodyLength, read);
        }
    }

    /**
     * A range of the representation.
     *
     * @param range {@code Range} as it is sent
     * @param ifRange {@code If-Range} as it is sent, or null
     * @param completes the stored part that lacks nothing but this range, or null
     */
    record Part(
            String range,
            @Nullable String ifRange,
            @Nullable StoredResponse completes) {
        /** What is missing of a stored part: sent with its strong validator, so that a changed whole comes whole. */
        static Part completing(StoredResponse stored, Extents extents, Span missing) {
            boolean toTheEnd = missing.last() == extents.complete() - 1;
            String range = toTheEnd ? "bytes=" + missing.first() + "-" : missing.asRange();
            return new Part(range, RangeRule.strongValidator(stored.head().head()), stored);
        }

        /** What the answer to this very range is collapsed under. */
        String slotKey(String slotKey) {
            return slotKeyOf(slotKey, range) + (ifRange == null ? "" : "\n" + ifRange);
        }

        /** What an answer that is good for nothing but this very range is kept under. */
        static String slotKeyOf(String slotKey, String range) {
            return slotKey + "\n#\n" + range;
        }
    }

    ActiveConfig config() {
        return asked.config();
    }

    RequestHead request() {
        return asked.request();
    }

    Target target() {
        return asked.target();
    }

    ActiveConfig.Matched matched() {
        return asked.matched();
    }

    CacheControl client() {
        return asked.client();
    }

    Policy policy() {
        return asked.matched().policy();
    }

    /** The request's body for one sending, or null. */
    @Nullable
    BodyStream body() {
        Content content = asked.content();
        return content == null ? asked.body() : content.stream();
    }

    long bodyLength() {
        Content content = asked.content();
        return content == null ? asked.bodyLength() : content.length();
    }

    /** Whether sending it again would need bytes that are gone. */
    boolean isRepeatable() {
        return asked.content() != null || asked.body() == null;
    }

    /** How this request selects among variants. */
    TieredStore.Selector selector() {
        Headers headers = asked.request().headers();
        return new TieredStore.Selector() {
            @Override
            public String variant(SortedSet<String> fields) {
                return VaryRule.variantText(VaryRule.nominated(fields, headers));
            }

            @Override
            public @Nullable String alternative(List<Slot.Variant> variants) {
                for (Slot.Variant variant : variants) {
                    if (VaryRule.isPreferred(variant.varied(), variant.language(), variant.coding(), headers)) {
                        return variant.slotKey();
                    }
                }
                return null;
            }
        };
    }

    /** Whether a stored response is the variant for this request. */
    boolean isFor(StoredResponse stored) {
        return ReuseRule.selects(stored.head(), asked.request().headers());
    }

    /** The same for an answer that may be stored, validating what is stored. */
    Plan validating(@Nullable StoredResponse stored) {
        return new Plan(asked, key, stored, part);
    }

    /** The same for a range, or for the whole. */
    Plan asking(@Nullable Part range) {
        return new Plan(asked, key, validates, range);
    }

    /** The same with the client's own conditions. */
    Plan withClientConditions() {
        return new Plan(asked, key, null, part, true);
    }

    /** The same with nothing stored of it; the answer to a HEAD may renew what is stored. */
    Plan unstored(@Nullable StoredResponse renews) {
        return new Plan(asked, null, renews, null);
    }

    /** The same with the content in its key. */
    Plan keyed(CacheKey with, Content read) {
        return new Plan(asked.with(null, read), with, validates, part);
    }

    /** The same passing through with another body. */
    Plan unkeyed(BodyStream body) {
        return new Plan(asked.with(body, null), null, null, null);
    }

    /** A background refresh of what this is for. */
    Plan refreshing(CacheKey of) {
        String method = asked.request().method().equals("QUERY") ? "QUERY" : "GET";
        RequestHead get = asked.request().as(method);
        Asked again = new Asked(
                config(), get, target(), matched(), CacheControl.NONE, asked.peer(), false, null, 0, asked.content());
        return new Plan(again, of, null, null);
    }

    /** The GET of the same URL, under the policy that reads it: what a POST may answer, and a HEAD tells of. */
    Plan asGet() {
        RequestHead get = asked.request().as("GET");
        ActiveConfig.Matched reader = config().match(get, target(), "GET");
        CacheKey of = KeyRule.key(config().shape(reader.policy()), reader.policy(), target(), get.headers());
        Asked read = new Asked(config(), get, target(), reader, asked.client(), asked.peer(), false, null, 0, null);
        return new Plan(read, of, null, null);
    }

    /** Path and query as the key has them. */
    private String keyedTarget() {
        String query = KeyRule.query(policy().key(), target().query());
        return query == null ? target().path() : target().path() + "?" + query;
    }

    /** Whether what goes as it came asks for nothing but what is in the key. */
    boolean isSentAsKeyed() {
        return target().raw().equals(keyedTarget());
    }

    /** What the origin is asked: the normalised and keyed form if the answer may be stored, else as it came. */
    RequestHead forOrigin(String host) {
        RequestHead request = asked.request();
        Headers.Builder fields = ForwardRule.request(request, target(), asked.peer(), host, policy(), asked.upgrade());
        if (key == null) {
            return new RequestHead(request.method(), target().raw(), 1, fields.build());
        }
        if (!conditional || part != null) {
            ValidationRule.stripConditions(fields);
        }
        if (validates != null) {
            ValidationRule.addConditions(fields, validates.head().head());
        }
        if (part != null) {
            fields.set("Range", part.range());
            if (part.ifRange() != null) {
                fields.set("If-Range", part.ifRange());
            }
        }
        if (asked.content() != null) {
            fields.remove("Expect"); // its content is here already
        }
        String method = request.method().equals("QUERY") ? "QUERY" : "GET";
        return new RequestHead(method, keyedTarget(), 1, fields.build());
    }
}
