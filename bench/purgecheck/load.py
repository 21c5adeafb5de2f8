"""Readers and writers, and the history that they make."""

import asyncio
import json
import time

from purgecheck import checker
from purgecheck.model import VARIANTS, dice, purge_request, read_request, write_request
from purgecheck.wire import Broken, Line

READ_LIMIT = 10.0
PURGE_TIMEOUT = 3.0
PROBES = 24  # for each node, under way at once
HOT_FOR = 0.4
RARELY = 0.05


class Failure:
    """A request that was not answered as the origin would have."""

    def __init__(self, what, node, start, end, why):
        self.what = what
        self.node = node
        self.start = start
        self.end = end
        self.why = why


class History:
    def __init__(self):
        self.reads = []
        self.purges = []
        self.failures = []
        self.unlike = []  # answers whose parts contradict each other
        self.answers = {}  # purges by wait and status

    def count(self, wait, status):
        self.answers[(wait, status)] = self.answers.get((wait, status), 0) + 1


class Lines:
    """Keep-alive connections to one port, made as needed."""

    def __init__(self, port):
        self.port = port
        self.idle = []

    async def ask(self, request, limit):
        while self.idle:
            line = self.idle.pop()
            if line.open:
                break
        else:
            line = await Line.to(self.port)
        answer = await line.ask(request, limit)
        if line.open:
            self.idle.append(line)
        return answer


class Load:
    """All clients of a run."""

    def __init__(self, model, origin, nodes, seed, rate, purge_rate, readers=24, writes=True, soft=0.15, all_share=0.4):
        self.model = model
        self.origin = origin
        self.nodes = nodes
        self.seed = seed
        self.rate = rate
        self.purge_rate = purge_rate
        self.readers = readers
        self.writes = writes
        self.soft = soft
        self.all_share = all_share
        self.history = History()
        self.lines = {node: Lines(node.port) for node in nodes}
        self.admin = {node: Lines(node.admin) for node in nodes}
        self.probes = {node: 0 for node in nodes}
        self.requests = {(resource.index, variant): read_request(resource, variant)
                         for resource in model.resources for variant in VARIANTS}
        self.variants = dice(seed, "probes")
        self.hot = model.resources[0]
        self.weights = [RARELY if resource.rare else 1 for resource in model.resources]
        self.tasks = set()
        self.last_id = 0

    async def run(self, until):
        """Reads and purges until a time, then waits for what is under way."""
        readers = [self.reader(node, number, until) for node in self.nodes for number in range(self.readers)]
        writers = max(4, int(self.purge_rate / 2))
        await asyncio.gather(self.heat(until), *readers,
                             *(self.writer(number, self.purge_rate / writers, until) for number in range(writers)))
        while self.tasks:
            await asyncio.wait(self.tasks)

    async def heat(self, until):
        """Now and then another resource is the one that all want."""
        chosen = dice(self.seed, "hot")
        slow = [resource for resource in self.model.resources if resource.slow and not resource.rare]
        while time.monotonic() < until:
            self.hot = chosen.choice(slow)
            await asyncio.sleep(HOT_FOR)

    async def reader(self, node, number, until):
        chosen = dice(self.seed, "reader", node.number, number)
        pause = self.readers * len(self.nodes) / self.rate
        line = None
        due = time.monotonic() + chosen.uniform(0, pause)
        while due < until:
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            due = max(due, time.monotonic() - pause) + chosen.uniform(0.5, 1.5) * pause
            (resource,) = [self.hot] if chosen.random() < 0.4 else chosen.choices(self.model.resources, self.weights)
            begun = time.monotonic()
            try:
                if line is None or not line.open:
                    line = await Line.to(node.port)
                await self.read(node, line.ask, resource, chosen.choice(VARIANTS))
            except Broken as e:
                self.fail("read", node, begun, str(e))
                line = None
                await asyncio.sleep(0.05)
        if line:
            line.close()

    async def read(self, node, ask, resource, variant):
        answer = await ask(self.requests[(resource.index, variant)], READ_LIMIT)
        if answer.status != 200:
            self.fail("read", node, answer.start, "status %d" % answer.status, answer.end)
            return
        shown = variant.encode() if resource.varies else b"-"
        head = answer.head
        at = head.lower().find(b"\r\nx-version:")
        version = int(head[at + 12:head.find(b"\r\n", at + 2)] if head.find(b"\r\n", at + 2) > 0 else head[at + 12:])
        cache = answer.field(b"x-cache")
        said_stale = "detail=stale-while-revalidate" in answer.field(b"cache-status")
        if answer.body != b"%d %d %s" % (resource.index, version, shown) or said_stale != (cache == checker.STALE):
            self.history.unlike.append((answer.start, node.name, resource.path, variant, version, repr(answer.body)))
        self.history.reads.append(checker.Read(
            answer.start, answer.end, node.number, resource.index, version, cache, variant,
            answer.field(b"x-cache-level")))

    def fail(self, what, node, start, why, end=None):
        self.history.failures.append(Failure(what, node.number, start, end or time.monotonic(), why))

    def probe(self, node, resource):
        """One read at once, on a connection of its own if all others are in use."""
        if self.probes[node] >= PROBES:
            return
        self.probes[node] += 1
        variant = self.variants.choice(VARIANTS)

        async def ask():
            begun = time.monotonic()
            try:
                await self.read(node, self.lines[node].ask, resource, variant)
            except Broken as e:
                self.fail("read", node, begun, str(e))
            finally:
                self.probes[node] -= 1

        task = asyncio.get_running_loop().create_task(ask())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def writer(self, number, rate, until):
        chosen = dice(self.seed, "writer", number)
        while True:
            await asyncio.sleep(chosen.expovariate(rate))
            if time.monotonic() > until:
                return
            node = chosen.choice(self.nodes)
            if self.writes and chosen.random() < 0.25:
                await self.write(node, chosen)
            else:
                await self.purge(node, chosen)

    async def purge(self, node, chosen, one=None, wait=None):
        one = one or (self.model.any_purge(chosen) if chosen.random() < 0.7 else
                      self.model.purge("tag", chosen))
        wait = wait or ("all" if chosen.random() < self.all_share else "local")
        soft = chosen.random() < self.soft
        body = {**one.body, "soft": soft, "wait": wait, "timeout": "%gs" % PURGE_TIMEOUT}
        self.last_id += 1
        start = time.monotonic()
        purge = checker.Purge(self.last_id, one.kind, node.number, wait, soft, self.origin.raise_version(soft),
                              one.resources, start)
        try:
            answer = await self.admin[node].ask(purge_request(body, node.admin), PURGE_TIMEOUT + 7.0)
        except Broken as e:
            purge.end = time.monotonic()
            self.history.purges.append(purge)
            self.history.count(wait, "broken")
            self.fail("purge", node, start, str(e))
            return purge
        purge.end = time.monotonic()
        purge.status = answer.status
        if answer.status == 200:
            purge.promise = wait
        elif answer.status == 202:
            purge.promise = "local"
        purge.said = said_by(answer)
        self.history.count(wait, answer.status)
        if answer.status not in (200, 202, 503):
            self.fail("purge", node, start, "status %d: %s" % (answer.status, answer.body[:200]))
        self.history.purges.append(purge)
        if purge.promise:
            self.look(node, purge, chosen)
        return purge

    def look(self, node, purge, chosen):
        """Reads what a purge concerns as soon as it is acknowledged; but what is to stay stale for longer."""
        for each in self.nodes:
            if purge.resources and (each is node or purge.promise == "all"):
                resource = self.model.resources[chosen.choice(purge.resources)]
                if not (purge.soft and resource.rare):
                    self.probe(each, resource)

    async def write(self, node, chosen):
        resource = chosen.choice(self.model.resources)
        start = time.monotonic()
        try:
            answer = await self.lines[node].ask(write_request(resource), READ_LIMIT)
        except Broken as e:
            self.fail("write", node, start, str(e))
            return
        self.last_id += 1
        if answer.status != 200:
            self.fail("write", node, start, "status %d" % answer.status)
            return
        purge = checker.Purge(self.last_id, "write", node.number, "write", False, int(answer.field(b"x-version")),
                              [resource.index], start, time.monotonic(), answer.status, "local")
        self.history.purges.append(purge)
        self.look(node, purge, chosen)

    async def sweep(self):
        """Reads everything everywhere."""
        for node in self.nodes:
            for resource in self.model.resources:
                for variant in VARIANTS if resource.varies else VARIANTS[:1]:
                    begun = time.monotonic()
                    try:
                        await self.read(node, self.lines[node].ask, resource, variant)
                    except Broken as e:
                        self.fail("read", node, begun, str(e))


def said_by(answer):
    try:
        return json.loads(answer.body)
    except ValueError:
        return answer.body[:300].decode("utf-8", "replace")
