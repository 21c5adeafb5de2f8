package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.Extents;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Span;
import io.lacquer.rules.EmitRule.Freshness;
import io.lacquer.rules.Lifetime;
import io.lacquer.rules.RangeRule;
import io.lacquer.rules.Reason;
import io.lacquer.rules.StorageRule;
import io.lacquer.rules.ValidationRule;
import io.lacquer.store.StoredResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What will be sent to one client: a stored answer, one that streams from the origin, or a failure; as a 304, or
 * without its body, where the request asks for that. Making one completes the outcome that its head tells of.
 *
 * @param body null where no bytes follow the head
 */
record Delivery(ResponseHead head, @Nullable BodySource body) {

    /** A stored answer; result, level and age are in the outcome already. */
    static Delivery stored(
            RequestHead request, StoredResponse stored, Policy policy, Freshness freshness, Outcome outcome) {
        ResponseHead head = stored.head().head();
        if (outcome.lifetime == null) {
            outcome.lifetime = Lifetime.of(head, stored.head().control(), policy);
        }
        Extents extents = stored.head().extents();
        long complete = extents == null ? stored.body().length() : extents.complete();
        ResponseHead dressed =
                Reply.dress(withoutUnvalidated(stored, policy, outcome), policy, freshness, outcome, true, complete);
        if (ValidationRule.notModified(request.headers(), head)) {
            return new Delivery(Reply.notModified(dressed), null);
        }
        return switch (RangeRule.judge(request, head, complete)) {
            case RangeRule.Verdict.Parts(List<Span> spans) -> Ranges.of(dressed, stored, complete, spans);
            case RangeRule.Verdict.Unsatisfiable() -> Ranges.unsatisfiable(dressed, complete);
            case RangeRule.Verdict.Whole() -> {
                boolean none = request.method().equals("HEAD") || !dressed.mayHaveBody();
                yield new Delivery(dressed, none ? null : new StoredSource(stored.body()));
            }
        };
    }

    /** {@code no-cache="a"}: that field is for nobody before the origin has said that it still holds (RFC 9111 §5.2.2.4). */
    private static ResponseHead withoutUnvalidated(StoredResponse stored, Policy policy, Outcome outcome) {
        ResponseHead head = stored.head().head();
        List<String> fields = Lifetime.governing(head.headers(), stored.head().control(), policy)
                .qualifying("no-cache");
        boolean validated = outcome.result == Outcome.Result.REVALIDATED && !outcome.collapsed;
        if (fields.isEmpty() || validated) {
            return head;
        }
        Headers.Builder kept = head.headers().edit();
        fields.forEach(kept::remove);
        return head.with(kept.build());
    }

    /**
     * The origin's answer as it streams.
     *
     * @param policy null where the request is not cacheable
     * @param storable whether the fetch was for the store, and so without the client's conditions and range
     */
    static Delivery streamed(
            RequestHead request,
            Flight.Landing.Answer answer,
            BodySource source,
            @Nullable Policy policy,
            boolean storable,
            Outcome outcome) {
        ResponseHead head = answer.head();
        outcome.result = outcome.keyText == null ? Outcome.Result.BYPASS : Outcome.Result.MISS;
        outcome.level = Outcome.Level.ORIGIN;
        outcome.ageMillis = -1;
        outcome.lifetime = null;
        Freshness freshness = policy == null ? Freshness.PRIVATE : note(request, answer, policy, storable, outcome);
        if (head.status() == 101) {
            return new Delivery(head, source);
        }
        boolean toHead = request.method().equals("HEAD");
        ResponseHead dressed =
                Reply.dress(head, policy, freshness, outcome, false, toHead ? Reply.AS_IT_IS : answer.length());
        boolean ours = storable && answer.verdict() instanceof StorageRule.Verdict.Store; // else the origin's to judge
        boolean notModified = ours && ValidationRule.notModified(request.headers(), head);
        if (notModified || toHead || !head.mayHaveBody()) {
            source.close();
            return new Delivery(notModified ? Reply.notModified(dressed) : dressed, null);
        }
        return storable && answer.length() >= 0
                ? sliced(request, head, dressed, source, answer.length())
                : new Delivery(dressed, source);
    }

    /** A range of a whole that streams by; several ranges get the whole. */
    private static Delivery sliced(
            RequestHead request, ResponseHead head, ResponseHead dressed, BodySource source, long complete) {
        return switch (RangeRule.judge(request, head, complete)) {
            case RangeRule.Verdict.Parts(List<Span> spans)
            when spans.size() == 1 ->
                new Delivery(
                        Ranges.head(dressed, spans.getFirst(), complete), new SlicedSource(source, spans.getFirst()));
            case RangeRule.Verdict.Unsatisfiable() -> {
                source.close();
                yield Ranges.unsatisfiable(dressed, complete);
            }
            default -> new Delivery(dressed, source);
        };
    }

    /** Whether it is stored and why not; and so, whether anybody may be given a lifetime. */
    private static Freshness note(
            RequestHead request, Flight.Landing.Answer answer, Policy policy, boolean storable, Outcome outcome) {
        return switch (answer.verdict()) {
            case StorageRule.Verdict.Store(Lifetime lifetime, long age) -> {
                outcome.stored = true;
                outcome.lifetime = lifetime;
                outcome.ageMillis = age;
                yield Freshness.FRESH;
            }
            case StorageRule.Verdict.Refuse(Reason reason) -> {
                outcome.notStored = storable ? reason : null;
                outcome.ageMillis = answer.ageMillis();
                yield freshness(request, answer.head(), policy);
            }
        };
    }

    /** Whether a new answer to this request is announced to other caches. */
    static Freshness freshness(RequestHead request, ResponseHead head, Policy policy) {
        boolean authorized = request.headers().has("Authorization");
        CacheControl control = CacheControl.of(head.headers());
        Reason secret = StorageRule.privacyRefusal(authorized, head, control, policy);
        return secret == null ? Freshness.FRESH : Freshness.PRIVATE;
    }

    /** A failure. */
    static Delivery failed(RequestHead request, Failure failure, Outcome outcome) {
        outcome.failure = failure;
        outcome.result = outcome.keyText == null ? Outcome.Result.BYPASS : Outcome.Result.MISS;
        outcome.ageMillis = -1;
        outcome.lifetime = null;
        Answer answer = Answer.of(failure);
        ResponseHead head = Reply.dress(answer.head(), null, Freshness.PRIVATE, outcome, false, Reply.AS_IT_IS);
        return new Delivery(head, request.method().equals("HEAD") ? null : answer.source());
    }
}
