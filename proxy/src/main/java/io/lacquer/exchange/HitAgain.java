package io.lacquer.exchange;

import io.lacquer.config.Policy;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Target;
import io.lacquer.rules.EmitRule.Freshness;
import io.lacquer.rules.Lifetime;
import io.lacquer.store.Body;
import io.lacquer.store.Memos;
import io.lacquer.store.StoredResponse;
import java.lang.ref.WeakReference;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A fresh hit of L1 as the full path served it. It may be served again, as long as it is fresh, to every request that is
 * the same in what counts; how its head is made is learned from the same code.
 */
@SuppressWarnings("ReferenceEquality") // what is stored, and the configuration, are asked for by identity
final class HitAgain implements Memos.Memo {
    private static final RequestHead BARE = new RequestHead("GET", "/", 1, Headers.EMPTY); // no header counts any more

    private final Engine engine;
    private final HitKinds.Kind kind;
    private final Object stored; // the response itself where the memo is its own, else a weak reference
    final long mask;
    final String fields;
    final boolean https;
    final boolean servesHead; // as well as GET
    private final long lifetimeMillis;
    private boolean learned;
    private @Nullable HitHead head; // made when it is asked for first, by whom does not matter

    private HitAgain(
            Engine engine,
            HitKinds.Kind kind,
            long lifetimeMillis,
            StoredResponse stored,
            long mask,
            String fields,
            boolean https,
            boolean servesHead) {
        this.engine = engine;
        this.kind = kind;
        this.lifetimeMillis = lifetimeMillis;
        boolean own = stored.slotKey().equals(stored.key().text());
        this.stored = own ? stored : new WeakReference<>(stored);
        this.mask = mask;
        this.fields = fields;
        this.https = https;
        this.servesHead = servesHead;
    }

    /** Of a hit, if it is one that may be given again; null if not. */
    static @Nullable HitAgain of(Engine engine, Plan plan, Outcome outcome, StoredResponse stored, Policy policy) {
        Lifetime lifetime = outcome.lifetime;
        Sameness same = plan.config().sameness();
        Long mask = same.mask(stored.head().varied().keySet());
        boolean plain = outcome.result == Outcome.Result.HIT
                && outcome.level == Outcome.Level.L1
                && outcome.reason == null
                && plan.request().isGetOrHead()
                && plan.isSentAsKeyed() // so that what the log says of the first is true of all
                && plan.asked().bodyLength() == 0
                && stored.head().extents() == null
                && (stored.body().only() != null || stored.body().length() > Body.LARGE)
                && !plan.config().config().serverTiming();
        if (!plain || mask == null || lifetime == null) {
            return null;
        }
        boolean servesHead = decidesTheSameForBoth(plan);
        if (!servesHead && !plan.request().method().equals("GET")) {
            return null;
        }
        String fields = fields(plan.request().headers(), same.ids(), mask);
        HitKinds.Kind kind = engine.hitKinds()
                .of(
                        plan.config(),
                        outcome,
                        plan.policy(),
                        policy,
                        lifetime.source(),
                        plan.matched().route().steeredBy());
        return new HitAgain(
                engine,
                kind,
                lifetime.millis(),
                stored,
                mask,
                fields,
                plan.target().scheme().equals("https"),
                servesHead);
    }

    /** A policy may be for GET alone. */
    private static boolean decidesTheSameForBoth(Plan plan) {
        String other = plan.request().method().equals("GET") ? "HEAD" : "GET";
        return plan.matched().decidesLike(plan.config().match(plan.request(), plan.target(), other));
    }

    private static String fields(Headers headers, Map<String, Integer> ids, long mask) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < headers.size(); i++) {
            int id = ids.getOrDefault(headers.name(i).toLowerCase(Locale.ROOT), Sameness.FREE);
            if (id >= 0 && (mask & (1L << id)) != 0) {
                text.append((char) id).append(headers.value(i)).append('\n');
            }
        }
        return text.isEmpty() ? "" : text.toString();
    }

    private @Nullable StoredResponse stored() {
        return stored instanceof StoredResponse own ? own : (StoredResponse) ((WeakReference<?>) stored).get();
    }

    @Override
    public boolean isAsGoodAs(Memos.Memo other) {
        return other instanceof HitAgain that
                && kind.config() == that.kind.config()
                && stored() == that.stored()
                && mask == that.mask
                && https == that.https
                && fields.equals(that.fields);
    }

    /** What it was made of, if that is still what is stored, alive and fresh under the configuration in force; else null. */
    @Nullable
    StoredResponse usable(ActiveConfig active, long nowNanos) {
        StoredResponse of = stored();
        boolean still = of != null
                && active == kind.config()
                && lifetimeMillis > of.head().ageMillis(nowNanos)
                && engine.purges().isUntouched(of)
                && engine.purges().isServing(nowNanos);
        return still ? of : null;
    }

    /** How its head is made; null where only the full path can. */
    @Nullable
    HitHead head(StoredResponse of) {
        HitHead known = head;
        if (known == null && !learned) {
            long last = lifetimeMillis / 1000;
            known = engine.hitKinds().head(kind, of, new HitHead.Moment(last, 0), moment -> fullHead(of, moment));
            head = known;
            learned = true;
        }
        return known;
    }

    /** Writes its head for now; the length. */
    int writeHead(HitHead by, StoredResponse of, long nowNanos, byte[] into) {
        long age = of.head().ageMillis(nowNanos);
        long left = Math.floorDiv(lifetimeMillis - age, 1000L);
        return by.write(of.head(), of.body().length(), age / 1000, left, into);
    }

    /** The head at a moment, as the full path makes it. */
    private ResponseHead fullHead(StoredResponse of, HitHead.Moment moment) {
        Outcome outcome = outcome(BARE, of, "", 0);
        outcome.ageMillis = moment.ageSeconds() * 1000;
        outcome.lifetime = new Lifetime((moment.ageSeconds() + moment.ttlSeconds()) * 1000, kind.lifetime());
        Delivery delivery = Delivery.stored(BARE, of, kind.policy(), Freshness.FRESH, outcome);
        BodySource body = delivery.body();
        if (body != null) {
            body.close(); // only the head is wanted
        }
        ResponseHead head = Reply.varying(delivery.head(), kind.steeredBy());
        return head.with(head.headers().edit().remove("Connection").build());
    }

    /** What became of a large one, which takes its time. */
    void sent(StoredResponse of, String client, long startNanos, long bytes, Failure failure) {
        Outcome outcome = again("GET", of, client, startNanos, bytes);
        outcome.failure = failure;
        engine.outcomes().accept(outcome);
    }

    private Outcome again(String method, StoredResponse of, String client, long startNanos, long bytes) {
        long end = engine.clock().nanos();
        Target target = target(of.key().url());
        RequestHead request = new RequestHead(method, target.raw(), 1, Headers.EMPTY);
        Outcome outcome = outcome(request, of, client, startNanos);
        outcome.target = target;
        outcome.bodyBytes = bytes;
        outcome.endNanos = end;
        return outcome;
    }

    private Outcome outcome(RequestHead request, StoredResponse of, String client, long startNanos) {
        Outcome outcome = new Outcome(request, client, startNanos);
        outcome.policy = kind.counted();
        outcome.keyText = of.key().text();
        outcome.result = Outcome.Result.HIT;
        outcome.level = Outcome.Level.L1;
        outcome.lifetime = new Lifetime(lifetimeMillis, kind.lifetime());
        outcome.status = kind.status();
        outcome.ageMillis = of.head().ageMillis(startNanos);
        outcome.lookupNanos = startNanos;
        outcome.endNanos = startNanos;
        return outcome;
    }

    /** Of a request that was sent as it is keyed. */
    private static Target target(String url) {
        try {
            return Target.parse("GET", url.substring(url.indexOf('/', url.indexOf("://") + 3)), host(url), scheme(url));
        } catch (Target.MalformedException impossible) {
            throw new IllegalStateException("a key's URL can't be read: " + url, impossible);
        }
    }

    private static String scheme(String url) {
        return url.substring(0, url.indexOf("://"));
    }

    private static String host(String url) {
        int from = url.indexOf("://") + 3;
        return url.substring(from, url.indexOf('/', from));
    }

    /** Counts it, and records it where that is wanted. */
    void given(StoredResponse of, boolean toHead, String client, long startNanos) {
        long end = engine.clock().nanos();
        long bytes = toHead ? 0 : of.body().length();
        if (kind.tally().add(bytes, (end - startNanos) / 1000)) {
            kind.tally().record(again(toHead ? "HEAD" : "GET", of, client, startNanos, bytes));
        }
    }
}
