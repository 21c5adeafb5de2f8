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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final String WHO = "purge-method";

    /** Magento names tags in a regular expression of this form only. */
    private static final Pattern MAGENTO = Pattern.compile("\\(\\(\\^\\|,\\)([^(),|]+)\\(,\\|\\$\\)\\)(?:\\|(?=.)|$)");

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

    @Override
    public void start() {
        ActiveConfig active = engine.active().get();
        if (active.config().purge().allow().stream().noneMatch(range -> range.contains(peer))) {
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
        Set<String> tags = tags(request.headers());
        String magento = request.headers().get("X-Magento-Tags-Pattern");
        if (ALL.equals(magento)) {
            return Scope.ALL;
        }
        if (magento != null) {
            addMagento(magento, tags);
        }
        if (!tags.isEmpty()) {
            return Scope.of(tags, List.of());
        }
        Target target = target("http");
        outcome.target = target;
        String method = String.valueOf(request.headers().get("X-Purge-Method")).toLowerCase(Locale.ROOT);
        if (method.equals("regex")) {
            return new Scope(Set.of(), List.of(), List.of(), List.of(below(target)), List.of(), List.of(), false);
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

    private static void addMagento(String pattern, Set<String> tags) {
        Matcher each = MAGENTO.matcher(pattern);
        int end = 0;
        while (each.lookingAt()) {
            tags.add(each.group(1));
            end = each.end();
            each.region(end, pattern.length());
        }
        if (end < pattern.length() || tags.size() > MOST_TAGS) {
            throw new IllegalArgumentException("X-Magento-Tags-Pattern is no list of tags"); // part of it is not enough
        }
    }

    private static Set<String> tags(Headers headers) {
        Set<String> tags = new LinkedHashSet<>();
        for (String field : TAG_FIELDS) {
            for (String line : headers.all(field)) {
                tags.addAll(Fields.names(line));
            }
        }
        if (tags.size() > MOST_TAGS) {
            throw new IllegalArgumentException("more tags than " + MOST_TAGS);
        }
        return tags;
    }

    private void refused(int status) {
        engine.audit().refused(WHO, peer, "PURGE", request.target(), status);
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
        engine.audit().done(WHO, peer, "PURGE", request.target(), status, what);
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
