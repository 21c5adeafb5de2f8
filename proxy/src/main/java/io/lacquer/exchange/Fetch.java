package io.lacquer.exchange;

import io.lacquer.config.Origin;
import io.lacquer.config.Policy;
import io.lacquer.http.CacheControl;
import io.lacquer.http.CacheKey;
import io.lacquer.http.ContentRange;
import io.lacquer.http.Extents;
import io.lacquer.http.Headers;
import io.lacquer.http.HttpDate;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.StoredHead;
import io.lacquer.purge.Planted;
import io.lacquer.purge.Subject;
import io.lacquer.rules.Age;
import io.lacquer.rules.ForwardRule;
import io.lacquer.rules.Lifetime;
import io.lacquer.rules.Reason;
import io.lacquer.rules.RequestRule;
import io.lacquer.rules.RequestRule.Verdict.LookUp;
import io.lacquer.rules.ReuseRule;
import io.lacquer.rules.StaleRule;
import io.lacquer.rules.StorageRule;
import io.lacquer.rules.StorageRule.Verdict;
import io.lacquer.rules.VaryRule;
import io.lacquer.store.Body;
import io.lacquer.store.Fence;
import io.lacquer.store.StoredResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.CompletionStage;
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

    private final Engine engine;
    private final Flight flight;
    private final Loop loop;
    private Plan plan;
    private OriginClient.@Nullable Call call;
    private @Nullable BodyStream stream;
    private @Nullable StoredHead storing;
    private @Nullable Subject subject; // of what is being stored
    private Plan storeAs;
    private List<byte[]> after = List.of();
    private Fence fence;
    private @Nullable String purgeMark; // of this write's own purge, where its answer may be a GET's
    private long sentWallMillis;
    private long sentNanos;
    private long arrivedNanos; // of the head
    private long reserved;
    private long announced;
    private int attempts;
    private boolean over;
    private @Nullable List<Runnable> held;

    Fetch(Engine engine, Plan plan, Flight flight, Loop loop) {
        this.engine = engine;
        this.plan = plan;
        this.storeAs = plan;
        this.flight = flight;
        this.fence = flight.fence();
        this.loop = loop;
    }

    /** Sends the request; what was purged since it was looked up is not validated, or a 304 would bring it back. */
    void start() {
        if (isPurged(plan.validates())) { // since the fence was taken, so all that is older than that counts
            plan = plan.key() == null ? plan.unstored(null) : plan.validating(null);
            storeAs = plan;
        }
        flight.whenAbandoned(this::abandoned);
        send();
    }

    private boolean isPurged(@Nullable StoredResponse stored) {
        return stored != null && !engine.purges().isAlive(stored) && !Planted.RENEWAL;
    }

    private synchronized void send() {
        attempts++;
        Origin origin = plan.config().origin(plan.policy());
        String host = ForwardRule.host(origin, plan.target());
        sentWallMillis = engine.clock().wallMillis();
        sentNanos = engine.clock().nanos();
        call = engine.origins()
                .send(
                        new OriginClient.Request(
                                origin,
                                plan.forOrigin(host),
                                plan.body(),
                                plan.bodyLength(),
                                plan.asked().upgrade()),
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
        long nanos = engine.clock().nanos();
        long wallMillis = sentWallMillis + (nanos - sentNanos) / 1_000_000;
        Headers.Builder fields = ForwardRule.response(raw.headers()).edit();
        if (raw.status() != 101 && HttpDate.parse(raw.headers().get("Date")) == HttpDate.INVALID) {
            fields.set("Date", HttpDate.format(wallMillis)); // RFC 9110 §6.6.1: absent, or no date at all
        }
        ResponseHead head = raw.with(fields.build());
        engine.pace().took(plan.policy().origin(), nanos - sentNanos);
        long age = Age.initial(head.headers(), sentWallMillis, wallMillis);
        arrivedNanos = nanos;
        boolean forGet = plan.key() == null && StorageRule.answersGet(plan.request(), plan.target(), head);
        purgeMark = forGet ? Mutation.newMark() : null;
        if (!holdUntil(Mutation.applied(engine, plan, head, purgeMark), () -> proceed(head, length, age))) {
            proceed(head, length, age);
        }
    }

    /** What is purged for a write is purged before anybody hears of its answer; meanwhile that waits here. */
    private boolean holdUntil(CompletionStage<Void> purged, Runnable then) {
        if (purged.toCompletableFuture().isDone()) {
            return false;
        }
        List<Runnable> events = new ArrayList<>();
        events.add(then);
        held = events;
        purged.thenRun(() -> loop.execute(this::release));
        return true;
    }

    private synchronized void release() {
        List<Runnable> events = held;
        held = null;
        if (events != null) {
            events.forEach(Runnable::run);
        }
        OriginClient.Call under = call;
        if (under != null && !over) {
            under.resume();
        }
    }

    /** The head counts now. */
    private void proceed(ResponseHead head, long length, long age) {
        if (over) {
            return;
        }
        Plan forGet = answersGet(head);
        StoredResponse validates = plan.validates();
        if (validates != null && plan.key() == null) {
            new Renewal(engine, plan.asGet(), fence, sentNanos).byHead(validates, head, age);
        } else if (validates != null && head.status() == 304) {
            renew(validates, head, age);
            return;
        }
        if (startsOver(head, length)) {
            again(plan.asking(null).validating(null));
            return;
        }
        storeAs = forGet == null ? plan : forGet;
        answer(head, length, age);
    }

    /** The answer as it will be read, and what of it will be stored. */
    private void answer(ResponseHead head, long length, long age) {
        ResponseHead shown = head;
        long shownLength = length;
        Assembly assembly = Assembly.of(plan, head, length);
        if (assembly != null) {
            shown = assembly.head();
            shownLength = assembly.complete();
            fence = assembly.part().fence().older(fence);
        }
        Verdict verdict = judge(shown, length, shownLength, age, assembly);
        if (verdict instanceof Verdict.Refuse(Reason reason)) {
            refuse(head, reason);
        }
        BodyStream body = new BodyStream(storing != null);
        stream = body;
        OriginClient.Call under = call;
        if (under != null) {
            body.whenWritable(under::resume);
        }
        if (assembly != null) {
            assembly.before().forEach(body::append);
            after = assembly.after();
        }
        StoredHead facts = storing;
        flight.land(new Flight.Landing.Answer(shown, policy(shown), facts, verdict, age, shownLength, body));
        if (facts == null) {
            engine.flights().end(flight);
            if (!flight.hasPassengers()) {
                abandoned(); // nobody will ever read it
            }
        }
    }

    /** What came is not what is missing of the stored part: the whole is asked for anew. */
    private boolean startsOver(ResponseHead head, long length) {
        Plan.Part part = plan.part();
        return part != null
                && part.completes() != null
                && (head.status() == 206 || head.status() == 416)
                && !Assembly.fits(plan, head, length);
    }

    private void again(Plan next) {
        plan = next;
        OriginClient.Call under = call;
        if (under != null) {
            under.cancel();
        }
        send();
    }

    /** The GET that the answer to this POST may be stored for, once what it invalidates is gone; else null. */
    private @Nullable Plan answersGet(ResponseHead head) {
        if (purgeMark == null) {
            return null;
        }
        Plan get = plan.asGet();
        Policy policy = get.matched().forStatus(head.status());
        boolean cacheOn = plan.config().config().cache();
        boolean looksUp = RequestRule.judge(get.request(), get.target(), false, cacheOn, policy) instanceof LookUp;
        boolean same =
                get.isSentAsKeyed() && policy.origin().equals(plan.policy().origin());
        Lifetime lifetime = Lifetime.explicit(head, CacheControl.of(head.headers()), policy);
        return get.key() != null && looksUp && same && lifetime.millis() > 0 ? get : null;
    }

    /** The policy for an answer. */
    private Policy policy(ResponseHead head) {
        return storeAs.matched().forStatus(head.status());
    }

    /**
     * Judges what is shown.
     *
     * @param length of what comes from the origin
     * @param whole of what will be stored
     * @param assembly how it is put together, or null
     */
    private Verdict judge(ResponseHead head, long length, long whole, long age, @Nullable Assembly assembly) {
        Plan under = storeAs;
        CacheKey key = under.key();
        if (key == null) {
            return new Verdict.Refuse(Reason.METHOD);
        }
        Policy policy = policy(head);
        Verdict verdict = StorageRule.judge(under.request(), under.client(), head, policy, under.part() != null, age);
        if (!(verdict instanceof Verdict.Store)) {
            return verdict;
        }
        if (StaleRule.isError(head.status()) && isCoveredUp(under, key)) {
            return new Verdict.Refuse(Reason.STALE_IF_ERROR);
        }
        long known = Math.max(0, whole);
        if (known > plan.config().config().tiers().l1().maxObject()) {
            return new Verdict.Refuse(Reason.TOO_LARGE);
        }
        StoredHead come = facts(under, head, policy, length, age, arrivedNanos);
        StoredHead facts = assembly == null ? come : assembly.united(come);
        Subject of = Facts.subject(key, facts);
        String own = purgeMark;
        if (own != null) {
            fence = engine.purges().fenceBut(fence, of, own);
        }
        if (!engine.purges().mayStore(fence, of, sentNanos)) {
            return new Verdict.Refuse(Reason.PURGED);
        }
        SortedSet<String> nominated = VaryRule.fields(facts.head().headers());
        boolean room = engine.store()
                .makeRoom(
                        key,
                        nominated,
                        under.selector(),
                        policy.key().maxVariants(),
                        other -> ReuseRule.isFresh(
                                other.head(),
                                under.matched().forStatus(other.head().status()),
                                arrivedNanos));
        if (!room) {
            return new Verdict.Refuse(Reason.VARIANTS);
        }
        if (!engine.ledger().reserve(known)) {
            return new Verdict.Refuse(Reason.NO_MEMORY);
        }
        reserved = known;
        announced = whole;
        storing = facts;
        subject = of;
        return verdict;
    }

    /** While what is stored may be served instead of an error, the error does not take its place. */
    private boolean isCoveredUp(Plan under, CacheKey key) {
        StoredResponse stored =
                engine.store().findInMemory(key, under.selector()).response();
        if (stored == null || StaleRule.isError(stored.head().status())) {
            return false;
        }
        Policy policy = under.matched().forStatus(stored.head().status());
        Long since = engine.purges().staleSince(stored);
        long ended = since == null ? Long.MAX_VALUE : stored.head().ageMillis(since);
        return StaleRule.ifError(stored.head(), policy, engine.clock().nanos(), ended);
    }

    /** Of a 206 that tells the truth, the representation as far as it is there; of any other, what came. */
    private StoredHead facts(Plan under, ResponseHead head, Policy policy, long length, long age, long nanos) {
        ContentRange range =
                head.status() == 206 ? ContentRange.parse(head.headers().joined("Content-Range")) : null;
        boolean honest = range != null && (length < 0 || length == range.span().length());
        if (range == null || !honest) {
            return Facts.of(under, head, policy, age, nanos, null);
        }
        Headers fields = head.headers()
                .edit()
                .remove("Content-Range")
                .remove("Content-Length")
                .build();
        Extents extents = Extents.of(range);
        return Facts.of(under, ResponseHead.of(200, fields), policy, age, nanos, extents.isWhole() ? null : extents);
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
        Plan.Part part = plan.part();
        if (reason == Reason.PURGED && part != null && part.completes() != null) {
            engine.store().remove(part.completes().slotKey()); // it would keep the whole out for as long as it stays
        }
    }

    /** A 304: the stored body under a new head, as old as the validation and with its fence (RFC 9111 §4.3.4). */
    private void renew(StoredResponse former, ResponseHead notModified, long age) {
        if (!Renewal.speaksOf(former, notModified) || isPurged(former)) {
            again(plan.validating(null)); // it is about a representation that is not here, or not any more
            return;
        }
        Flight.Landing.Renewed renewed = new Renewal(engine, plan, fence, sentNanos).by304(former, notModified, age);
        if (renewed == null) {
            again(plan.validating(null)); // what it is about has left meanwhile
            return;
        }
        over = true;
        flight.land(renewed);
        engine.flights().end(flight);
    }

    @Override
    public synchronized boolean body(byte[] bytes) {
        List<Runnable> events = held;
        if (events != null) {
            events.add(() -> body(bytes));
            return false;
        }
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
        List<Runnable> events = held;
        if (events != null) {
            events.add(() -> end(trailers));
            return;
        }
        BodyStream body = stream;
        if (over || body == null) {
            return;
        }
        over = true;
        after.forEach(body::append);
        StoredHead facts = storing;
        if (facts != null) {
            store(facts, body);
        }
        body.end(trailers);
        engine.flights().end(flight);
    }

    private void store(StoredHead facts, BodyStream body) {
        Plan under = storeAs;
        CacheKey key = under.key();
        long length = body.produced();
        Extents extents = facts.extents();
        boolean whole = extents == null || extents.bytes() == length;
        Subject of = subject;
        if (key == null || of == null || !whole || !mayStore(key, of)) {
            giveBack();
            return;
        }
        engine.ledger().release(reserved - length);
        reserved = 0;
        Body kept = Body.reserved(body.kept(), length, engine.ledger());
        SortedSet<String> nominated = VaryRule.fields(facts.head().headers());
        String slotKey = engine.store().slotKeyFor(key, nominated, under.selector());
        Plan.Part part = under.part();
        if (facts.head().status() == 206 && part != null) {
            String exact = Plan.Part.slotKeyOf(slotKey, part.range());
            engine.store()
                    .putInMemory(
                            new StoredResponse(
                                    key, exact, facts, kept, engine.purges().stamp(fence)),
                            nominated);
            return;
        }
        StoredResponse response =
                new StoredResponse(key, slotKey, facts, kept, engine.purges().stamp(fence));
        if (part != null) {
            StoredResponse former =
                    engine.store().findInMemory(key, under.selector()).response();
            if (former != null && extents != null && isWholeSince(former, policy(facts.head()))) {
                kept.release();
                return;
            }
            boolean own = former != null && former.key().equals(key);
            long most = plan.config().config().tiers().l1().maxObject();
            response = Assembly.combined(own ? former : null, response, most, engine.ledger());
        }
        engine.store().put(response, nominated, keepMillis(under, facts));
        engine.flights().markCacheable(flight.slotKey() == null ? slotKey : flight.slotKey());
    }

    /** Only L2 forgets what is of no use any more. */
    private long keepMillis(Plan under, StoredHead facts) {
        if (!engine.store().hasRemote()) {
            return 0;
        }
        Policy policy = under.matched().forStatus(facts.head().status());
        return Facts.keepMillis(facts, policy, engine.clock().nanos());
    }

    private boolean mayStore(CacheKey key, Subject of) {
        if (engine.purges().isUntouched(fence, of)) {
            return engine.purges().mayStore(fence, of, sentNanos);
        }
        StoredResponse since =
                engine.store().findInMemory(key, storeAs.selector()).response();
        boolean isSurpassed =
                since != null && engine.purges().isUntouched(since); // who came after a soft purge was quicker
        return !isSurpassed && engine.purges().mayStore(fence, of, sentNanos);
    }

    /** While a part was on its way, all of it came: that is worth more, whichever of the two is newer. */
    private boolean isWholeSince(StoredResponse stored, Policy policy) {
        long now = engine.clock().nanos();
        return stored.head().extents() == null
                && stored.head().arrivedNanos() - sentNanos >= 0
                && ReuseRule.isFresh(stored.head(), policy, now);
    }

    @Override
    public synchronized void failed(Failure failure) {
        List<Runnable> events = held;
        if (events != null) {
            events.add(() -> failed(failure));
            return;
        }
        if (over) {
            return;
        }
        boolean anotherServer = failure == Failure.CONNECT_FAILED || failure == Failure.CONNECT_TIMEOUT;
        if (anotherServer
                && attempts < plan.config().origin(plan.policy()).servers().size()
                && plan.isRepeatable()) {
            send();
            return;
        }
        finishWith(failure);
    }

    private void finishWith(Failure failure) {
        over = true;
        if (stream == null) {
            Mutation.inDoubt(engine, plan, failure).thenRun(() -> {}); // nobody is told of it
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
        BodyStream body = plan.asked().body();
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
