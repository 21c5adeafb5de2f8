package io.lacquer.exchange;

import io.lacquer.config.Config;
import io.lacquer.config.Policy;
import io.lacquer.exchange.Flight.Landing;
import io.lacquer.http.CacheControl;
import io.lacquer.http.CacheKey;
import io.lacquer.http.Extents;
import io.lacquer.http.Fields;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.http.Span;
import io.lacquer.http.Target;
import io.lacquer.purge.Subject;
import io.lacquer.rules.EmitRule.Freshness;
import io.lacquer.rules.ForwardRule;
import io.lacquer.rules.KeyRule;
import io.lacquer.rules.Lifetime;
import io.lacquer.rules.RangeRule;
import io.lacquer.rules.Reason;
import io.lacquer.rules.RequestRule;
import io.lacquer.rules.ReuseRule;
import io.lacquer.rules.StaleRule;
import io.lacquer.rules.StorageRule;
import io.lacquer.rules.ValidationRule;
import io.lacquer.store.Leases;
import io.lacquer.store.RemoteTier;
import io.lacquer.store.StoredResponse;
import io.lacquer.store.TieredStore;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client request from its head to its last byte. The steps below are the whole journey, in order; each
 * says what is next, and what it decides with is a pure rule elsewhere. Always on the connection's loop.
 */
final class Exchange implements Service.Handling, Flight.Passenger {
    /** Where the journey can be; PARKED waits for a tier, a flight or the client. */
    enum Step {
        SCREEN,
        ROUTE,
        READ,
        LOOK_UP,
        JUDGE,
        AWAIT,
        FETCH,
        DELIVER,
        FINISH,
        PARKED
    }

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);

    /** A request that found somebody else's flight useless so often fetches alone. */
    private static final int MAX_LOOKS = 3;

    private final Engine engine;
    private final Downstream client;
    private final RequestHead request;
    private final @Nullable BodyStream body;
    private final long bodyLength;
    private final ActiveConfig config;
    private final ForwardRule.Client peer;
    private final Outcome outcome;

    private @Nullable Plan plan;
    private TieredStore.@Nullable Found found;
    private boolean remoteAsked;
    private Loop.@Nullable Timer asking;
    private int looks;
    private @Nullable Flight flight;
    private boolean leads;
    private boolean fetched;
    private Loop.@Nullable Timer waiting;
    private Loop.@Nullable Timer patience;
    private @Nullable ContentReader content;
    private boolean clientWantsNewer;
    private @Nullable Delivery delivery;
    private boolean done;

    Exchange(
            Engine engine,
            RequestHead request,
            @Nullable BodyStream body,
            long bodyLength,
            InetAddress address,
            Downstream client) {
        this.engine = engine;
        this.client = client;
        this.request = request.with(Fields.withoutNamedByConnection(request.headers()));
        this.body = body;
        this.bodyLength = bodyLength;
        this.config = engine.active().get();
        this.peer = new ForwardRule.Client(client.address(), config.trusts(address));
        this.outcome = new Outcome(request, peer.address(), engine.clock().nanos());
    }

    @Override
    public void start() {
        run(Step.SCREEN);
    }

    /** Runs steps until one parks or the exchange is done. */
    private void run(Step from) {
        Step step = from;
        try {
            while (step != Step.PARKED && (!done || step == Step.FINISH)) {
                step = perform(step);
            }
        } catch (RuntimeException mistake) {
            LOG.error("step {} of {} {} failed", step, request.method(), request.target(), mistake);
            client.fail();
        }
    }

    private Step perform(Step step) {
        return switch (step) {
            case SCREEN -> screen();
            case ROUTE -> route();
            case READ -> read();
            case LOOK_UP -> lookUp();
            case JUDGE -> judge();
            case AWAIT -> await();
            case FETCH -> fetch();
            case DELIVER -> deliver();
            case FINISH -> finish();
            case PARKED -> Step.PARKED;
        };
    }

    /** Is it a request that we serve at all? */
    private Step screen() {
        if (request.method().equals("TRACE") || request.method().equals("CONNECT")) {
            return refuse(Failure.METHOD_REFUSED);
        }
        String expectation = request.headers().get("Expect");
        if (expectation != null && !expectation.equalsIgnoreCase("100-continue")) {
            return refuse(Failure.EXPECTATION);
        }
        try {
            outcome.target = Target.parse(
                    request.method(), request.target(), request.headers().get("Host"), scheme());
        } catch (Target.MalformedException malformed) {
            return refuse(Failure.MALFORMED);
        }
        return Step.ROUTE;
    }

    /** The effective scheme: a trusted proxy's word, else how the client came. */
    private String scheme() {
        String forwarded = peer.trusted() ? request.headers().get("X-Forwarded-Proto") : null;
        return "https".equalsIgnoreCase(forwarded) ? "https" : "http";
    }

    /** Which policy, and may the cache be used? */
    private Step route() {
        Target target = target();
        ActiveConfig.Matched matched = config.match(request, target, request.method());
        Policy policy = matched.policy();
        outcome.policy = policy;
        boolean upgrade = isWebSocket();
        boolean cacheOn = config.config().cache();
        RequestRule.Verdict verdict = RequestRule.judge(request, target, bodyLength != 0 && !upgrade, cacheOn, policy);
        CacheControl directives = RequestRule.clientDirectives(request.headers(), policy);
        CacheKey key = null;
        boolean cutOff = !engine.purges().isServing();
        if (verdict instanceof RequestRule.Verdict.Pass || upgrade || cutOff) {
            Reason why = verdict instanceof RequestRule.Verdict.Pass(Reason given)
                    ? given
                    : upgrade ? Reason.UPGRADE : Reason.CUT_OFF;
            outcome.reason = why;
            outcome.forward = why == Reason.METHOD ? Outcome.Forward.METHOD : Outcome.Forward.BYPASS;
        } else {
            key = KeyRule.key(config.shape(policy), policy, target, request.headers());
            outcome.keyText = key.text();
        }
        Plan.Asked asked =
                new Plan.Asked(config, request, target, matched, directives, peer, upgrade, body, bodyLength, null);
        plan = new Plan(asked, key, null, null);
        if (key == null) {
            return Step.FETCH;
        }
        return request.method().equals("QUERY") ? Step.READ : Step.LOOK_UP;
    }

    /** The content of a QUERY is part of its key: all of it is read before anything is looked up. */
    private Step read() {
        ContentReader reader = content;
        if (reader == null) {
            BodyStream.Reader from = body == null ? null : body.reader(client.loop());
            if (from == null) {
                return keyed(new Content(new byte[0]));
            }
            reader =
                    new ContentReader(from, client.loop(), plan().policy().key().maxBody());
            content = reader;
            if (request.headers().has("Expect")) {
                client.interim(ResponseHead.of(100, Headers.EMPTY));
            }
        }
        return switch (reader.read(() -> run(Step.READ))) {
            case WHOLE -> keyed(reader.content());
            case WAITING, BROKEN -> Step.PARKED;
            case TOO_LONG -> {
                outcome.reason = Reason.REQUEST_BODY;
                outcome.forward = Outcome.Forward.BYPASS;
                outcome.keyText = null;
                plan = plan().unkeyed(reader.rejoined());
                yield Step.FETCH;
            }
        };
    }

    private Step keyed(Content read) {
        CacheKey key = KeyRule.withContent(key(), request.headers(), read.text());
        outcome.keyText = key.text();
        plan = plan().keyed(key, read);
        return Step.LOOK_UP;
    }

    private boolean isWebSocket() {
        return bodyLength == Service.TUNNEL && request.method().equals("GET");
    }

    /** What is stored for it: L1 at once, L2 if there is one. */
    private Step lookUp() {
        looks++;
        remoteAsked = false;
        found = engine.store().findInMemory(key(), plan().selector());
        outcome.lookupNanos = engine.clock().nanos();
        boolean askOn = candidate() == null
                && engine.store().hasRemote()
                && !engine.flights().isUncacheable(found().slotKey());
        return askOn ? askRemote() : Step.JUDGE;
    }

    private Step askRemote() {
        remoteAsked = true;
        TieredStore.Found inMemory = found;
        Loop.Timer limit = client.loop().schedule(engine.store().remotePatienceMillis(), this::remoteIsSlow);
        asking = limit;
        engine.store()
                .findInRemote(
                        key(),
                        plan().selector(),
                        remote -> client.loop().execute(() -> {
                            if (limit.equals(asking)) {
                                limit.cancel();
                                found = standing().isBetter(remote, inMemory) ? remote : inMemory;
                                remoteAnswered(remote.trouble());
                            }
                        }));
        return Step.PARKED;
    }

    /** A look-up has up to three steps, each bounded by the timeout; all of them together are as well. */
    private void remoteIsSlow() {
        remoteAnswered(RemoteTier.Kind.TIMEOUT);
    }

    private void remoteAnswered(RemoteTier.@Nullable Kind trouble) {
        asking = null;
        outcome.lookupNanos = engine.clock().nanos();
        noteTrouble(trouble);
        run(Step.JUDGE);
    }

    private void noteTrouble(RemoteTier.@Nullable Kind trouble) {
        if (trouble != null) {
            outcome.reason = switch (trouble) {
                case TIMEOUT -> Reason.L2_TIMEOUT;
                case DOWN -> Reason.L2_DOWN;
                case CORRUPT -> Reason.L2_CORRUPT;
            };
        }
    }

    /** May what is stored answer? */
    private Step judge() {
        preferExactRange();
        StoredResponse stored = candidate();
        if (stored == null || !plan().isFor(stored) || !standing().isUnpurged(stored)) {
            found = without(found());
            return miss(isVariant() ? Outcome.Forward.VARY_MISS : Outcome.Forward.URI_MISS);
        }
        Policy policy = standing().policy(stored.head());
        if (!ReuseRule.isPermitted(stored.head(), policy)) {
            found = without(found());
            return miss(Outcome.Forward.URI_MISS);
        }
        ReuseRule.Verdict verdict = ReuseRule.judge(
                stored.head(),
                plan().client(),
                policy,
                engine.clock().nanos(),
                standing().endedMillis(stored));
        if (!RangeRule.covers(stored.head(), request)) {
            return incomplete(stored, verdict instanceof ReuseRule.Verdict.Fresh);
        }
        outcome.ageMillis = verdict.ageMillis();
        outcome.lifetime = verdict.lifetime();
        return switch (verdict) {
            case ReuseRule.Verdict.Fresh fresh -> serve(stored, policy, Outcome.Result.HIT, Freshness.FRESH);
            case ReuseRule.Verdict.StaleAccepted accepted ->
                serve(stored, policy, Outcome.Result.STALE, Freshness.STALE);
            case ReuseRule.Verdict.StaleWhileRevalidate window -> {
                refresh(stored);
                outcome.reason = Reason.STALE_WHILE_REVALIDATE;
                yield serve(stored, policy, Outcome.Result.STALE, Freshness.STALE);
            }
            case ReuseRule.Verdict.Validate validate -> {
                if (!remoteAsked && !validate.client() && engine.store().hasRemote()) {
                    yield askRemote(); // another node may have renewed it
                }
                clientWantsNewer = validate.client() || ReuseRule.refusesStale(plan().client(), validate.ageMillis());
                if (validate.client()) {
                    outcome.reason = Reason.CLIENT_DIRECTIVE;
                }
                yield miss(validate.client() ? Outcome.Forward.REQUEST : Outcome.Forward.STALE);
            }
        };
    }

    /** Where what is stored does not have the range: an answer to this very range may. */
    private void preferExactRange() {
        String range =
                RangeRule.asked(request) == null ? null : request.headers().get("Range");
        StoredResponse stored = candidate();
        if (range == null || (stored != null && RangeRule.covers(stored.head(), request))) {
            return;
        }
        StoredResponse exact = engine.store().inMemory(Plan.Part.slotKeyOf(found().slotKey(), range));
        if (exact != null
                && RangeRule.ifRangeHolds(request.headers(), exact.head().head())) {
            found = new TieredStore.Found(exact, TieredStore.Level.L1, found().slotKey(), null);
        }
    }

    private static TieredStore.Found without(TieredStore.Found found) {
        boolean isWithout = found.response() == null && found.trouble() == null;
        return isWithout ? found : new TieredStore.Found(null, found.level(), found.slotKey(), null);
    }

    /** Part of it is stored, and not what is asked for: the rest of it is enough. */
    private Step incomplete(StoredResponse stored, boolean usable) {
        if (!remoteAsked && engine.store().hasRemote()) {
            return askRemote();
        }
        found = without(found());
        Extents extents = stored.head().extents();
        Span missing = extents == null ? null : extents.missing();
        boolean wantsWhole = request.method().equals("GET") && RangeRule.asked(request) == null;
        ResponseHead head = stored.head().head();
        boolean mayJoin = RangeRule.strongValidator(head) != null || !ValidationRule.hasValidator(head);
        boolean useful = usable && wantsWhole && mayJoin && standing().isOwn(stored);
        if (useful && extents != null && missing != null && missing.length() <= extents.complete() / 2) {
            plan = plan().asking(Plan.Part.completing(stored, extents, missing));
        }
        return miss(Outcome.Forward.PARTIAL);
    }

    /** The resource is known, this variant of it is not. */
    private boolean isVariant() {
        return !found().slotKey().equals(key().text());
    }

    private Step miss(Outcome.Forward forward) {
        outcome.forward = forward;
        if (plan().client().has("only-if-cached")) {
            return refuse(Failure.ONLY_IF_CACHED);
        }
        StoredResponse stored = candidate();
        if (request.method().equals("HEAD")) {
            boolean tellsOfIt = stored != null && standing().isOwn(stored) && plan().isSentAsKeyed();
            plan = plan().unstored(tellsOfIt ? stored : null);
            return Step.FETCH;
        }
        String range = request.method().equals("GET") ? request.headers().joined("Range") : null;
        boolean isPart = stored == null || Standing.isPart(stored);
        if (range != null && isPart && RangeRule.asked(request) != null) {
            plan = plan().asking(new Plan.Part(range, request.headers().get("If-Range"), null));
        } else if (range != null && isPart && !range.regionMatches(true, 0, "bytes", 0, 5)) {
            outcome.reason = Reason.RANGE;
            plan = plan().unstored(null);
            return Step.FETCH;
        }
        boolean validates = stored != null
                && standing().isOwn(stored)
                && ValidationRule.hasValidator(stored.head().head());
        plan = plan().validating(validates ? stored : null);
        return Step.AWAIT;
    }

    /** What requests that want the same of the origin share. */
    private String flightKey() {
        Plan.Part part = plan().part();
        String slotKey = found().slotKey();
        return part == null || part.completes() != null ? slotKey : part.slotKey(slotKey);
    }

    /** Is somebody fetching it already? */
    private Step await() {
        String slotKey = flightKey();
        Config.Collapse collapse = config.config().collapse();
        if (looks > MAX_LOOKS || mayNotLead()) {
            return Step.FETCH;
        }
        boolean hasFallback = candidate() != null && standing().mayServeOnError(candidate());
        if (engine.flights().isUncacheable(slotKey) && !hasFallback) {
            outcome.reason = Reason.UNCACHEABLE_BEFORE;
            plan = candidate() == null ? plan().withClientConditions() : plan();
            return Step.FETCH;
        }
        Flights.Seat seat = engine.flights()
                .joinOrLead(
                        slotKey, () -> new Flight(slotKey, engine.purges().fence(), this), this, collapse.maxWaiters());
        if (seat.leads()) {
            return lead(seat.flight());
        }
        if (seat.joined() == Flight.Joined.FULL) {
            outcome.reason = Reason.WAITERS_FULL;
            return Step.FETCH;
        }
        flight = seat.flight();
        leads = false;
        outcome.collapsed = true;
        waiting = client.loop().schedule(collapse.maxWait().toMillis(), this::waitedTooLong);
        losePatienceInTime();
        return Step.PARKED;
    }

    /** {@code stale_if_slow}: after that long, stale is better than nothing; the fetch goes on without us. */
    private void losePatienceInTime() {
        StoredResponse stored = candidate();
        Duration slow = plan().policy().staleIfSlow();
        if (slow != null
                && stored != null
                && !clientWantsNewer
                && patience == null
                && standing().mayServeOnError(stored)) {
            patience = client.loop().schedule(slow.toMillis(), this::originIsSlow);
        }
    }

    private void originIsSlow() {
        StoredResponse stored = candidate();
        if (flight != null
                && delivery == null
                && !done
                && stored != null
                && standing().mayServeOnError(stored)) {
            disembark();
            outcome.collapsed = false;
            outcome.reason = Reason.STALE_IF_SLOW;
            run(serveStale(stored));
        }
    }

    /** Its answer would most likely be of no use to who follows. */
    private boolean mayNotLead() {
        Policy policy = plan().policy();
        boolean shared = policy.shareAuthorized() || StorageRule.keyedByUser(policy);
        return plan().client().has("no-store") || (request.headers().has("Authorization") && !shared);
    }

    /** Between our look and our lead, another flight may have come home. */
    private Step lead(Flight mine) {
        flight = mine;
        leads = true;
        TieredStore.Found again = engine.store().findInMemory(key(), plan().selector());
        StoredResponse stored = again.response();
        boolean newer = stored != null && stored != candidate() && RangeRule.covers(stored.head(), request);
        if (stored != null
                && newer
                && standing().isFresh(stored.head())
                && engine.purges().isUntouched(stored)
                && standing().isUnpurged(stored)) {
            lookAgain(mine);
            outcome.forward = null;
            return Step.LOOK_UP;
        }
        Leases leases = engine.leases();
        return leases != null && isCollapsedAcross() ? lease(leases, mine) : Step.FETCH;
    }

    /** Whether one node at a time fetches what is missing here. */
    private boolean isCollapsedAcross() {
        return switch (plan().policy().acrossNodes()) {
            case OFF -> false;
            case ON -> true;
            case AUTO -> engine.pace().isSlow(plan().policy().origin());
        };
    }

    /** Another node may be fetching it: its answer will be in L2. */
    private Step lease(Leases leases, Flight mine) {
        String slotKey = flightKey();
        leases.take(
                slotKey,
                taken -> client.loop().execute(() -> {
                    if (taken == Leases.Taken.MINE) {
                        mine.whenEnded(
                                () -> leases.release(slotKey, engine.flights().isUncacheable(slotKey)));
                    }
                    if (done || !mine.equals(flight)) {
                        engine.flights().end(mine);
                    } else if (taken == Leases.Taken.OTHERS) {
                        long most = config.config().collapse().maxWait().toMillis();
                        leases.awaitEnd(
                                slotKey, most, ended -> client.loop().execute(() -> run(otherNodeEnded(mine, ended))));
                    } else {
                        run(Step.FETCH);
                    }
                }));
        return Step.PARKED;
    }

    private Step otherNodeEnded(Flight mine, Leases.Ended ended) {
        if (done || !mine.equals(flight)) {
            return Step.PARKED;
        }
        if (ended == Leases.Ended.UNCACHEABLE) {
            engine.flights().markUncacheable(flightKey()); // all who wait here fetch at once, not one after the other
        }
        if (ended != Leases.Ended.GIVEN_BACK || looks > MAX_LOOKS) {
            return Step.FETCH;
        }
        lookAgain(mine);
        outcome.forward = null;
        outcome.collapsed = true;
        return Step.LOOK_UP;
    }

    /** Who waits for a fetch that will not be looks for itself. */
    private void lookAgain(Flight mine) {
        disembark();
        leads = false;
        mine.land(new Landing.LookAgain());
        engine.flights().end(mine);
    }

    private void waitedTooLong() {
        if (flight != null && delivery == null && !done) {
            disembark();
            outcome.collapsed = false;
            outcome.reason = Reason.WAIT_TIMEOUT;
            run(Step.FETCH);
        }
    }

    /** Ask the origin: as the leader of a flight that others may join, or alone. */
    private Step fetch() {
        if (flight == null) {
            flight = new Flight(null, engine.purges().fence(), this);
            leads = true;
        }
        fetched = true;
        new Fetch(engine, plan(), flight, client.loop()).start();
        losePatienceInTime();
        return Step.PARKED;
    }

    /** Refresh in the background, once a slot and range, never on the client's time. */
    private void refresh(StoredResponse stored) {
        String range = Standing.isPart(stored) ? request.headers().get("Range") : null;
        Plan.Part part = range == null ? null : new Plan.Part(range, null, null);
        String slotKey = part == null ? found().slotKey() : part.slotKey(found().slotKey());
        Flights.Seat seat = engine.flights()
                .joinOrLead(slotKey, () -> new Flight(slotKey, engine.purges().fence(), null), null, 0);
        if (seat.leads()) {
            boolean validates = standing().isOwn(stored)
                    && ValidationRule.hasValidator(stored.head().head());
            Plan again = plan().refreshing(key())
                    .validating(validates ? stored : null)
                    .asking(part);
            new Fetch(engine, again, seat.flight(), client.loop()).start();
        }
    }

    @Override
    public Loop loop() {
        return client.loop();
    }

    @Override
    public void interim(ResponseHead head) {
        if (!done && delivery == null) {
            client.interim(head);
        }
    }

    /** The flight's head is here: is it for us? */
    @Override
    public void landed(Landing landing) {
        if (waiting != null) {
            waiting.cancel();
            waiting = null;
        }
        if (done || flight == null || delivery != null) {
            return;
        }
        outcome.originHeadNanos = engine.clock().nanos();
        run(
                switch (landing) {
                    case Landing.Failed(Failure failure) -> originFailed(failure);
                    case Landing.LookAgain() -> again();
                    case Landing.Renewed(StoredResponse response, boolean shared) -> renewed(response, shared);
                    case Landing.Answer answer -> answered(answer);
                });
    }

    private Step again() {
        disembark();
        outcome.collapsed = false;
        return looks > MAX_LOOKS ? Step.FETCH : Step.LOOK_UP;
    }

    private Step originFailed(Failure failure) {
        StoredResponse stored = candidate();
        disembark();
        if (stored != null && standing().mayServeOnError(stored)) {
            return staleIfError(stored);
        }
        return refuse(failure);
    }

    private Step staleIfError(StoredResponse stored) {
        outcome.reason = Reason.STALE_IF_ERROR;
        return serveStale(stored);
    }

    private Step serveStale(StoredResponse stored) {
        Policy policy = standing().policy(stored.head());
        outcome.ageMillis = stored.head().ageMillis(engine.clock().nanos());
        return serve(stored, policy, Outcome.Result.STALE, Freshness.STALE);
    }

    private Step renewed(StoredResponse response, boolean shared) {
        disembark();
        outcome.originStatus = 304;
        boolean ours = leads || (shared && standing().isShared(response));
        if (!ours) {
            return alone();
        }
        Policy policy = standing().policy(response.head());
        outcome.ageMillis = response.head().ageMillis(engine.clock().nanos());
        outcome.lifetime = Lifetime.of(response.head().head(), response.head().control(), policy);
        outcome.stored = shared;
        found = new TieredStore.Found(response, found().level(), response.slotKey(), null);
        Freshness freshness = Delivery.freshness(request, response.head().head(), policy);
        return serve(response, policy, Outcome.Result.REVALIDATED, freshness);
    }

    /** It waited for an answer that is not for it. */
    private Step alone() {
        outcome.collapsed = false;
        outcome.originStatus = 0;
        outcome.reason = Reason.NOT_SHARED;
        return Step.FETCH;
    }

    private Step answered(Landing.Answer answer) {
        outcome.originStatus = answer.head().status();
        StoredResponse stored = candidate();
        if (StaleRule.isError(answer.head().status())
                && stored != null
                && standing().mayServeOnError(stored)) {
            disembark();
            return staleIfError(stored);
        }
        Flight from = flight;
        if (!leads && from != null && standing().isPurged(from, answer)) {
            engine.flights().end(from); // nobody else need find that out: who comes now meets at a new one
            return again();
        }
        if (!leads && (from == null || !standing().isShared(from, answer.stored()))) {
            disembark();
            return alone();
        }
        BodySource source = answer.body().reader(client.loop());
        if (source == null) {
            disembark(); // others have read on, and what they had is gone
            return alone();
        }
        return pass(leads ? answer : answer.forOthers(), source);
    }

    /** The origin's answer as it streams. */
    private Step pass(Landing.Answer answer, BodySource source) {
        Policy policy =
                found == null ? null : plan().matched().forStatus(answer.head().status());
        delivery = Delivery.streamed(request, answer, source, policy, plan().key() != null, outcome);
        return Step.DELIVER;
    }

    /** A stored answer. */
    private Step serve(StoredResponse stored, Policy policy, Outcome.Result result, Freshness freshness) {
        outcome.result = result;
        outcome.level = result == Outcome.Result.REVALIDATED
                ? Outcome.Level.ORIGIN
                : found().level() == TieredStore.Level.L2 ? Outcome.Level.L2 : Outcome.Level.L1;
        delivery = Delivery.stored(request, stored, policy, freshness, outcome);
        outcome.status = delivery.head().status(); // whoever is given the same again counts by it
        if (result == Outcome.Result.HIT
                && delivery.head().status() == stored.head().status()) {
            if (stored.head().extents() == null && outcome.level == Outcome.Level.L1) {
                engine.mover().askedAgain(stored.body());
            }
            HitAgain again = HitAgain.of(engine, plan(), outcome, stored, policy);
            if (again != null && stored.key().equals(key())) {
                engine.store().remember(key(), stored, again);
            }
        }
        return Step.DELIVER;
    }

    private Step refuse(Failure failure) {
        delivery = Delivery.failed(request, failure, outcome);
        return Step.DELIVER;
    }

    /** Hand the answer to the connection, which sends it at the client's pace. */
    private Step deliver() {
        Delivery ready = delivery;
        if (ready == null) {
            throw new IllegalStateException("nothing to deliver");
        }
        ResponseHead head = ready.head();
        if (config.config().serverTiming() && head.status() != 101) {
            head = Reply.timed(head, outcome, engine.clock().nanos());
        }
        head = Reply.varying(
                head,
                outcome.keyText == null ? List.of() : plan().matched().route().steeredBy());
        outcome.status = head.status();
        client.respond(head, ready.body());
        return Step.PARKED;
    }

    @Override
    public void responded(long bodyBytes, @Nullable Failure failure) {
        outcome.bodyBytes = bodyBytes;
        if (failure != null) {
            outcome.failure = failure;
            outcome.stored &= failure.side() != Failure.Side.ORIGIN; // what broke off was not kept after all
        }
        run(Step.FINISH);
    }

    /** The answer broke off before any of it was sent: what is there now, stale, or an error that says so. */
    @Override
    public boolean brokeOffUnsent(Failure failure) {
        if (!done && failure == Failure.LET_GO && looks <= MAX_LOOKS) {
            delivery = null;
            run(Step.LOOK_UP);
            return true;
        }
        if (done || failure.side() != Failure.Side.ORIGIN) {
            return false;
        }
        outcome.stored = false;
        run(originFailed(failure));
        return true;
    }

    @Override
    public void clientLeft() {
        if (!done) {
            outcome.failure = Failure.CLIENT_LEFT;
            run(Step.FINISH);
        }
    }

    /** Let go of everything, close the record. */
    private Step finish() {
        if (done) {
            return Step.PARKED;
        }
        done = true;
        if (waiting != null) {
            waiting.cancel();
        }
        if (patience != null) {
            patience.cancel();
        }
        if (body != null && !body.isEnded()) {
            body.fail(Failure.CLIENT_LEFT);
        }
        if (delivery != null && delivery.body() != null) {
            delivery.body().close();
        }
        Flight mine = flight;
        if (leads && !fetched && mine != null) {
            lookAgain(mine); // its client left before it was known who fetches
        }
        disembark();
        StoredResponse stored = candidate();
        if (stored != null && (outcome.result == Outcome.Result.HIT || outcome.result == Outcome.Result.STALE)) {
            engine.shares().hit(Subject.of(stored), 1);
        }
        outcome.endNanos = engine.clock().nanos();
        engine.outcomes().accept(outcome);
        return Step.PARKED;
    }

    private void disembark() {
        Flight from = flight;
        flight = null;
        if (from != null) {
            from.leave(this);
        }
    }

    private @Nullable StoredResponse candidate() {
        return found == null ? null : found.response();
    }

    private TieredStore.Found found() {
        return present(found);
    }

    private Plan plan() {
        return present(plan);
    }

    private Standing standing() {
        return new Standing(engine, plan());
    }

    private Target target() {
        return present(outcome.target);
    }

    private CacheKey key() {
        return present(plan().key());
    }

    private static <T> T present(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("a step ran before the one that it builds on");
        }
        return value;
    }
}
