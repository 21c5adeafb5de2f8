package io.lacquer.demo;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** What the demo API says to each request. */
final class Endpoints {
    private static final JsonMapper JSON = new JsonMapper();
    private static final String READS = "GET, HEAD";

    private final Users users = new Users();
    private volatile boolean broken;

    /**
     * What is asked.
     *
     * @param authorization that field, or null
     */
    record Request(String method, String path, @Nullable String authorization, byte[] body) {
        /** Whether it only reads. */
        boolean reads() {
            return method.equals("GET") || method.equals("HEAD");
        }

        /** Its body, read as a JSON object. */
        Map<?, ?> object() {
            return JSON.readValue(body, Map.class);
        }
    }

    /** The answer, once it has taken its time. */
    Reply answer(Request request) throws InterruptedException {
        String path = request.path();
        if (path.equals("/api/users") || path.startsWith("/api/users/")) {
            return users(request);
        }
        return switch (path) {
            case "/api/search" -> request.method().equals("POST") ? search(request.object()) : notAllowed("POST");
            case "/api/flaky/break" -> request.method().equals("POST") ? setBroken(true) : notAllowed("POST");
            case "/api/flaky/mend" -> request.method().equals("POST") ? setBroken(false) : notAllowed("POST");
            default -> request.reads() ? read(request) : notAllowed(READS);
        };
    }

    private Reply read(Request request) throws InterruptedException {
        String path = request.path();
        if (path.startsWith("/static/")) {
            return Catalogue.file(path).map(Endpoints::file).orElseGet(() -> notFound(path));
        }
        if (path.startsWith("/api/products/")) {
            return Catalogue.product(number(path))
                    .map(product -> Reply.json(200, product).withEtag())
                    .orElseGet(() -> notFound(path));
        }
        return switch (path) {
            case "/" -> Reply.json(200, Map.of("api", "demo", "try", List.of("/api/products", "/api/report")));
            case "/api/products" -> {
                Thread.sleep(DemoApi.LIST_MILLIS);
                yield Reply.json(200, Catalogue.products()).withEtag();
            }
            case "/api/report" -> {
                Thread.sleep(DemoApi.REPORT_MILLIS);
                yield report();
            }
            case "/api/me" -> me(request.authorization());
            case "/api/flaky" -> flaky();
            default -> notFound(path);
        };
    }

    private static Reply file(Catalogue.Asset file) {
        byte[] body = file.text().getBytes(StandardCharsets.UTF_8);
        return new Reply(200, Map.of("Content-Type", file.type()), body).withEtag();
    }

    private static Reply report() {
        long cents = Catalogue.products().stream()
                .mapToLong(each -> Math.round(each.price() * 100))
                .sum();
        Map<String, Object> report = new TreeMap<>();
        report.put("generated", now());
        report.put("took_ms", DemoApi.REPORT_MILLIS);
        report.put("products", Catalogue.products().size());
        report.put("worth", cents / 100.0);
        return Reply.json(200, report);
    }

    private Reply flaky() {
        return broken
                ? Reply.error(503, "broken; POST /api/flaky/mend repairs it").with("Retry-After", "1")
                : Reply.json(200, new TreeMap<>(Map.of("works", true, "answered", now())));
    }

    private Reply setBroken(boolean now) {
        broken = now;
        return Reply.json(200, Map.of("works", !now));
    }

    /** Who asks: the user of a Basic credential, else the credential itself, as a demo may say. */
    private static Reply me(@Nullable String authorization) {
        if (authorization == null) {
            return Reply.error(401, "say who you are: curl -u ada:secret")
                    .with("WWW-Authenticate", "Basic realm=\"demo\"");
        }
        int space = authorization.indexOf(' ');
        String who = authorization.substring(space + 1).strip();
        if (authorization.regionMatches(true, 0, "Basic ", 0, space + 1)) {
            try {
                String pair = new String(Base64.getDecoder().decode(who), StandardCharsets.UTF_8);
                int colon = pair.indexOf(':');
                who = colon < 0 ? pair : pair.substring(0, colon);
            } catch (IllegalArgumentException malformed) {
                return Reply.error(400, "that is no Basic credential");
            }
        }
        return Reply.json(200, Map.of("you", who)).with("Cache-Control", "private");
    }

    private static Reply search(Map<?, ?> wanted) {
        String text = wanted.get("text") instanceof String part ? part.toLowerCase(Locale.ROOT) : "";
        Object category = wanted.get("category");
        double limit = wanted.get("max_price") instanceof Number price ? price.doubleValue() : Double.MAX_VALUE;
        List<Catalogue.Product> found = Catalogue.products().stream()
                .filter(each -> each.name().toLowerCase(Locale.ROOT).contains(text))
                .filter(each -> category == null || category.equals(each.category()))
                .filter(each -> each.price() <= limit)
                .toList();
        return Reply.json(200, found);
    }

    private Reply users(Request request) {
        String path = request.path();
        if (path.equals("/api/users")) {
            return switch (request.method()) {
                case "GET", "HEAD" -> Reply.json(200, users.all()).withEtag();
                case "POST" -> created(users.add(request.object()));
                default -> notAllowed(READS + ", POST");
            };
        }
        int id = number(path);
        return switch (request.method()) {
            case "GET", "HEAD" -> user(path, users.find(id));
            case "PUT", "POST", "PATCH" -> user(path, users.change(id, request.object()));
            case "DELETE" -> users.remove(id) ? Reply.empty(204) : notFound(path);
            default -> notAllowed(READS + ", PUT, POST, PATCH, DELETE");
        };
    }

    private static Reply created(Users.User user) {
        return Reply.json(201, user).with("Location", "/api/users/" + user.id());
    }

    private static Reply user(String path, Optional<Users.User> user) {
        return user.map(each -> Reply.json(200, each).withEtag()).orElseGet(() -> notFound(path));
    }

    private static Reply notFound(String path) {
        return Reply.error(404, "there is no " + path);
    }

    private static Reply notAllowed(String allow) {
        return Reply.error(405, "use " + allow).with("Allow", allow);
    }

    /** The number that a path ends in, or -1. */
    private static int number(String path) {
        String digits = path.substring(path.lastIndexOf('/') + 1);
        boolean isNumber =
                !digits.isEmpty() && digits.length() < 10 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        return isNumber ? Integer.parseInt(digits) : -1;
    }

    private static String now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
    }
}
