"""What purges cost: the measurements of bench/purge-bench."""

import asyncio
import json
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

from purgecheck.checker import quantile
from purgecheck.load import Lines
from purgecheck.model import HOST, Model, purge_request
from purgecheck.origin import Origin
from purgecheck.purger import Purging
from purgecheck.run import Cluster
from purgecheck.wire import Line
from servers import cpu_seconds, loop_seconds

LIMIT = 20.0
PAUSE = 0.001  # between two looks at whether a purge has taken effect
BEFORE_NEXT = 0.02  # between two purges that are timed, so that each finds idle nodes
TURNS = 15  # of purges that concern sets of entries
POLICIES = """\
  - name: collapsed
    match: {path: "/c/{i}", method: [GET, HEAD]}
    ttl: {proxy: 10m}
    collapse_across: on
  - name: sets
    match: {path: "/e/{set}/{i}", method: [GET, HEAD]}
    ttl: {proxy: 1h}
    stale_while_revalidate: 1h
    tags: [%s]
  - name: rest
    match: {path: "/r/{i}", method: [GET, HEAD]}
    ttl: {proxy: 1h}
    tags: ["r:{i}"]
""" % ", ".join(['"set:{set}"'] + ['"set:{set}:%d"' % turn for turn in range(TURNS)])
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
HIT_PATH = "/r/1000"
READS, TOLD, CONTROL = "that reads them from the log", "that is asked for them", "without a log, the control"
SHAPES = {  # nodes, how many of them have no Redis, and whether what they say to it is relayed
    "by_entries": (1, 0, True),
    "to_effect": (3, 0, False),
    "collapsed": (3, 0, False),
    "while_hits": (3, 1, False),
}


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
        self.shape = None
        self.folder = None

    async def begin(self, shape, heap, **config):
        nodes, alone, relayed = self.shape = shape
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="lacquer-purge-"))
        self.cluster = Cluster(self.folder, Model(0), nodes, heap=heap, origin=Anything(Model(0)), relayed=relayed,
                               alone=alone)
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
        for name, shape in SHAPES.items():
            if name not in self.options.only:
                continue
            if self.cluster is None or self.shape != shape:
                self.close()
                l1 = 64 + self.options.entries * ENTRY_BYTES // 2**20 if name == "by_entries" else 64
                self.say("starting %d node%s" % (shape[0], "s" * (shape[0] > 1)))
                await self.begin(shape, "%dm" % (2 * l1 + 256), l1="%dMiB" % l1)
            self.say(name.replace("_", " "))
            result[name] = await getattr(self, name)()
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
        """All sets are there at once, and are purged by turns, each time by a tag that nothing was purged by before and
        that all entries of the set have: softly, so that they stay for the next one. The last purge is a hard one."""
        (node,) = self.cluster.nodes
        lines, admin = Lines(node.port), Lines(node.admin)
        for number in range(300):
            await purge(admin, node.admin, tags=["warm:%d" % number], soft=True, wait="local")
        sets = {}
        for count in sorted({10, 10_000, self.options.entries}):
            filled = await self.fill(node, count)
            sets[count] = {"entries": count, "fill_seconds": filled}
            self.say("  %d entries, filled in %.0f s" % (count, filled))
        chosen = random.Random(1)
        samples = {count: ["/e/%d/%d" % (count, number) for number in chosen.sample(range(count), min(count, 200))]
                   for count in sets}
        for count, sample in samples.items():
            held = await self.found(lines, sample, "HIT")
            if held < 0.98 * len(sample):
                raise NoFigures("of %d entries only %d %% are kept" % (count, 100 * held / len(sample)))
        times = {count: [] for count in sets}
        for turn in range(TURNS):
            for count in chosen.sample(list(sets), len(sets)):
                answer = await purge(admin, node.admin, tags=["set:%d:%d" % (count, turn)], soft=True, wait="local")
                times[count].append(answer.end - answer.start)
        for count, row in sets.items():
            row["soft"] = spread(times[count])
            sample = samples[count][:100]
            if await self.found(lines, sample, "HIT"):
                raise NoFigures("of %d entries some are fresh after a soft purge" % count)
            answer = await purge(admin, node.admin, tags=["set:%d" % count], wait="local")
            row["hard_seconds"] = answer.end - answer.start
            left = len(sample) - await self.found(lines, sample[::-1], "MISS")
            if left:
                raise NoFigures("%d of %d entries outlive their purge" % (left, len(sample)))
        return list(sets.values())

    async def fill(self, node, count):
        prefix = "/e/%d/" % count
        began = time.monotonic()
        if shutil.which("wrk") and count > 1000:
            wanted = self.cluster.origin.asked + count
            await self.wrk(node.port, "/", LONGEST_FILL, FILL % (count, prefix, HOST),
                           lambda: self.cluster.origin.asked >= wanted)
        else:
            await self.ask_often(node.port, (prefix + str(number) for number in range(count)))
        return time.monotonic() - began

    async def found(self, lines, paths, status):
        """How many are answered so."""
        found = 0
        for path in paths:
            found += (await lines.ask(get(path), LIMIT)).field(b"x-cache") == status
        return found

    async def to_effect(self):
        """Upper bounds: the end of the first answer on a node that is not older than the purge. Each node is asked
        with pauses: three that are asked without any keep two cores busy, and what is timed then is their queue."""
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
                await asyncio.sleep(PAUSE)

        for number in range(20 + self.options.purges):
            path = "/r/%d" % (number % 50)
            request = get(path)
            await asyncio.sleep(BEFORE_NEXT)
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
        """Windows with and without purges by turns, on each node; the control shows what the machine does to a node
        that has no part in them: their client, Redis and the other nodes have its cores as well."""
        options = self.options
        nodes = dict(zip((READS, TOLD, CONTROL), (self.cluster.nodes[at] for at in (1, 0, 2))))
        for purging in (False, True, True):
            for node in nodes.values():
                await self.cost(node, options.warmup, purging)
        rows = []
        for turn in range(options.rounds):
            for name, node in nodes.items():
                found = {}
                for purging in (False, True) if turn % 2 == 0 else (True, False):  # so that a drift cancels out
                    found[purging] = await self.cost(node, options.seconds, purging)
                quiet, busy = found[False], found[True]
                rows.append({"round": turn, "node": name, "ratio": busy["loop_us"] / quiet["loop_us"],
                             "process_ratio": busy["us"] / quiet["us"], "purges_per_s": busy["purges_per_s"],
                             "purge_us": (busy["us"] - quiet["us"]) * busy["hits_per_s"] / busy["purges_per_s"],
                             "purge_loop_us":
                                 (busy["loop_us"] - quiet["loop_us"]) * busy["hits_per_s"] / busy["purges_per_s"],
                             "quiet": quiet, "busy": busy})
            control = rows[-1]["ratio"]
            for row in rows[-len(nodes):]:
                row["to_control"] = row["ratio"] / control
                self.say("  %s: %.2f and %.2f us a hit, %.3f times, %.3f times the control; %.0f purges/s" % (
                    row["node"], row["quiet"]["loop_us"], row["busy"]["loop_us"], row["ratio"], row["to_control"],
                    row["purges_per_s"]))
        return rows

    async def cost(self, node, seconds, purging):
        """What a hit costs a node: CPU of its event loops and of its whole process."""
        purges = None
        if purging:
            log = self.folder / "purges"
            purges = await asyncio.to_thread(Purging, self.cluster.nodes[0].admin, self.options.rate, log)
        rate = 0.0
        try:
            pid = node.process.pid
            before, loops, began = cpu_seconds(pid), loop_seconds(pid), time.monotonic()
            count = await self.hits(node.port, HIT_PATH, seconds)
            used, looped, took = cpu_seconds(pid) - before, loop_seconds(pid) - loops, time.monotonic() - began
            if purges:
                rate = await asyncio.to_thread(purges.end)
        finally:
            if purges:
                purges.close()
        return {"us": 1e6 * used / count, "loop_us": 1e6 * looped / count, "hits_per_s": count / took,
                "purges_per_s": rate}


def terminal(result):
    lines = []

    def ms(seconds):
        return "%.2f ms" % (1000 * seconds)

    for row in result.get("by_entries", ()):
        lines.append("soft purge of a tag with %9d entries   p50 %s, max %s of %d; a hard one at last %s" % (
            row["entries"], ms(row["soft"]["p50"]), ms(row["soft"]["max"]), row["soft"]["count"],
            ms(row["hard_seconds"])))
    for name, found in result.get("to_effect", {}).items():
        lines.append("to effect, %-27s p50 %s, p99 %s, max %s of %d" % (
            name.replace("_", " "), ms(found["p50"]), ms(found["p99"]), ms(found["max"]), found["count"]))
    for row in result.get("collapsed", ()):
        lines.append("%d misses of one key at once         %d requests to the origin, all answered within %s" % (
            row["requests"], row["at_origin"], ms(row["slowest_seconds"])))
    rows = result.get("while_hits", ())
    for node in dict.fromkeys(row["node"] for row in rows):
        mine = [row for row in rows if row["node"] == node]

        def median(what, window=None):
            return statistics.median((row[window] if window else row)[what] for row in mine)

        def times(what):
            return "%.2f (%.2f-%.2f)" % (median(what), min(row[what] for row in mine), max(row[what] for row in mine))

        is_control = node == CONTROL
        lines.append("a hit on the node %s, CPU of the event loops: %.2f us, while %.0f purges/s go on %.2f us" % (
            node, median("loop_us", "quiet"), median("purges_per_s"), median("loop_us", "busy")))
        lines.append("  medians of %d rounds, and the range: %s times%s; of the whole process %s times%s" % (
            len(mine), times("ratio"), "" if is_control else ", %s times the control" % times("to_control"),
            times("process_ratio"), "" if is_control else "; %.0f us a purge, of which %.0f us on the loops" % (
                median("purge_us"), median("purge_loop_us"))))
    return "\n".join(lines)


def write(file, result):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=1) + "\n")
