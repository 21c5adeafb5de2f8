"""What purges cost: the measurements of bench/purge-bench."""

import asyncio
import json
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tempfile
import time

from purgecheck.checker import quantile
from purgecheck.load import Lines
from purgecheck.model import HOST, Model, purge_request
from purgecheck.origin import Origin
from purgecheck.run import Cluster
from purgecheck.wire import Line
from servers import cpu_seconds, loop_seconds

LIMIT = 20.0
POLICIES = """\
  - name: collapsed
    match: {path: "/c/{i}", method: [GET, HEAD]}
    ttl: {proxy: 10m}
    collapse_across: on
  - name: sets
    match: {path: "/e/{set}/{i}", method: [GET, HEAD]}
    ttl: {proxy: 1h}
    tags: ["set:{set}"]
  - name: rest
    match: {path: "/r/{i}", method: [GET, HEAD]}
    ttl: {proxy: 1h}
    tags: ["r:{i}"]
"""
ENTRY_BYTES = 2048  # in L1, generously
FILL = """\
local next, last = 0, %d
request = function()
  next = next + 1
  return wrk.format("GET", "%s" .. (next - 1) %% last, {["Host"] = "%s"})
end
"""
ASK = 'wrk.headers["Host"] = "%s"\n'
CONNECTIONS = 32
LONGEST_FILL = 3600


class NoFigures(Exception):
    """A measurement that would be worthless."""


class Anything(Origin):
    """Answers any path, and says how often it was asked for it; what is below /c/ takes a while."""

    slow_for = 0.3

    def answer(self, method, path, head):
        self.asked += 1
        self.asked_for[path] = self.asked_for.get(path, 0) + 1
        body = b"%-64d" % self.version
        return (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: max-age=3600\r\nX-Version: %d\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (self.version, len(body), body),
                self.slow_for if path.startswith(b"/c/") else 0, 0)


def get(path):
    return ("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (path, HOST)).encode()


async def purge(lines, port, **body):
    answer = await lines.ask(purge_request(body, port), LIMIT)
    if answer.status != 200:
        raise NoFigures("a purge was answered with %d: %r" % (answer.status, answer.body[:300]))
    return answer


def spread(values):
    return {"count": len(values), "p50": quantile(values, 0.5), "p99": quantile(values, 0.99), "max": max(values)}


class Bench:
    """All measurements, one after the other."""

    def __init__(self, options, say):
        self.options = options
        self.say = say
        self.cluster = None
        self.folder = None

    async def begin(self, nodes, heap, **config):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lacquer-purge-"))
        self.cluster = Cluster(self.folder, Model(0), nodes, heap=heap, origin=Anything(Model(0)))
        await self.cluster.start(policies=POLICIES, lease="2s", when_cut_off="serve", **config)
        return self.cluster

    def close(self):
        if self.cluster:
            self.cluster.close()
            self.cluster = None
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    async def go(self):
        result = {}
        for name, nodes, measure in (("by_entries", 1, self.by_entries), ("to_effect", 3, self.to_effect),
                                     ("collapsed", 3, self.collapsed), ("while_hits", 3, self.while_hits)):
            if name not in self.options.only:
                continue
            if self.cluster is None or len(self.cluster.nodes) != nodes:
                self.close()
                l1 = 64 + self.options.entries * ENTRY_BYTES // 2**20 if name == "by_entries" else 64
                self.say("starting %d node%s" % (nodes, "s" * (nodes > 1)))
                await self.begin(nodes, "%dm" % (2 * l1 + 256), l1="%dMiB" % l1)
            self.say(name.replace("_", " "))
            result[name] = await measure()
        return result

    # ---- load ----

    async def wrk(self, port, path, seconds, script, done=None):
        file = self.folder / "wrk.lua"
        file.write_text(script)
        process = await asyncio.create_subprocess_exec(
            "wrk", "-t1", "-c%d" % CONNECTIONS, "-d%ds" % seconds, "--timeout", "10s", "-s", str(file),
            "http://127.0.0.1:%d%s" % (port, path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        try:
            answer = asyncio.create_task(process.communicate())
            while not (await asyncio.wait({answer}, timeout=0.05))[0]:
                if done and done():
                    await asyncio.sleep(0.1)
                    process.send_signal(signal.SIGINT)
                    break
            said = (await answer)[0].decode()
        finally:
            if process.returncode is None:
                process.kill()
        found = re.search(r"(\d+) requests in", said)
        if not found or re.search(r"Non-2xx", said):
            raise NoFigures("wrk saw:\n" + said)
        return int(found.group(1))

    async def ask_often(self, port, paths, connections=CONNECTIONS):
        """Asks for each path once, over some connections; how many were answered."""
        async def one():
            line, count = await Line.to(port), 0
            for path in paths:
                answer = await line.ask(get(path), LIMIT)
                if answer.status != 200:
                    raise NoFigures("%s was answered with %d" % (path, answer.status))
                count += 1
            line.close()
            return count

        paths = iter(paths)
        return sum(await asyncio.gather(*(one() for _ in range(connections))))

    async def hits(self, port, path, seconds):
        if shutil.which("wrk"):
            return await self.wrk(port, path, seconds, ASK % HOST)
        end = time.monotonic() + seconds

        def endless():
            while time.monotonic() < end:
                yield path

        return await self.ask_often(port, endless())

    # ---- a purge and what it concerns ----

    async def by_entries(self):
        (node,) = self.cluster.nodes
        lines, admin = Lines(node.port), Lines(node.admin)
        await purge(admin, node.admin, tags=["warm"], wait="local")
        for number in range(300):
            await purge(admin, node.admin, tags=["warm:%d" % number], wait="local")
        rows = []
        for count in sorted({10, 10_000, self.options.entries}):
            prefix = "/e/%d/" % count
            began = time.monotonic()
            if shutil.which("wrk") and count > 1000:
                wanted = self.cluster.origin.asked + count
                await self.wrk(node.port, "/", LONGEST_FILL, FILL % (count, prefix, HOST),
                               lambda: self.cluster.origin.asked >= wanted)
            else:
                await self.ask_often(node.port, (prefix + str(number) for number in range(count)))
            filled = time.monotonic() - began
            sample = [prefix + str(number) for number in random.Random(1).sample(range(count), min(count, 200))]
            held = await self.cached(lines, sample)
            if held < 0.98 * len(sample):
                raise NoFigures("of %d entries only %d %% are kept" % (count, 100 * held / len(sample)))
            answer = await purge(admin, node.admin, tags=["set:%d" % count], wait="local")
            left = await self.cached(lines, sample)
            if left:
                raise NoFigures("%d of %d entries outlive their purge" % (left, len(sample)))
            again = []
            for _ in range(20):
                repeated = await purge(admin, node.admin, tags=["set:%d" % count], wait="local")
                again.append(repeated.end - repeated.start)
            rows.append({"entries": count, "seconds": answer.end - answer.start, "again_p50": quantile(again, 0.5),
                         "fill_seconds": filled})
            self.say("  %d entries (filled in %.0f s): %.2f ms" % (count, filled, 1000 * rows[-1]["seconds"]))
        return rows

    async def cached(self, lines, paths):
        found = 0
        for path in paths:
            found += (await lines.ask(get(path), LIMIT)).field(b"x-cache") == "HIT"
        return found

    async def to_effect(self):
        """Upper bounds: the end of the first answer on a node that is not older than the purge."""
        cluster, nodes = self.cluster, self.cluster.nodes
        lines = [await Line.to(node.port) for node in nodes]
        admin = [Lines(node.admin) for node in nodes]
        chosen = random.Random(1)
        since_answer, since_question, slowest = [], [], []

        async def until_new(line, request, floor):
            while True:
                answer = await line.ask(request, LIMIT)
                if int(answer.field(b"x-version")) >= floor:
                    return answer.end
                if answer.end - began > 5:
                    raise NoFigures("a purge has no effect within 5 s")

        for number in range(20 + self.options.purges):
            path = "/r/%d" % (number % 50)
            request = get(path)
            for line in lines:
                while (await line.ask(request, LIMIT)).field(b"x-cache") != "HIT":
                    pass
            node = chosen.randrange(len(nodes))
            floor = cluster.origin.raise_version()
            began = time.monotonic()
            polls = [asyncio.create_task(until_new(line, request, floor)) for line in lines]
            answer = await purge(admin[node], nodes[node].admin, tags=["r:%d" % (number % 50)], wait="local")
            ends = await asyncio.gather(*polls)
            if number >= 20:  # the first ones are slow in any JVM
                since_answer += [max(0.0, end - answer.end) for end in ends]
                since_question += [end - answer.start for end in ends]
                slowest.append(max(0.0, max(ends) - answer.end))
        for line in lines:
            line.close()
        return {"each_node_from_answer": spread(since_answer), "all_nodes_from_answer": spread(slowest),
                "each_node_from_question": spread(since_question)}

    # ---- collapsed misses ----

    async def collapsed(self):
        nodes, rows = self.cluster.nodes, []
        lines = [await Line.to(nodes[number % len(nodes)].port) for number in range(self.options.misses)]
        for turn in range(5):
            path = "/c/%d" % turn
            answers = await asyncio.gather(*(line.ask(get(path), LIMIT) for line in lines))
            wrong = [answer.status for answer in answers if answer.status != 200]
            if wrong:
                raise NoFigures("%d of %d collapsed misses failed: %s" % (len(wrong), len(lines), set(wrong)))
            rows.append({"requests": len(lines), "at_origin": self.cluster.origin.asked_for[path.encode()],
                         "slowest_seconds": max(answer.end for answer in answers) - min(a.start for a in answers)})
        for line in lines:
            line.close()
        return rows

    # ---- hits while purges go on ----

    async def while_hits(self):
        nodes, seconds, rows = self.cluster.nodes, self.options.seconds, []
        path = "/r/1000"
        for node in nodes[:2]:
            await self.hits(node.port, path, self.options.warmup)
        await asyncio.gather(self.purges(self.options.warmup), self.hits(nodes[0].port, path, self.options.warmup))
        for turn in range(self.options.rounds):
            for at, name in ((0, "that is told of the purges"), (1, "that reads them from the log")):
                quiet, _ = await self.cost(nodes[at], path, seconds, False)
                busy, rate = await self.cost(nodes[at], path, seconds, True)
                rows.append({"node": name, "quiet_us": quiet[0], "busy_us": busy[0], "ratio": busy[0] / quiet[0],
                             "quiet_loop_us": quiet[2], "busy_loop_us": busy[2], "loop_ratio": busy[2] / quiet[2],
                             "quiet_rate": quiet[1], "busy_rate": busy[1], "purges_per_s": rate,
                             "purge_us": (busy[0] - quiet[0]) * busy[1] / rate})
                self.say("  %s: %.1f and %.1f us a hit (event loops %.2f and %.2f), %.0f purges/s" % (
                    name, quiet[0], busy[0], quiet[2], busy[2], rate))
        return rows

    async def cost(self, node, path, seconds, purging):
        pid = node.process.pid
        before, loops, began, sent = cpu_seconds(pid), loop_seconds(pid), time.monotonic(), 0
        if purging:
            count, sent = await asyncio.gather(self.hits(node.port, path, seconds), self.purges(seconds))
        else:
            count = await self.hits(node.port, path, seconds)
        used, looped, took = cpu_seconds(pid) - before, loop_seconds(pid) - loops, time.monotonic() - began
        return (1e6 * used / count, count / took, 1e6 * looped / count), sent / took

    async def purges(self, seconds, lines=8):
        """Purges of different tags on the first node, at the wanted rate; how many were done."""
        node = self.cluster.nodes[0]
        end = time.monotonic() + seconds
        pause = lines / self.options.rate
        done = 0

        async def one(number):
            nonlocal done
            line = await Line.to(node.admin)
            due = time.monotonic() + number * pause / lines
            while due < end:
                await asyncio.sleep(max(0, due - time.monotonic()))
                due += pause
                answer = await line.ask(purge_request({"tags": ["p:%d:%d" % (number, done)], "wait": "local"},
                                                      node.admin), LIMIT)
                if answer.status != 200:
                    raise NoFigures("a purge was answered with %d: %r" % (answer.status, answer.body[:300]))
                done += 1
            line.close()

        await asyncio.gather(*(one(number) for number in range(lines)))
        return done


def terminal(result):
    lines = []

    def ms(seconds):
        return "%.2f ms" % (1000 * seconds)

    for row in result.get("by_entries", ()):
        lines.append("purge of a tag with %9d entries   %s (again: p50 %s)" % (
            row["entries"], ms(row["seconds"]), ms(row["again_p50"])))
    for name, found in result.get("to_effect", {}).items():
        lines.append("to effect, %-27s p50 %s, p99 %s, max %s of %d" % (
            name.replace("_", " "), ms(found["p50"]), ms(found["p99"]), ms(found["max"]), found["count"]))
    for row in result.get("collapsed", ()):
        lines.append("%d misses of one key at once         %d requests to the origin, all answered within %s" % (
            row["requests"], row["at_origin"], ms(row["slowest_seconds"])))
    rows = result.get("while_hits", ())
    for node in dict.fromkeys(row["node"] for row in rows):
        mine = [row for row in rows if row["node"] == node]

        def median(what):
            return quantile([row[what] for row in mine], 0.5)

        shape = "a hit on a node %-29s %.1f us, with %.0f purges/s %.1f us: %.2f times (%.2f-%.2f), %.0f us a purge"
        lines.append(shape % (
            node, median("quiet_us"), median("purges_per_s"), median("busy_us"), median("ratio"),
            min(row["ratio"] for row in mine), max(row["ratio"] for row in mine), median("purge_us")))
        lines.append("  of it on the event loops, where hits are answered: %.2f us, with purges %.2f us: %.2f times (%.2f-%.2f)" % (
            median("quiet_loop_us"), median("busy_loop_us"), median("loop_ratio"),
            min(row["loop_ratio"] for row in mine), max(row["loop_ratio"] for row in mine)))
    return "\n".join(lines)


def write(file, result):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=1) + "\n")
