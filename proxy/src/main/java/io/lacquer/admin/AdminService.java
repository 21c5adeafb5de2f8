package io.lacquer.admin;

import io.lacquer.config.Config;
import io.lacquer.exchange.Answer;
import io.lacquer.exchange.BodyStream;
import io.lacquer.exchange.Downstream;
import io.lacquer.exchange.Failure;
import io.lacquer.exchange.Service;
import io.lacquer.exchange.WholeBody;
import io.lacquer.http.Headers;
import io.lacquer.http.RequestHead;
import io.lacquer.http.ResponseHead;
import io.lacquer.purge.Audit;
import io.lacquer.purge.Invalidations;
import io.lacquer.purge.Receipt;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Serves the admin listener. Health, metrics and version are open; the API is guarded. */
public final class AdminService implements Service {
    /** What the process can say and do. */
    public interface Operations {
        /** Whether it should be sent requests, and what is degraded. */
        Readiness readiness();

        /** Prometheus' text. */
        String metrics();

        /** The stats document. */
        byte[] stats();

        /** Reads the configuration anew; the complaints, none if it is in force. */
        List<String> reload();

        /** The running version. */
        String version();

        /** The configuration in force. */
        Config configuration();

        /** What purges. */
        Invalidations invalidations();
    }

    /**
     * Readiness.
     *
     * @param ready whether to send requests
     * @param notes what is degraded, or why it is not ready
     */
    public record Readiness(boolean ready, List<String> notes) {}

    private static final int LONGEST_BODY = 1 << 20;
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json";
    private static final Handling NONE = new Handling() {
        @Override
        public void responded(long bodyBytes, @Nullable Failure failure) {
            // nothing is kept for an admin request
        }

        @Override
        public void clientLeft() {
            // nothing is kept for an admin request
        }
    };

    private final Operations process;
    private final Supplier<Guard> guard;
    private final Audit audit;
    private final Executor worker;
    private final PurgeApi purges;
    private final JsonMapper json = new JsonMapper();

    /**
     * Serves a process.
     *
     * @param guard the one in force, asked for with each request
     * @param worker runs what takes time
     */
    public AdminService(Operations process, Supplier<Guard> guard, Audit audit, Executor worker) {
        this.process = process;
        this.guard = guard;
        this.audit = audit;
        this.worker = worker;
        this.purges = new PurgeApi(process::configuration);
    }

    @Override
    public Handling handle(
            RequestHead head, @Nullable BodyStream body, long bodyLength, InetAddress peer, Downstream client) {
        worker.execute(() -> {
            Access access = access(head, peer);
            Answer refused = access.answer();
            if (refused != null) {
                respond(client, head, refused);
            } else {
                client.loop().execute(() -> read(head, body, client, access, peer));
            }
        });
        return NONE;
    }

    @Override
    public void refused(Failure failure, InetAddress peer) {
        // answered by the connection; nobody counts what is wrong on the admin listener
    }

    /**
     * Who may do it, told by the head alone: of a stranger no body is read.
     *
     * @param who the caller
     * @param answer what needs nothing more, or a refusal; null goes on
     */
    private record Access(String who, @Nullable Answer answer) {}

    private Access access(RequestHead head, InetAddress peer) {
        String path = path(head);
        Supplier<Answer> open = open(path);
        if (open != null) {
            return new Access("anybody", head.isGetOrHead() ? attempted(open) : notAllowed("GET", "HEAD"));
        }
        Guard.Verdict verdict = guard.get().check(head, peer, needed(head, path));
        Guard.Refusal refusal = verdict.refusal();
        if (refusal != null && !head.isSafe()) {
            audit.refused(verdict.who(), peer, head.method(), path, refusal.status());
        }
        return new Access(verdict.who(), refusal == null ? null : refused(refusal));
    }

    private void read(RequestHead head, @Nullable BodyStream body, Downstream client, Access access, InetAddress peer) {
        if (body != null && head.headers().has("Expect")) {
            client.interim(ResponseHead.of(100, Headers.EMPTY));
        }
        WholeBody.read(
                body,
                client.loop(),
                LONGEST_BODY,
                text -> worker.execute(() -> respond(client, head, act(head, text, access, peer))));
    }

    private Answer act(RequestHead head, @Nullable String body, Access access, InetAddress peer) {
        String path = path(head);
        Answer answer = body == null
                ? error(413, "the body is longer than 1 MiB, or broke off")
                : attempted(() -> guarded(path, head, body));
        if (!head.isSafe()) {
            String what = body == null ? "" : body.replaceAll("\\s+", "");
            audit.done(access.who(), peer, head.method(), path, answer.head().status(), what);
        }
        return answer;
    }

    private static void respond(Downstream client, RequestHead head, Answer answer) {
        client.loop()
                .execute(() -> client.respond(answer.head(), head.method().equals("HEAD") ? null : answer.source()));
    }

    private static String path(RequestHead head) {
        String path = head.target();
        int mark = path.indexOf('?');
        return mark < 0 ? path : path.substring(0, mark);
    }

    private Answer attempted(Supplier<Answer> work) {
        try {
            return work.get();
        } catch (RuntimeException failure) {
            return error(500, "the request failed: " + failure);
        }
    }

    /** What changes something needs the highest role, unless it is known to need less. */
    private static Role needed(RequestHead head, String path) {
        if (head.isSafe()) {
            return Role.READ;
        }
        return PurgeApi.PATHS.contains(path) ? Role.PURGE : Role.ADMIN;
    }

    private @Nullable Supplier<Answer> open(String path) {
        return switch (path) {
            case "/livez", "/healthz" -> () -> text(200, "ok\n");
            case "/readyz" -> this::readyz;
            case "/metrics" ->
                () -> Answer.of(
                        200,
                        "text/plain; version=0.0.4; charset=utf-8",
                        process.metrics().getBytes(StandardCharsets.UTF_8));
            case "/version" -> () -> document(200, Map.of("name", "lacquer", "version", process.version()));
            default -> null;
        };
    }

    private Answer guarded(String path, RequestHead head, String body) {
        String purge = PurgeApi.idOf(path);
        if (purge != null) {
            return head.isGetOrHead() ? purged(purge) : notAllowed("GET", "HEAD");
        }
        return switch (path) {
            case "/api/v1/cache/invalidate" -> post(head, () -> purge(purges.invalidate(body)));
            case "/api/v1/cache/clear-all" -> post(head, () -> purge(purges.clearAll(body)));
            case "/api/v1/cache/events" -> post(head, () -> purge(purges.events(body)));
            case "/api/v1/cache/stats" ->
                head.isGetOrHead() ? Answer.of(200, JSON, process.stats()) : notAllowed("GET", "HEAD");
            case "/api/v1/config/reload" -> head.method().equals("POST") ? reload() : notAllowed("POST");
            default ->
                error(
                        404,
                        "no such path; there are /healthz /livez /readyz /metrics /version /api/v1/cache/stats"
                                + " /api/v1/cache/invalidate /api/v1/cache/clear-all /api/v1/cache/events"
                                + " /api/v1/cache/purges/ID /api/v1/config/reload");
        };
    }

    private interface Acting {
        Answer act() throws PurgeApi.BadRequest;
    }

    private Answer post(RequestHead head, Acting acting) {
        if (!head.method().equals("POST")) {
            return notAllowed("POST");
        }
        try {
            return acting.act();
        } catch (PurgeApi.BadRequest malformed) {
            return error(400, String.valueOf(malformed.getMessage()));
        }
    }

    private Answer purge(Invalidations.Wish wish) {
        Receipt receipt =
                process.invalidations().invalidate(wish).toCompletableFuture().join();
        return document(PurgeApi.status(receipt), PurgeApi.page(receipt, wish.all(), PurgeApi.status(receipt)));
    }

    private Answer purged(String id) {
        CompletionStage<Receipt> known = process.invalidations().lookUp(id);
        return known == null
                ? error(404, "this node knows of no such purge, or not any more; ask the node that was asked for it")
                : document(200, PurgeApi.page(known.toCompletableFuture().join(), true, 200));
    }

    private Answer readyz() {
        Readiness now = process.readiness();
        StringBuilder text = new StringBuilder(now.ready() ? "ready" : "not ready");
        if (!now.notes().isEmpty()) {
            text.append(now.ready() ? ", degraded: " : ": ").append(String.join("; ", now.notes()));
        }
        return text(now.ready() ? 200 : 503, text.append('\n').toString());
    }

    private Answer reload() {
        List<String> complaints = process.reload();
        Map<String, Object> page = new LinkedHashMap<>();
        page.put("reloaded", complaints.isEmpty());
        page.put("complaints", complaints);
        return document(complaints.isEmpty() ? 200 : 422, page);
    }

    private Answer refused(Guard.Refusal refusal) {
        Answer answer = error(refusal.status(), refusal.message());
        if (refusal.status() != 401) {
            return answer;
        }
        Headers headers =
                answer.head().headers().edit().add("WWW-Authenticate", "Bearer").build();
        return new Answer(answer.head().with(headers), answer.body());
    }

    private Answer error(int status, String message) {
        return document(status, Map.of("status", status, "error", message));
    }

    private Answer notAllowed(String... methods) {
        Answer answer = error(405, "use " + methods[0]);
        Headers fields = answer.head()
                .headers()
                .edit()
                .add("Allow", String.join(", ", methods))
                .build();
        return new Answer(answer.head().with(fields), answer.body());
    }

    private Answer document(int status, Map<String, ?> page) {
        return Answer.of(status, JSON, (json.writeValueAsString(page) + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static Answer text(int status, String text) {
        return Answer.of(status, TEXT, text.getBytes(StandardCharsets.UTF_8));
    }
}
