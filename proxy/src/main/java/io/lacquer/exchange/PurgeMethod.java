package io.lacquer.exchange;

import io.lacquer.http.Fields;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.Target;
import io.lacquer.purge.Invalidations;
import io.lacquer.purge.Receipt;
import io.lacquer.purge.Scope;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code PURGE} on the main listener, as CMS plugins send it: of one URL, or of the tags that a field names. From the
 * addresses of {@code purge.allow} only; never forwarded.
 */
final class PurgeMethod implements Service.Handling {
    private static final List<String> TAG_FIELDS = List.of(
            "Surrogate-Key",
            "xkey",
            "xkey-purge",
            "xkey-softpurge",
            "Cache-Tag",
            "Cache-Tags",
            "X-Cache-Tags",
            "Purge-Cache-Tags");
    private static final int MOST_TAGS = 1_000;
    private static final int LONGEST_BODY = 64 << 10;
    private static final String ALL = ".*";
    private static final String NO_METHOD = "null";
    private static final Set<String> METHODS = Set.of(NO_METHOD, "default", "exact", "regex");
    private static final String WHO = "purge-method";

    /** Tags in a regular expression of which nothing but whole tags can match. */
    private static final String MAGENTO = "X-Magento-Tags-Pattern";

    private static final List<String> TAG_PATTERNS = List.of(MAGENTO, "X-Cache-Tags-Pattern");

    /** What stands around a tag in such an expression so that it is a whole one. */
    private static final Pattern AROUND = Pattern.compile("\\(\\^\\|,\\)|\\(,\\|\\$\\)|\\\\b");

    private static final Pattern PLAIN_TAG = Pattern.compile("(?:[^()\\[\\]{}|^$*+?.,\\\\\\s]|\\\\[-.:_/#&]|\\.)+");

    private final Engine engine;
    private final RequestHead request;
    private final @Nullable BodyStream body;
    private final InetAddress peer;
    private final Downstream client;
    private final Outcome outcome;

    PurgeMethod(Engine engine, RequestHead request, @Nullable BodyStream body, InetAddress peer, Downstream client) {
        this.engine = engine;
        this.request = request;
        this.body = body;
        this.peer = peer;
        this.client = client;
        this.outcome = new Outcome(request, client.address(), engine.clock().nanos());
    }

    /** Whether a request is one: {@code PURGE}, and {@code BAN} from who may purge, as Drupal sends it; else that passes. */
    static boolean isFor(Engine engine, RequestHead request, InetAddress peer) {
        return request.method().equals("PURGE") || (request.method().equals("BAN") && isAllowed(engine, peer));
    }

    private static boolean isAllowed(Engine engine, InetAddress peer) {
        return engine.active().get().config().purge().allow().stream().anyMatch(range -> range.contains(peer));
    }

    @Override
    public void start() {
        ActiveConfig active = engine.active().get();
        if (!isAllowed(engine, peer)) {
            refused(403);
            answer(403, "{\"status\":\"refused\",\"error\":\"PURGE is for the addresses of purge.allow\"}");
            return;
        }
        Scope scope;
        try {
            scope = scope(active);
        } catch (Target.MalformedException | IllegalArgumentException malformed) {
            refused(400);
            answer(400, "{\"status\":\"refused\",\"error\":\"the request can't be read as a purge\"}");
            return;
        }
        Invalidations.Wish wish =
                new Invalidations.Wish(scope, isSoft(), false, Duration.ofSeconds(2), false, false, "purge-method");
        BodyStream unused = request.headers().has("Expect") ? null : body; // who waits for a 100 need not send it
        WholeBody.read(unused, client.loop(), LONGEST_BODY, text -> purge(wish)); // so that the connection can stay
    }

    private void purge(Invalidations.Wish wish) {
        if (outcome.endNanos != 0) {
            return; // the client has left in the middle of its request
        }
        engine.invalidations()
                .invalidate(wish)
                .whenComplete((receipt, failure) -> client.loop().execute(() -> told(wish.scope(), receipt, failure)));
    }

    private boolean isSoft() {
        Headers headers = request.headers();
        return "1".equals(headers.get("Fastly-Soft-Purge")) || headers.has("xkey-softpurge");
    }

    private Scope scope(ActiveConfig active) throws Target.MalformedException {
        Headers headers = request.headers();
        Set<String> tags = tags(headers);
        for (String field : TAG_PATTERNS) {
            String pattern = headers.get(field);
            if (ALL.equals(pattern)) {
                return Scope.ALL;
            }
            if (pattern != null) {
                addTags(pattern, field.equals(MAGENTO), tags);
            }
        }
        if (!tags.isEmpty()) {
            return Scope.of(tags, List.of());
        }
        Target target = target("http");
        outcome.target = target;
        String method = String.valueOf(headers.get("X-Purge-Method")).toLowerCase(Locale.ROOT);
        if (!METHODS.contains(method) || headers.has("X-Pool")) {
            throw new IllegalArgumentException("what is to be purged is named in a way that is not known");
        }
        if (method.equals("regex") || (method.equals(NO_METHOD) && target.path().endsWith(ALL))) {
            List<String> places =
                    Stream.of(below(target), below(target("https"))).distinct().toList();
            return new Scope(Set.of(), List.of(), List.of(), places, List.of(), List.of(), false);
        }
        // Which scheme it was stored under is not known here, so neither is which port is the default one.
        Set<String> urls = new LinkedHashSet<>(PurgeUrls.ofTarget(active.queries(), target));
        urls.addAll(PurgeUrls.ofTarget(active.queries(), target("https")));
        return Scope.of(Set.of(), List.copyOf(urls));
    }

    private Target target(String scheme) throws Target.MalformedException {
        return Target.parse("GET", request.target(), request.headers().get("Host"), scheme);
    }

    /** Of regular expressions only those are known that end in anything: a prefix. */
    private static String below(Target target) {
        String path = target.path();
        String plain = path.endsWith(ALL) ? path.substring(0, path.length() - ALL.length()) : "*";
        if (target.query() != null || plain.chars().anyMatch(c -> "[](){}^$*+|\\".indexOf(c) >= 0)) {
            throw new IllegalArgumentException("the only regular expressions are those of a path that end in .*");
        }
        return target.host() + plain;
    }

    /**
     * Adds the tags of a pattern.
     *
     * @param marked whether each must be marked as a whole one: WordPress' is not, but means it
     */
    private static void addTags(String pattern, boolean marked, Set<String> tags) {
        String[] named = AROUND.matcher(pattern).replaceAll("").split("\\|", -1);
        if (marked && AROUND.matcher(pattern).results().count() != 2L * named.length) {
            throw new IllegalArgumentException("the pattern names parts of tags");
        }
        for (String each : named) {
            boolean grouped = each.startsWith("(") && each.endsWith(")");
            String tag = grouped ? each.substring(1, each.length() - 1) : each;
            if (!PLAIN_TAG.matcher(tag).matches()) {
                throw new IllegalArgumentException("the pattern is no list of tags"); // part of it is not enough
            }
            tags.add(tag.replace("\\", ""));
        }
        if (tags.size() > MOST_TAGS) {
            throw new IllegalArgumentException("more tags than " + MOST_TAGS);
        }
    }

    private static Set<String> tags(Headers headers) {
        Set<String> tags = new LinkedHashSet<>();
        for (String field : TAG_FIELDS) {
            for (String line : headers.all(field)) {
                for (String name : Fields.names(line)) {
                    tags.add(name);
                    tags.addAll(List.of(name.split("\\|"))); // as where the list goes into a regular expression
                }
            }
        }
        if (tags.size() > MOST_TAGS) {
            throw new IllegalArgumentException("more tags than " + MOST_TAGS);
        }
        return tags;
    }

    /** What it is about, with its host. */
    private String whole() {
        String host = request.headers().get("Host");
        return request.target().startsWith("/") && host != null ? host + request.target() : request.target();
    }

    private void refused(int status) {
        engine.audit().refused(WHO, peer, request.method(), whole(), status);
    }

    private void told(Scope scope, @Nullable Receipt receipt, @Nullable Throwable failure) {
        if (receipt == null || failure != null) {
            refused(503);
            answer(503, "{\"status\":\"failed\",\"error\":\"the purge could not be written; try again\"}");
            return;
        }
        int status = switch (receipt.outcome()) {
            case DONE, DRY_RUN -> 200;
            case LOCAL_ONLY -> 202;
            case TOO_MUCH -> 409;
            case NO_LOG, NOT_EVERYWHERE, NOT_KEPT -> 503;
        };
        String what = "id=" + receipt.id() + (scope.all() ? ";all" : "")
                + (scope.tags().isEmpty() ? "" : ";tags=" + String.join(",", scope.tags()));
        engine.audit().done(WHO, peer, request.method(), whole(), status, what);
        answer(status, "{\"status\":\"" + (status < 300 ? "ok" : "refused") + "\",\"id\":\"" + receipt.id() + "\"}");
    }

    private void answer(int status, String json) {
        Answer answer = Answer.of(status, "application/json", (json + "\n").getBytes(StandardCharsets.UTF_8));
        outcome.status = status;
        outcome.bodyBytes = answer.body().length;
        if (body != null && !body.isEnded()) {
            body.fail(Failure.CLIENT_LEFT);
        }
        client.respond(answer.head(), answer.source());
    }

    @Override
    public void responded(long bodyBytes, @Nullable Failure failure) {
        outcome.failure = failure;
        finish();
    }

    @Override
    public void clientLeft() {
        outcome.failure = Failure.CLIENT_LEFT;
        finish();
    }

    private void finish() {
        if (outcome.endNanos == 0) {
            outcome.endNanos = engine.clock().nanos();
            engine.outcomes().accept(outcome);
        }
    }
}
