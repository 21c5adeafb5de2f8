package io.lacquer;

import static org.assertj.core.api.Assertions.assertThat;

import io.lacquer.e2e.Origin;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** {@code lacquer purge} and {@code lacquer event} against a scripted admin listener. */
class PurgeCommandTest {
    private static final String DONE = """
        {"id":"p1","position":"1763-5","entries":12,"bytes":34816,"counted":"exact","everywhere":true,
        "nodes":[{"name":"a","state":"applied"},{"name":"b","state":"applied"},{"name":"c","state":"lease-expired"}],
        "missing":[]}
        """;
    private static final String SOME_MISSING = """
        {"position":"1763-5","entries":12,"bytes":34816,"counted":"exact","everywhere":false,
        "nodes":[{"name":"a","state":"applied"},{"name":"second","state":"behind"}],"missing":["second","c"]}
        """;

    @TempDir
    private Path folder;

    private final Origin server = new Origin();
    private final List<String> bodies = new CopyOnWriteArrayList<>();

    /** What a command said, and how it ended. */
    private record Ran(int exit, String out, String err) {}

    @AfterEach
    void stop() {
        server.close();
    }

    private void answer(int status, String body) {
        server.on("*", call -> {
            bodies.add(new String(call.body(), StandardCharsets.UTF_8));
            call.reply(status, body, "Content-Type: application/json");
        });
    }

    private static Ran run(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = Main.line().setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
        PurgeCommand purge = line.getSubcommands().get("purge").getCommand();
        purge.environment(environment);
        int exit = line.execute(arguments);
        return new Ran(exit, out.toString(), err.toString());
    }

    private Ran purge(String... options) {
        List<String> arguments = new ArrayList<>(List.of("purge", "--admin", server.url()));
        arguments.addAll(List.of(options));
        return run(Map.of(), arguments.toArray(String[]::new));
    }

    @Test
    void aPurgeIsSaidInOneLine() {
        answer(200, DONE);
        Ran ran = purge("--tag", "users");
        assertThat(ran)
                .isEqualTo(new Ran(0, "purged 12 entries (34 KiB), position 1763-5, in force on 3 of 3 nodes\n", ""));
        Origin.Call call = server.last("/api/v1/cache/invalidate");
        assertThat(call.method).isEqualTo("POST");
        assertThat(call.header("Content-Type")).isEqualTo("application/json");
        assertThat(call.header("Authorization")).isNull();
        assertThat(call.header("Upgrade")).isNull();
        assertThat(bodies).containsExactly("{\"tags\":[\"users\"]}");
    }

    @Test
    void whatIsGivenIsSentAndNothingElse() {
        answer(200, DONE);
        purge(
                "--tag=a",
                "--tag",
                "@b,\"c",
                "--tag-pattern",
                "user:*",
                "--url",
                "http://x/1",
                "--prefix",
                "x/",
                "--pattern",
                "*/img/*",
                "--namespace",
                "shop",
                "--table",
                "orders",
                "--soft",
                "--wait",
                "all",
                "--timeout",
                "2s",
                "--dry-run",
                "--force");
        purge("--all", "--wait", "local");
        assertThat(bodies)
                .containsExactly(
                        "{\"urls\":[\"http://x/1\"],\"tags\":[\"a\",\"@b,\\\"c\"],\"tag_patterns\":[\"user:*\"],"
                                + "\"prefixes\":[\"x/\"],\"patterns\":[\"*/img/*\"],\"namespaces\":[\"shop\"],"
                                + "\"table_name\":\"orders\",\"soft\":true,\"wait\":\"all\",\"timeout\":\"2s\","
                                + "\"dry_run\":true,\"force\":true}",
                        "{\"all\":true,\"wait\":\"local\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'entries':1,'bytes':1} | purged 1 entry (1 B)",
                "{'entries':0,'bytes':0,'position':'1-1'} | purged 0 entries, position 1-1",
                "{'entries':7,'bytes':1500,'counted':'estimate'} | purged about 7 entries (1.5 KiB)",
                "{'entries':7,'nodes':[{'name':'a','state':'applied'}]} | purged 7 entries, in force on 1 of 1 node",
                "{} | purged",
                "{'entries':'7','nodes':7,'position':{}} | purged",
                "{'position':'1\\u001b[2J\\n-1'} | purged, position 1 [2J -1"
            })
    void whatTheServerLeavesOutIsLeftOut(String body, String line) {
        answer(200, body.replace('\'', '"'));
        assertThat(purge("--tag", "a")).isEqualTo(new Ran(0, line + "\n", ""));
    }

    @Test
    void aDryRunTellsTheShareOfHits() {
        answer(200, "{\"entries\":1,\"counted\":\"exact\",\"share\":0.254,\"dry_run\":true}");
        assertThat(purge("--all", "--dry-run").out())
                .isEqualTo("would purge 1 entry, 25 % of the last hour's hits; nothing was changed\n");
    }

    @Test
    void noNodesAreNoneMissing() {
        answer(200, "{\"everywhere\":false,\"nodes\":[],\"missing\":[],\"position\":\"1-1\"}");
        assertThat(purge("--tag", "a", "--wait", "all")).isEqualTo(new Ran(0, "purged, position 1-1\n", ""));
    }

    @Test
    void theWordsFitWhatWasAsked() {
        answer(200, DONE);
        assertThat(purge("--tag", "a", "--dry-run").out())
                .isEqualTo("would purge 12 entries (34 KiB); nothing was changed\n");
        assertThat(purge("--tag", "a", "--soft").out()).startsWith("marked 12 entries (34 KiB) as stale, position");
    }

    @Test
    void nodesAreListedOnlyWhereSomethingIsMissing() {
        answer(200, SOME_MISSING);
        assertThat(purge("--tag", "a")).isEqualTo(new Ran(0, """
            purged 12 entries (34 KiB), position 1763-5, in force on 1 of 3 nodes
              second  behind
              c       no word
            """, ""));
        Ran all = purge("--tag", "a", "--wait", "all");
        assertThat(all.exit()).isEqualTo(1);
        assertThat(all.err()).contains("not in force everywhere");
    }

    @Test
    void aSilentNodeIsToldOfAndNoError() {
        answer(
                200,
                "{\"status\":\"done\",\"position\":\"1-2\",\"entries\":3,\"bytes\":10,\"everywhere\":false,"
                    + "\"nodes\":[{\"name\":\"a\",\"state\":\"applied\"},{\"name\":\"b\",\"state\":\"silent\"}],\"missing\":[\"b\"]}");
        Ran ran = purge("--tag", "a", "--wait", "all");
        assertThat(ran.exit()).isZero();
        assertThat(ran.err()).isEmpty();
        assertThat(ran.out())
                .isEqualTo("purged 3 entries (10 B), position 1-2, in force on 1 of 2 nodes\n"
                        + "  b  silent: gone, or cut off and serving what it has (when_cut_off: serve)\n");
    }

    @Test
    void inTheJournalOnlyIsNotDoneAsAsked() {
        answer(202, "{\"position\":\"1-2\",\"entries\":3,\"bytes\":10,\"message\":\"not yet everywhere\"}");
        Ran ran = purge("--tag", "a");
        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.out()).isEqualTo("purged 3 entries (10 B) on this node, position 1-2\n");
        assertThat(ran.err())
                .isEqualTo("lacquer: not yet everywhere; other nodes get it once they can, and --wait all tells whether"
                        + " they have\n");
        answer(202, "{}");
        assertThat(purge("--tag", "a").err()).startsWith("lacquer: not yet everywhere: it is in this node's journal");
    }

    @Test
    void notEverywhereInTimeIsAnErrorWithTheNodes() {
        answer(503, SOME_MISSING);
        Ran ran = purge("--tag", "a", "--wait", "all", "--timeout", "10ms");
        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err().lines())
                .hasSize(3)
                .first()
                .asString()
                .startsWith("lacquer: not in force everywhere in time, missing: second, c;")
                .contains("--timeout");
        assertThat(ran.err()).contains("  second  behind\n  c       no word\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "400 | {'error':'tags[0] is empty'} | the request is wrong: tags[0] is empty",
                "401 | {'error':'x'} | wants a token; give --token-file FILE or set LACQUER_ADMIN_TOKEN",
                "403 | {'error':'needs role purge'} | not allowed: needs role purge",
                "404 | {'error':'no such path'} | --admin",
                "409 | {'share':0.834,'entries':3,'error':'guard'} | it would take 3 entries and 83 % of recent hits:"
                        + " guard;",
                "409 | {'share':0.83,'entries':3,'error':'83 % of all'} | it would take 3 entries: 83 % of all; add"
                        + " --force",
                "503 | {'status':'no_log','position':null,'missing':['a'],'error':'no log'} | nothing was done: no log;"
                        + " http",
                "409 | {'share':0.83,'error':'83 %; force it if that is meant'} | refused: 83 %; add --force if that",
                "409 | {'share':0.834,'error':'guard'} | refused, it would take 83 % of recent hits: guard; add"
                        + " --force",
                "409 | {'error':'guard'} | lacquer: refused: guard; add --force if that is meant",
                "500 | {'error':'broken'} | answered 500: broken",
                "500 | a page | answered 500: a page",
                "302 | {} | answered 302",
                "200 | <html> | no JSON document from http://127.0.0.1",
                "200 | [] | no JSON document from"
            })
    void whatWentWrongIsOneLineWithItsRemedy(int status, String body, String line) {
        answer(status, body.replace('\'', '"'));
        Ran ran = purge("--tag", "a");
        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).startsWith("lacquer: ").contains(line);
        assertThat(ran.err().lines()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"200, 0", "202, 1", "400, 1", "401, 1", "403, 1", "409, 1", "503, 1"})
    void jsonIsTheServersOwnDocument(int status, int exit) {
        answer(status, DONE);
        Ran ran = purge("--tag", "a", "-o", "json");
        assertThat(ran.exit()).isEqualTo(exit);
        assertThat(ran.out()).isEqualTo(DONE);
        assertThat(ran.err().lines()).hasSize(exit);
    }

    @Test
    void theTokenComesFromAFileElseFromTheEnvironment() throws Exception {
        answer(200, DONE);
        String file = Files.writeString(folder.resolve("token"), "from-file\n").toString();
        Map<String, String> environment = Map.of("LACQUER_ADMIN_TOKEN", "from-variable");
        run(environment, "purge", "--tag", "a", "--admin", server.url() + "/");
        assertThat(server.last("/api/v1/cache/invalidate").header("Authorization"))
                .isEqualTo("Bearer from-variable");
        run(environment, "purge", "--tag", "a", "--admin", server.url().substring(7), "--token-file", file);
        assertThat(server.last("/api/v1/cache/invalidate").header("Authorization"))
                .isEqualTo("Bearer from-file");
        answer(401, "{\"error\":\"not known\"}");
        assertThat(run(environment, "purge", "--tag", "a", "--admin", server.url())
                        .err())
                .isEqualTo("lacquer: the token of LACQUER_ADMIN_TOKEN is not taken: not known\n");
    }

    @Test
    void aTokenFileThatCannotBeUsedIsNamedAndNothingIsSent() throws Exception {
        answer(200, DONE);
        assertThat(purge("--tag", "a", "--token-file", folder.resolve("none").toString()))
                .satisfies(ran -> assertThat(ran.exit()).isEqualTo(1))
                .satisfies(ran -> assertThat(ran.err()).contains("none can't be read: there is no such file"));
        String two = Files.writeString(folder.resolve("two"), "a\nb").toString();
        assertThat(purge("--tag", "a", "--token-file", two).err()).contains("no header can carry");
        assertThat(server.count()).isZero();
    }

    @Test
    void aRedirectIsNotFollowed() {
        server.on("*", call -> call.reply(307, "{}", "Location: /elsewhere"));
        assertThat(purge("--tag", "a").exit()).isEqualTo(1);
        assertThat(server.count("/elsewhere")).isZero();
    }

    @Test
    void whereNobodyListensTheUrlIsNamed() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        Ran ran = run(Map.of(), "purge", "--tag", "a", "--admin", "http://127.0.0.1:" + port);
        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.err())
                .isEqualTo("lacquer: can't reach http://127.0.0.1:" + port + " (connection refused); start Lacquer"
                        + " there, or name its admin listener with --admin URL\n");
        Ran unknown = run(Map.of(), "purge", "--tag", "a", "--admin", "http://nowhere.invalid:1");
        assertThat(unknown.exit()).isEqualTo(1);
        assertThat(unknown.err()).contains("can't reach http://nowhere.invalid:1 (no such host)");
    }

    @Test
    void whatIsNoHttpIsSaidSo() {
        server.on("*", call -> {
            call.raw("+PONG\r\n");
            call.close();
        });
        Ran ran = purge("--tag", "a");
        assertThat(ran.exit()).isEqualTo(1);
        assertThat(ran.err()).contains("no HTTP answer from " + server.url()).contains("--admin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "purge",
                "purge --soft",
                "purge --all --tag a",
                "purge --tag=",
                "purge --all --prefix=",
                "purge --table=",
                "purge --table a --table b",
                "purge --tag a --wait some",
                "purge --tag a --timeout 2",
                "purge --tag a --timeout soon",
                "purge --tag a -o yaml",
                "purge --tag a --admin ftp://x",
                "purge --tag a --admin http://user@x",
                "purge --tag a --admin :9090",
                "purge --tags a",
                "purge a",
                "event",
                "event --tag a"
            })
    void wrongUseIs2AndSaysWhatToDo(String arguments) {
        Ran ran = run(Map.of(), arguments.split(" "));
        assertThat(ran.exit()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).startsWith("lacquer: ").contains(" --help");
        assertThat(ran.err().lines()).hasSizeLessThan(5);
    }

    @Test
    void helpHasExamplesAndNoColourOffATerminal() {
        for (String verb : List.of("purge", "event")) {
            Ran ran = run(Map.of(), verb, "--help");
            assertThat(ran.exit()).isZero();
            assertThat(ran.out()).contains("Examples:", "lacquer " + verb).doesNotContain("\u001b");
        }
        assertThat(run(Map.of()).err()).contains("purge, event");
    }

    @Test
    void anEventIsSentByItsNameOrNames() {
        answer(200, DONE);
        assertThat(run(Map.of(), "event", "order.created", "--admin", server.url())
                        .out())
                .startsWith("purged 12 entries");
        run(Map.of(), "event", "a", "b", "--admin", server.url());
        assertThat(bodies).containsExactly("{\"event\":\"order.created\"}", "{\"event\":[\"a\",\"b\"]}");
        assertThat(server.count("/api/v1/cache/events")).isEqualTo(2);
        bodies.clear();
        run(Map.of(), "event", "a", "--soft", "--wait", "all", "--timeout", "3s", "--force", "--admin", server.url());
        run(Map.of(), "event", "a", "--dry-run", "--admin", server.url());
        assertThat(bodies)
                .containsExactly(
                        "{\"event\":\"a\",\"soft\":true,\"wait\":\"all\",\"timeout\":\"3s\",\"force\":true}",
                        "{\"event\":\"a\",\"dry_run\":true}");
        answer(400, "{\"error\":\"no policy knows a\"}");
        Ran ran = run(Map.of(), "event", "a", "--admin", server.url());
        assertThat(ran).isEqualTo(new Ran(1, "", "lacquer: the request is wrong: no policy knows a\n"));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1023, 1023 B",
        "1024, 1 KiB",
        "1536, 1.5 KiB",
        "10239, 10 KiB",
        "34816, 34 KiB",
        "1048575, 1 MiB",
        "1073741824, 1 GiB",
        "9223372036854775807, 8388608 TiB"
    })
    void sizesAreForPeople(long bytes, String text) {
        assertThat(PurgeReport.size(bytes)).isEqualTo(text);
    }
}
