package io.lacquer.exchange;

import io.lacquer.config.Origin;
import io.lacquer.config.Policy;
import io.lacquer.config.Template;
import io.lacquer.http.CacheControl;
import io.lacquer.http.EntityTag;
import io.lacquer.http.Headers;
import io.lacquer.http.HttpDate;
import io.lacquer.http.Lists;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.rules.Age;
import io.lacquer.rules.ForwardRule;
import io.lacquer.rules.Reason;
import io.lacquer.rules.StaleRule;
import io.lacquer.rules.StorageRule;
import io.lacquer.rules.StorageRule.Verdict;
import io.lacquer.rules.ValidationRule;
import io.lacquer.rules.VaryRule;
import io.lacquer.store.Body;
import io.lacquer.store.StoredResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * One request to the origin, from its head to the last byte of its answer: send → head → land (answer,
 * renewal or failure) → body → store or let go. It needs no client: a background refresh is the same.
 *
 * <p>Its monitor orders the connection's loop and a client that leaves on another one.
 */
final class Fetch implements OriginClient.Listener {
    private static final int LEAST_STEP = 4 * 1024;
    private static final int MOST_STEP = 256 * 1024;
    private static final int MAX_TAGS = 64;
    private static final int MAX_TAG_LENGTH = 128;
    private static final long KEEP_FOR_VALIDATION_MILLIS = 3_600_000;

    private final Engine engine;
    private final Flight flight;
    private final Loop loop;
    private Plan plan;
    private OriginClient.@Nullable Call call;
    private @Nullable BodyStream stream;
    private @Nullable StoredHead storing;
    private long sentWallMillis;
    private long reserved;
    private long announced;
    private int attempts;
    private boolean over;

    Fetch(Engine engine, Plan plan, Flight flight, Loop loop) {
        this.engine = engine;
        this.plan = plan;
        this.flight = flight;
        this.loop = loop;
    }

    /** Sends the request. */
    void start() {
        flight.whenAbandoned(this::abandoned);
        send();
    }

    private synchronized void send() {
        attempts++;
        Origin origin = plan.config().origin(plan.policy());
        String server = origin.servers().getFirst().authority();
        String host = ForwardRule.host(origin.host(), plan.target(), server);
        sentWallMillis = engine.clock().wallMillis();
        call = engine.origins()
                .send(
                        new OriginClient.Request(
                                origin, plan.forOrigin(host), plan.body(), plan.bodyLength(), plan.upgrade()),
                        loop,
                        this);
    }

    @Override
    public void interim(ResponseHead head) {
        flight.interim(head.with(ForwardRule.response(head.headers())));
    }

    @Override
    public synchronized void head(ResponseHead raw, long length) {
        if (over) {
            return;
        }
        long now = engine.clock().wallMillis();
        Headers.Builder fields = ForwardRule.response(raw.headers()).edit();
        if (raw.status() != 101 && !raw.headers().has("Date")) {
            fields.add("Date", HttpDate.format(now)); // RFC 9110 §6.6.1
        }
        ResponseHead head = raw.with(fields.build());
        Mutation.applied(engine, plan, head.status());
        StoredResponse validates = plan.validates();
        if (head.status() == 304 && validates != null && plan.key() != null) {
            renew(validates, head, now);
            return;
        }
        long age = Age.initial(head.headers(), sentWallMillis, now);
        Verdict verdict = judge(head, length, age);
        if (verdict instanceof Verdict.Refuse(Reason reason)) {
            refuse(head, reason);
        }
        BodyStream body = new BodyStream(storing != null);
        stream = body;
        OriginClient.Call under = call;
        if (under != null) {
            body.whenWritable(under::resume);
        }
        ResponseHead shown = storing == null ? head : storing.head();
        flight.land(new Flight.Landing.Answer(shown, storing, verdict, age, length, body));
        if (storing == null) {
            engine.flights().end(flight);
            if (!flight.hasPassengers()) {
                abandoned(); // nobody will ever read it
            }
        }
    }

    private Verdict judge(ResponseHead head, long length, long age) {
        if (plan.key() == null) {
            return new Verdict.Refuse(Reason.METHOD);
        }
        Policy policy = plan.matched().forStatus(head.status());
        Verdict verdict = StorageRule.judge(plan.request(), plan.client(), head, policy, age);
        if (!(verdict instanceof Verdict.Store)) {
            return verdict;
        }
        long known = Math.max(0, length);
        if (known > plan.config().config().tiers().l1().maxObject()) {
            return new Verdict.Refuse(Reason.TOO_LARGE);
        }
        StoredHead facts = facts(head, policy, age);
        if (!engine.purges().isAlive(flight.fence(), plan.key().url(), facts.tags())) {
            return new Verdict.Refuse(Reason.PURGED);
        }
        if (!engine.ledger().reserve(known)) {
            return new Verdict.Refuse(Reason.NO_MEMORY);
        }
        reserved = known;
        announced = length;
        storing = facts;
        return verdict;
    }

    /** The slot's next requests need not wait for an answer that none of them may have. */
    private void refuse(ResponseHead head, Reason reason) {
        String slotKey = flight.slotKey();
        if (slotKey != null && !reason.isOfThisRequest()) {
            engine.flights().markUncacheable(slotKey);
        }
        StoredResponse former = plan.validates();
        if (former != null && plan.key() != null && head.status() < 500 && !reason.isOfThisRequest()) {
            engine.store().remove(former.slotKey());
        }
    }

    private StoredHead facts(ResponseHead head, Policy policy, long age) {
        Headers.Builder fields = head.headers().edit().remove("Trailer"); // trailers are not stored
        if (policy.setCookie() == Policy.SetCookie.STRIP) {
            fields.remove("Set-Cookie");
        }
        ResponseHead kept = head.with(fields.build());
        Map<String, String> varied = VaryRule.nominated(
                VaryRule.fields(head.headers()), plan.request().headers());
        return new StoredHead(
                new StoredHead.Owner(policy.name(), policy.namespace()),
                kept,
                plan.request().headers().has("Authorization"),
                varied,
                tags(head.headers(), policy),
                age,
                engine.clock().nanos(),
                CacheControl.of(kept.headers()));
    }

    private List<String> tags(Headers headers, Policy policy) {
        List<String> tags = new ArrayList<>();
        Map<String, String> captures = plan.matched().route().captures();
        for (Template template : policy.tags()) {
            addTag(tags, template.render(captures::get));
        }
        if (policy.invalidateOnWrite()) {
            tags.add(Mutation.pathTag(plan.target()));
        }
        for (String field : List.of("Surrogate-Key", "Cache-Tag", "xkey")) {
            for (String line : headers.all(field)) {
                for (String member : Lists.split(line)) {
                    for (String tag : Lists.split(member, ' ')) {
                        addTag(tags, tag);
                    }
                }
            }
        }
        return List.copyOf(tags);
    }

    private static void addTag(List<String> tags, @Nullable String tag) {
        if (tag != null && tags.size() < MAX_TAGS && tag.length() <= MAX_TAG_LENGTH && !tags.contains(tag)) {
            tags.add(tag);
        }
    }

    /** A 304: the stored body under a new head, as old as the validation and with its fence (RFC 9111 §4.3.4). */
    private void renew(StoredResponse former, ResponseHead notModified, long now) {
        String etag = notModified.headers().get("ETag");
        String known = former.head().head().headers().get("ETag");
        if (etag != null && known != null && !EntityTag.weakEquals(etag, known)) {
            plan = plan.validating(null); // it speaks of a representation that is not here
            OriginClient.Call under = call;
            if (under != null) {
                under.cancel();
            }
            send();
            return;
        }
        ResponseHead merged = ValidationRule.merge(former.head().head(), notModified.headers());
        Policy policy = plan.matched().forStatus(merged.status());
        long age = Age.initial(notModified.headers(), sentWallMillis, now);
        Verdict verdict = StorageRule.judge(plan.request(), plan.client(), merged, policy, age);
        StoredHead facts = facts(merged, policy, age);
        SortedSet<String> nominated = VaryRule.fields(merged.headers());
        boolean shared = verdict instanceof Verdict.Store store && store.isFresh();
        Body body = former.body().share();
        StoredResponse renewed = new StoredResponse(
                former.key(),
                engine.store().slotKeyFor(former.key(), nominated, plan.selector()),
                facts,
                body,
                flight.fence());
        boolean alive = engine.purges().isAlive(flight.fence(), former.key().url(), facts.tags());
        if (verdict instanceof Verdict.Store(var lifetime, long ignored) && alive) {
            engine.store().put(renewed, nominated, keepMillis(facts, policy, lifetime.millis() - age));
        } else {
            body.release();
            if (!(verdict instanceof Verdict.Refuse(Reason reason) && reason.isOfThisRequest())) {
                engine.store().remove(former.slotKey());
            }
        }
        over = true;
        flight.land(new Flight.Landing.Renewed(renewed, shared && alive));
        engine.flights().end(flight);
    }

    private static long keepMillis(StoredHead facts, Policy policy, long left) {
        long spare = ValidationRule.hasValidator(facts.head()) ? KEEP_FOR_VALIDATION_MILLIS : 0;
        return Math.max(0, left) + Math.max(spare, StaleRule.longestWindow(facts, policy));
    }

    @Override
    public synchronized boolean body(byte[] bytes) {
        BodyStream body = stream;
        if (over || body == null) {
            return true;
        }
        if (storing != null && announced < 0 && !grow(body.produced() + bytes.length)) {
            outgrown(body);
        }
        return body.append(bytes);
    }

    private boolean grow(long needed) {
        if (needed <= reserved) {
            return true;
        }
        long step = Math.clamp(reserved, LEAST_STEP, MOST_STEP);
        long more = Math.max(step, needed - reserved);
        if (needed > plan.config().config().tiers().l1().maxObject()
                || !engine.ledger().reserve(more)) {
            return false;
        }
        reserved += more;
        return true;
    }

    /** It turns out to be too large to keep: those who read go on, nobody else may join. */
    private void outgrown(BodyStream body) {
        engine.flights().end(flight);
        String slotKey = flight.slotKey();
        if (slotKey != null) {
            engine.flights().markUncacheable(slotKey);
        }
        giveBack();
        body.becomeWindow();
        if (!flight.hasPassengers()) {
            abandoned();
        }
    }

    private void giveBack() {
        storing = null;
        engine.ledger().release(reserved);
        reserved = 0;
    }

    @Override
    public synchronized void end(Headers trailers) {
        BodyStream body = stream;
        if (over || body == null) {
            return;
        }
        over = true;
        StoredHead facts = storing;
        if (facts != null) {
            store(facts, body);
        }
        body.end(trailers);
        engine.flights().end(flight);
    }

    private void store(StoredHead facts, BodyStream body) {
        var key = plan.key();
        long length = body.produced();
        if (key == null || !engine.purges().isAlive(flight.fence(), key.url(), facts.tags())) {
            giveBack();
            return;
        }
        engine.ledger().release(reserved - length);
        reserved = 0;
        Body whole = Body.reserved(body.kept(), length, engine.ledger());
        SortedSet<String> nominated = VaryRule.fields(facts.head().headers());
        Policy policy = plan.matched().forStatus(facts.head().status());
        String slotKey = engine.store().slotKeyFor(key, nominated, plan.selector());
        long left = io.lacquer.rules.Lifetime.of(facts.head(), facts.control(), policy)
                        .millis()
                - facts.ageMillis(engine.clock().nanos());
        engine.store()
                .put(
                        new StoredResponse(key, slotKey, facts, whole, flight.fence()),
                        nominated,
                        keepMillis(facts, policy, left));
        engine.flights().markCacheable(slotKey);
    }

    @Override
    public synchronized void failed(Failure failure) {
        if (over) {
            return;
        }
        boolean anotherServer = failure == Failure.CONNECT_FAILED || failure == Failure.CONNECT_TIMEOUT;
        if (anotherServer
                && attempts < plan.config().origin(plan.policy()).servers().size()
                && plan.body() == null) {
            send();
            return;
        }
        finishWith(failure);
    }

    private void finishWith(Failure failure) {
        over = true;
        if (stream == null) {
            Mutation.inDoubt(engine, plan, failure);
        }
        if (storing != null) {
            giveBack();
        }
        BodyStream body = stream;
        if (body == null) {
            flight.land(new Flight.Landing.Failed(failure));
        } else {
            body.fail(failure == Failure.RESET ? Failure.TRUNCATED : failure);
        }
        engine.flights().end(flight);
    }

    /** The origin has all of a write: what it says of it decides what stays stored. */
    private boolean isWriteUnderWay() {
        BodyStream body = plan.body();
        return !plan.request().isSafe() && (body == null || body.isEnded());
    }

    /** Nobody waits any more: worth going on only for the store's sake. */
    private synchronized void abandoned() {
        boolean forTheStore = stream == null ? plan.key() != null || isWriteUnderWay() : storing != null;
        if (over || forTheStore || flight.hasPassengers()) {
            return;
        }
        OriginClient.Call under = call;
        if (under != null) {
            under.cancel();
        }
        finishWith(Failure.CANCELLED);
    }
}
