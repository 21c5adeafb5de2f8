"""The origin, the relays, the wire and Redis, each by real sockets."""

import asyncio
import logging
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from purgecheck import wire
from purgecheck.load import Lines
from purgecheck.model import HOST, KINDS, Model, dice, read_request, write_request
from purgecheck.nemesis import FAULTS, Nemesis, names
from purgecheck.origin import Origin
from purgecheck.processes import Process, free_port, wait_until
from purgecheck.purger import Purging
from purgecheck.relay import Relays
from purgecheck.stores import NoRedis, Standalone, binary, keys_of
from purgecheck.wire import Broken, Line, Refused, redis

logging.getLogger("asyncio").setLevel(logging.ERROR)  # where the machine is slow


class ModelTest(unittest.TestCase):
    def test_each_kind_concerns_what_its_body_says(self):
        model = Model()
        chosen = dice(1)
        for kind in KINDS:
            for _ in range(50):
                one = model.purge(kind, chosen)
                self.assertEqual(one.kind, kind)
                self.assertLessEqual(set(one.resources), set(range(len(model.resources))))
        one = model.purge("url", chosen)
        self.assertEqual(one.body["urls"], ["http://" + model.resources[one.resources[0]].name])
        self.assertEqual(len(model.purge("all", chosen).resources), len(model.resources))

    def test_globs(self):
        model = Model()
        chosen = dice(2)
        found = {}
        for _ in range(200):
            one = model.purge("pattern", chosen)
            found[one.body["patterns"][0]] = one.resources
        self.assertEqual(found[HOST + "/r/*"], [each.index for each in model.resources if each.path.startswith("/r/")])
        self.assertEqual(found[HOST + "/s/1*"], [11, 15, 19])
        self.assertEqual(found[HOST + "/*/*7"], [7, 17, 27, 37])

    def test_one_seed_gives_one_sequence(self):
        self.assertEqual([dice(3, "x").random() for _ in range(2)], [dice(3, "x").random()] * 2)
        self.assertNotEqual(dice(3, "x").random(), dice(3, "y").random())


class AnswerTest(unittest.TestCase):
    def test_only_whole_answers(self):
        text = b"HTTP/1.1 200 OK\r\nX-Cache: HIT\r\ncontent-length: 3\r\n\r\nabc"
        for length in range(len(text)):
            self.assertIsNone(wire.whole(text[:length]))
        status, head, body, length = wire.whole(text + b"HTTP")
        self.assertEqual((status, body, length), (200, b"abc", len(text)))
        self.assertEqual(wire.Answer(status, head, body, 0, 0).field(b"x-cache"), "HIT")

    def test_chunks(self):
        text = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n"
        for length in range(len(text)):
            self.assertIsNone(wire.whole(text[:length]))
        self.assertEqual(wire.whole(text)[2:], (b"abcde", len(text)))

    def test_an_answer_without_a_length_is_refused(self):
        with self.assertRaises(Broken):
            wire.whole(b"HTTP/1.1 200 OK\r\n\r\n")


class OriginTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.model = Model()
        self.origin = Origin(self.model, slow=(0.05, 0.06), quick=0)
        await self.origin.start()
        self.addCleanup(self.origin.close)

    async def test_the_version_is_that_of_when_the_answer_began_to_be_made(self):
        slow = next(resource for resource in self.model.resources if resource.slow and resource.varies)
        line = await Line.to(self.origin.port)
        asked = asyncio.create_task(line.ask(read_request(slow, "b")))
        while not self.origin.asked:
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)
        raised = self.origin.raise_version()
        answer = await asked
        self.assertEqual(answer.body, b"%d %d b" % (slow.index, raised - 1))
        self.assertEqual(answer.field(b"x-version"), str(raised - 1))
        self.assertEqual(answer.field(b"vary"), "X-Variant")
        self.assertEqual(answer.field(b"surrogate-key"), slow.group)

    async def test_a_write_raises_the_version_and_tells_it(self):
        lines = Lines(self.origin.port)
        resource = self.model.resources[1]
        before = self.origin.version
        answer = await lines.ask(write_request(resource), 2)
        self.assertEqual((answer.status, answer.field(b"x-version")), (200, str(before + 1)))
        self.assertEqual((await lines.ask(read_request(resource, "a"), 2)).body, b"1 %d -" % (before + 1))
        self.assertEqual(len(lines.idle), 1)

    async def test_unknown_paths(self):
        line = await Line.to(self.origin.port)
        self.assertEqual((await line.ask(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")).status, 404)


class RelayTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.model = Model()
        self.origin = Origin(self.model, quick=0)
        await self.origin.start()
        self.addCleanup(self.origin.close)
        self.relays = Relays(pathlib.Path(self.folder.name) / "relays")
        self.addCleanup(self.relays.close)
        self.port = free_port()
        self.relays.open("x", self.port, self.origin.port)
        self.request = read_request(self.model.resources[1], "a")

    async def ask(self, line, limit=5.0):
        return (await line.ask(self.request, limit)).status

    async def test_it_passes(self):
        line = await Line.to(self.port)
        for _ in range(3):
            self.assertEqual(await self.ask(line), 200)
        self.assertEqual(self.relays.count("x"), 1)

    async def test_a_cut_ends_what_is_open_and_what_comes(self):
        line = await Line.to(self.port)
        await self.ask(line)
        self.relays.set("x", "cut")
        with self.assertRaises(Broken):
            await self.ask(line)
        with self.assertRaises(Broken):
            await self.ask(await Line.to(self.port))
        self.relays.set("x", "pass")
        self.assertEqual(await self.ask(await Line.to(self.port)), 200)

    async def test_what_hangs_comes_late(self):
        for mode in ("hang", "mute_up", "mute_down"):
            line = await Line.to(self.port)
            before = self.origin.asked
            self.relays.set("x", mode)
            asked = asyncio.create_task(self.ask(line))
            done, _ = await asyncio.wait({asked}, timeout=0.2)
            self.assertFalse(done)
            self.assertEqual(self.origin.asked - before, int(mode == "mute_down"))
            self.relays.set("x", "pass")
            self.assertEqual(await asked, 200)

    async def test_delay_keeps_the_order(self):
        line = await Line.to(self.port)
        self.relays.set("x", "delay", 0.1)
        began = time.monotonic()
        self.assertEqual(await self.ask(line), 200)
        self.assertGreater(time.monotonic() - began, 0.19)

    async def test_half_close(self):
        line = await Line.to(self.port)
        await self.ask(line)
        self.relays.set("x", "half_close")
        with self.assertRaises(Broken):
            await self.ask(line)

    async def test_another_target(self):
        line = await Line.to(self.port)
        await self.ask(line)
        other = Origin(self.model, quick=0)
        await other.start()
        self.addCleanup(other.close)
        self.relays.retarget("x", other.port)
        with self.assertRaises(Broken):
            await self.ask(line)
        self.assertEqual(await self.ask(await Line.to(self.port)), 200)
        self.assertEqual(other.asked, 1)

    async def test_it_rewrites_what_comes_back(self):
        port = free_port()
        self.relays.open("y", port, self.origin.port, [(":%d\r\n" % 10, ":%d\r\n" % 20), ("OK\r\n", "KO\r\n")])
        line = await Line.to(port)
        self.assertIn(b" 200 KO\r\n", (await line.ask(self.request)).head)

    async def test_an_unknown_relay_is_an_error(self):
        with self.assertRaises(OSError):
            self.relays.set("y", "pass")


class ProcessTest(unittest.TestCase):
    def test_a_child_ends_with_its_parent(self):
        with tempfile.TemporaryDirectory() as folder:
            script = ("import sys; sys.path.insert(0, %r); from purgecheck.processes import Process; "
                      "print(Process(['sleep', '60'], %r).pid, flush=True); sys.stdin.read()"
                      % (str(pathlib.Path(__file__).resolve().parent.parent), folder + "/log"))
            parent = subprocess.Popen([sys.executable, "-B", "-c", script], stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE)
            child = int(parent.stdout.readline())
            parent.kill()
            parent.wait()
            parent.stdin.close()
            parent.stdout.close()

            def ended():
                try:
                    return "(sleep) Z" in pathlib.Path("/proc/%d/stat" % child).read_text()
                except OSError:
                    return True

            wait_until(ended, 5, "the child's end")

    def test_a_frozen_one_can_be_killed(self):
        with tempfile.TemporaryDirectory() as folder:
            process = Process(["sleep", "60"], folder + "/log")
            process.signal(19)
            process.kill()
            self.assertFalse(process.alive())


class PurgerTest(unittest.IsolatedAsyncioTestCase):
    async def begin(self, status):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.asked = []

        async def serve(reader, writer):
            while True:
                try:
                    head = await reader.readuntil(b"\r\n\r\n")
                except (asyncio.IncompleteReadError, OSError):
                    break
                self.asked.append(await reader.readexactly(int(wire.LENGTH.search(head).group(1))))
                writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 4\r\n\r\nwhy!" % status)
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.addCleanup(server.close)
        return await asyncio.to_thread(Purging, server.sockets[0].getsockname()[1], 400,
                                       pathlib.Path(self.folder.name) / "log")

    async def test_purges_of_many_tags_at_the_rate_that_is_wanted(self):
        purging = await self.begin(200)
        while len(self.asked) < 400:
            await asyncio.sleep(0.01)
        rate = await asyncio.to_thread(purging.end)
        self.assertTrue(200 < rate < 450, rate)
        self.assertEqual(len(set(self.asked)), len(self.asked))
        self.assertIn(b'"p:17"', self.asked[17])

    async def test_one_that_is_refused_ends_it_with_the_answer(self):
        with self.assertRaisesRegex(OSError, "503: b'why!'"):
            await self.begin(503)


class StoreTest(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        try:
            binary(self.folder.name)
        except NoRedis as e:
            self.skipTest(str(e))

    async def asyncSetUp(self):
        self.store = Standalone(self.folder.name)
        self.addCleanup(self.store.close)
        await self.store.start()

    async def test_it_restarts_empty_or_with_an_earlier_state(self):
        await redis(self.store.port, "SET", "a", 1)
        kept = await self.store.snapshot()
        await redis(self.store.port, "SET", "a", 2)
        await self.store.restart(kept)
        self.assertEqual(await redis(self.store.port, "GET", "a"), b"1")
        await self.store.restart()
        self.assertIsNone(await redis(self.store.port, "GET", "a"))

    async def test_a_full_one_refuses_writes(self):
        nemesis = Nemesis([], self.store, None, 1, [], print)
        filled = asyncio.create_task(nemesis.fill())
        while int((await redis(self.store.port, "CONFIG", "GET", "maxmemory"))[1]) == 0:
            await asyncio.sleep(0.01)
        with self.assertRaises(Refused):
            await redis(self.store.port, "SET", "a", "x")
        nemesis.stopping.set()
        await filled
        await redis(self.store.port, "SET", "a", "x")

    async def test_eviction_ends_with_all_room(self):
        nemesis = Nemesis([], self.store, None, 1, [], print)
        nemesis.stopping.set()
        await redis(self.store.port, "SET", "a", "x" * 65536)
        await nemesis.evict()
        self.assertIsNone(await redis(self.store.port, "GET", "a"))
        self.assertEqual(await keys_of(self.store.port, "*"), [])


class NemesisTest(unittest.IsolatedAsyncioTestCase):
    async def test_quiet_is_what_is_between_faults(self):
        nemesis = Nemesis([], None, None, 1, [], print)
        nemesis.calm()

        async def nothing(self):
            await asyncio.sleep(0.01)

        await nemesis.inject("x", nothing, None, ())
        nemesis.seal()
        self.assertEqual(len(nemesis.quiet), 2)
        event = nemesis.events[0]
        self.assertLessEqual(nemesis.quiet[0][1], event["from"])
        self.assertGreaterEqual(nemesis.quiet[1][0], event["to"])

    def test_faults_by_redis(self):
        self.assertIn("rollback-redis", names("standalone"))
        self.assertNotIn("failover", names("standalone"))
        self.assertIn("failover-lost-tail", names("sentinel"))
        self.assertTrue(all(takes in ("node", "redis") for _, _, takes, _ in FAULTS.values()))


if __name__ == "__main__":
    unittest.main()
