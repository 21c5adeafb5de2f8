"""The origin and the load generator, by real sockets, and what is made of what they say."""

import http.client
import http.server
import pathlib
import shutil
import signal
import tempfile
import threading
import time
import unittest
import xml.etree.ElementTree

from load import soak, workload
from load.parts import Generator, Origin, compile_c
from load.picture import Axis, steps
from purgecheck.processes import free_port


class Forgetful(http.server.ThreadingHTTPServer):
    """A cache that keeps everything and hears of no write."""

    daemon_threads = True

    def __init__(self, origin):
        kept = {}

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                held = self.command == "GET" and self.path in kept
                self.answer(kept[self.path] if held else self.fetched(), "HIT" if held else "MISS")

            do_PUT = do_POST = do_GET

            def fetched(self):
                line = http.client.HTTPConnection("127.0.0.1", origin, timeout=10)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                line.request(self.command, self.path, body or None)
                found = line.getresponse().read()
                line.close()
                if self.command == "GET":
                    kept[self.path] = found
                return found

            def answer(self, body, result):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-Cache", result)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def close(self):
        self.shutdown()
        self.server_close()


@unittest.skipUnless(shutil.which("cc"), "there is no C compiler")
class LoadTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="lacquer-load-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.origin_binary, cls.generator_binary = (compile_c(name, cls.folder) for name in ("origin", "generator"))

    def origin(self, keys=40, service_ms=5.0, workers=0):
        origin = Origin(self.origin_binary, self.folder, keys, service_ms, workers)
        self.addCleanup(origin.close)
        return origin

    def generate(self, port, on_interval=lambda said: None, **settings):
        generator = Generator(self.generator_binary, self.folder, port, on_interval, **{
            "rate": 400, "seconds": 1, "connections": 20, "keys": 40, **settings})
        self.addCleanup(generator.close)
        return generator

    def test_both_sides_count_the_same(self):
        origin = self.origin()
        whole = self.generate(origin.port, writes=0.1, unique=0.1, large=0.05, churn=0.05).wait(30)
        counted = origin.count()
        self.assertEqual(whole["sent"], 400)
        self.assertEqual(whole["answered"] + whole["abandoned"] + sum(whole["errors"].values()), 400)
        self.assertEqual(sum(whole["errors"].values()), 0)
        self.assertEqual(whole["outdated"], 0)
        self.assertEqual(counted["writes"], whole["writes"])
        self.assertGreaterEqual(counted["asked"], whole["answered"])
        self.assertGreater(counted["unique"], 0)
        self.assertGreater(counted["large"], 0)
        self.assertEqual(counted["unknown"], 0)
        self.assertGreaterEqual(whole["ms"]["all"]["p50"], 5)

    def test_bodies_of_three_sizes(self):
        origin = self.origin(service_ms=0)
        line = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=10)
        self.addCleanup(line.close)
        sizes = []
        for number in range(20):
            line.request("GET", "/sized/%d" % number)
            sizes.append(len(line.getresponse().read()) // 1024)
        self.assertEqual(sizes, 12 * [1] + 7 * [10] + [100])
        whole = self.generate(origin.port, sized=1).wait(30)
        self.assertEqual(whole["answered"], 400)
        self.assertEqual(origin.count()["sized"], 420)

    def test_the_same_seed_asks_for_the_same(self):
        asked = []
        for _ in range(2):
            origin = self.origin()
            self.generate(origin.port, writes=0.2, seed=7).wait(30)
            asked.append({what: origin.count()[what] for what in ("reads", "writes")})
        self.assertEqual(asked[0], asked[1])

    def test_a_stall_is_not_hidden(self):
        origin = self.origin()
        stalled = threading.Event()

        def on_interval(said):
            if not stalled.is_set():
                stalled.set()
                origin.process.signal(signal.SIGSTOP)
                threading.Timer(0.5, origin.process.signal, (signal.SIGCONT,)).start()

        whole = self.generate(origin.port, on_interval, seconds=2, interval=0.5, connections=4, rate=200).wait(30)
        self.assertEqual(whole["sent"], 400)
        # A quarter of the requests were due while the origin stood still, though four connections could only ask four.
        self.assertGreater(whole["ms"]["all"]["max"], 400)
        self.assertGreater(dict(map(tuple, whole["curve"]))[90], 150)

    def test_too_much_for_the_origin_is_told(self):
        origin = self.origin(service_ms=20, workers=2)
        whole = self.generate(origin.port, timeout=1).wait(30)
        self.assertGreater(whole["errors"]["timeout"] + whole["errors"]["unsent"], 100)
        self.assertGreater(origin.count()["longest_line"], 5)

    def test_an_outdated_answer_is_found(self):
        origin = self.origin()
        cache = Forgetful(origin.port)
        self.addCleanup(cache.close)
        whole = self.generate(cache.server_address[1], writes=0.2, rate=100, seconds=2, connections=4).wait(30)
        self.assertGreater(whole["outdated"], 10)
        self.assertGreater(whole["results"]["HIT"], 10)

    def test_a_server_that_is_not_there_is_told(self):
        with self.assertRaisesRegex(Exception, "Connection refused"):
            self.generate(free_port()).wait(30)

    def test_the_pictures_and_tables_hold_what_was_measured(self):
        origin = self.origin()
        series = []
        began = time.monotonic()
        whole = self.generate(origin.port, lambda said: series.append(
            {"at": said["at"], "hits": 0.0, "origin": 100.0, **said["ms"]["all"]}), interval=0.2).wait(30)
        self.assertLess(time.monotonic() - began, 20)
        measured = {"rate": 400, "whole": whole, "origin": {**origin.count(), "of": 400}, "cpu": {"lacquer": 0.1},
                    "others": 0.0, "metrics": {}, "series": series}
        about = {"date": "", "cpu": "", "cores": 2, "kernel": "", "lacquer": "", "jdk": "", "connections": 20,
                 "keys": 40, "zipf": 0.99, "writes": 0.0, "seed": 1, "seconds": 1, "warmup": 0, "command": "",
                 "service_ms": 5, "workers": 0, "redis": False}
        result = {"about": about, "phases": {"direct": {**measured, "cpu": {}}, "after": measured}}
        self.assertIn("not met", workload.terminal(result))
        self.assertIn("| requests/s, offered | 400 | 400 |", workload.markdown(result))
        drawn = xml.etree.ElementTree.fromstring(workload.plot(result))
        self.assertEqual(len([path for path in drawn if path.get("fill") == "none"]), 7)


class VerdictTest(unittest.TestCase):
    def judged(self, growth=0, file=0, **end):
        samples = [{"at": at, "rss": 600 * soak.MIB + (growth if at > 50 else 0),
                    "ledger": 30 * soak.MIB, "file": file if at > 50 else 0} for at in range(1, 61)]
        errors = {"timeout": 0, "wrong": 0}
        figures = soak.Figures({
            "about": {"l1_bytes": 64 * soak.MIB, "ready": {"rss": 590 * soak.MIB, "descriptors": 100}},
            "whole": {"errors": errors, "sent": 1000, "outdated": 0},
            "samples": samples, "beside": {"purges": 10, "purges_failed": 0},
            "end": {"rss": 600 * soak.MIB, "ledger_peak": 63 * soak.MIB, "ledger_limit": 64 * soak.MIB,
                    "descriptors": 102, "clients": 0, "flights": 0, **end}})
        return [what for what, _, _, met in figures.verdict() if not met]

    def test_what_is_not_sound_is_named(self):
        self.assertEqual(self.judged(), [])
        self.assertEqual(self.judged(ledger_peak=65 * soak.MIB), ["the ledger's peak"])
        self.assertEqual(self.judged(descriptors=130), ["descriptors once all is over"])
        self.assertEqual(self.judged(growth=8 * soak.MIB),
                         ["RSS, last sixth over the sixth after the first third"])
        self.assertEqual(self.judged(file=38 * soak.MIB), ["the memory file, beyond the ledger"])
        self.assertEqual(len(self.judged(growth=80 * soak.MIB)), 2)
        self.assertEqual(self.judged(clients=1), ["client connections, flights once all is over"])


class PictureTest(unittest.TestCase):
    def test_ticks_are_round_and_within(self):
        self.assertEqual(steps(0, 100), [0, 20, 40, 60, 80, 100])
        self.assertEqual(steps(0, 1.5), [0, 0.5, 1, 1.5])
        self.assertEqual([text for _, text in Axis(0.03, 200, logarithmic=True).ticks()], ["0.1", "1", "10", "100"])
        self.assertEqual(Axis(0.1, 1000, logarithmic=True).at(10), 0.5)


if __name__ == "__main__":
    unittest.main()
