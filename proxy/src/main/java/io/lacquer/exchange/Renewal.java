package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.http.EntityTag;
import io.lacquer.http.Extents;
import io.lacquer.http.Headers;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.rules.StorageRule;
import io.lacquer.rules.StorageRule.Verdict;
import io.lacquer.rules.ValidationRule;
import io.lacquer.rules.VaryRule;
import io.lacquer.store.Body;
import io.lacquer.store.Fence;
import io.lacquer.store.StoredResponse;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Stored responses under a renewed head: by a 304 (RFC 9111 §4.3.4) or by the answer to a HEAD (§4.3.5).
 *
 * @param fence the purge position at which the asking began
 * @param sentNanos when that was
 */
record Renewal(Engine engine, Plan plan, Fence fence, long sentNanos) {
    /** Whether a 304 is about the representation that is stored. */
    static boolean speaksOf(StoredResponse stored, ResponseHead notModified) {
        String etag = notModified.headers().get("ETag");
        String known = stored.head().head().headers().get("ETag");
        return etag == null || known == null || EntityTag.weakEquals(etag, known);
    }

    /**
     * Renews what was validated, and every other variant in L1 that the 304's strong validator selects (RFC 9111 §4.3.3);
     * null where its body is gone.
     */
    Flight.Landing.@Nullable Renewed by304(StoredResponse former, ResponseHead notModified, long age) {
        Body body = former.body().share();
        if (body == null) {
            return null;
        }
        ResponseHead merged = ValidationRule.merge(former.head().head(), notModified.headers());
        Policy policy = plan.matched().forStatus(merged.status());
        Verdict verdict = judge(merged, policy, age);
        StoredHead facts = Facts.of(
                plan, merged, policy, age, engine.clock().nanos(), former.head().extents());
        SortedSet<String> nominated = VaryRule.fields(merged.headers());
        boolean ofOneRange = merged.status() == 206;
        StoredResponse renewed = new StoredResponse(
                former.key(),
                ofOneRange ? former.slotKey() : engine.store().slotKeyFor(former.key(), nominated, plan.selector()),
                facts,
                body,
                fence);
        boolean alive = engine.purges().mayStore(fence, Facts.subject(former.key(), facts), sentNanos);
        if (verdict instanceof Verdict.Store && alive && ofOneRange) {
            engine.store().putInMemory(renewed, nominated);
        } else if (verdict instanceof Verdict.Store && alive) {
            engine.store()
                    .put(
                            renewed,
                            nominated,
                            Facts.keepMillis(facts, policy, engine.clock().nanos()));
            renewVariants(former, notModified, age);
        } else {
            renewed.body().release();
            if (!(verdict instanceof Verdict.Refuse refuse && refuse.reason().isOfThisRequest())) {
                engine.store().remove(former.slotKey());
            }
        }
        boolean shared = verdict instanceof Verdict.Store store && store.isFresh();
        return new Flight.Landing.Renewed(renewed, shared && alive);
    }

    private void renewVariants(StoredResponse former, ResponseHead notModified, long age) {
        String etag = notModified.headers().get("ETag");
        if (!EntityTag.isStrong(etag)) {
            return;
        }
        for (StoredResponse other : engine.store().variants(former.key())) {
            boolean selected =
                    EntityTag.strongEquals(etag, other.head().head().headers().get("ETag"));
            if (selected && !other.slotKey().equals(former.slotKey())) {
                replace(other, ValidationRule.merge(other.head().head(), notModified.headers()), age);
            }
        }
    }

    /** A HEAD that was answered 200: renews what its validator confirms, ends what it contradicts. */
    void byHead(StoredResponse stored, ResponseHead answer, long age) {
        boolean isOfIt = stored.key().equals(plan.key());
        boolean isOld = !engine.purges().isAlive(stored); // purged since it was looked up
        if (!isOfIt || isOld || answer.status() != 200 || stored.head().status() != 200) {
            return;
        }
        Extents extents = stored.head().extents();
        long length = extents == null ? stored.body().length() : extents.complete();
        if (ValidationRule.contradicts(answer, stored.head().head(), length)) {
            engine.store().remove(stored.slotKey());
            return;
        }
        if (!ValidationRule.confirms(answer, stored.head().head())) {
            return;
        }
        Headers fields = answer.headers().edit().remove("Content-Length").build();
        replace(stored, ValidationRule.merge(stored.head().head(), fields), age);
    }

    private void replace(StoredResponse stored, ResponseHead merged, long age) {
        Policy policy = plan.matched().forStatus(merged.status());
        StoredHead facts = Facts.renewed(
                plan, stored.head(), merged, policy, age, engine.clock().nanos());
        SortedSet<String> nominated = VaryRule.fields(merged.headers());
        boolean sameVariant = nominated.equals(facts.varied().keySet());
        boolean alive = engine.purges().mayStore(fence, Facts.subject(stored.key(), facts), sentNanos);
        boolean renews = judge(merged, policy, age) instanceof Verdict.Store && alive && sameVariant;
        Body body = renews ? stored.body().share() : null;
        if (body != null) {
            StoredResponse renewed = new StoredResponse(stored.key(), stored.slotKey(), facts, body, fence);
            engine.store()
                    .put(
                            renewed,
                            nominated,
                            Facts.keepMillis(facts, policy, engine.clock().nanos()));
        }
    }

    private Verdict judge(ResponseHead merged, Policy policy, long age) {
        String method = plan.request().method().equals("QUERY") ? "QUERY" : "GET";
        return StorageRule.judge(plan.request().as(method), plan.client(), merged, policy, true, age);
    }
}
