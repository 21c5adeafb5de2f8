"""One run: starts everything, loads and hurts it, heals it, looks once more, and judges."""

import asyncio
import collections
import pathlib
import time

from purgecheck import checker, report
from purgecheck.load import Load
from purgecheck.model import Model
from purgecheck.nemesis import Nemesis
from purgecheck.nodes import SMALL_HEAP, Node
from purgecheck.origin import Origin
from purgecheck.processes import free_port
from purgecheck.relay import Relays
from purgecheck.stores import KINDS

SETTLE = 4.0
TELL_EVERY = 2.0
TOLD = (":%d\r\n", "\r\n%d\r\n", ":%d@")  # how Redis writes the ports of others


class Cluster:
    """An origin, Redis, relays and nodes; what was started ends with `close`, in whatever state it is. Without
    `relayed` the nodes reach Redis themselves; the last `alone` nodes have none, and know of no purge but their own."""

    def __init__(self, folder, model, nodes=3, redis="standalone", plant=None, seed=0, heap=SMALL_HEAP, origin=None,
                 relayed=True, alone=0):
        self.folder = pathlib.Path(folder)
        self.model = model
        self.origin = origin or Origin(model, seed)
        self.kind = redis
        self.store = None
        self.relays = None
        self.relayed = relayed
        self.alone = alone
        self.nodes = [Node(number, folder, plant, heap) for number in range(nodes)]

    async def start(self, **config):
        await self.origin.start()
        if self.relayed:
            self.relays = Relays(self.folder / "relays")
        self.store = KINDS[self.kind](self.folder)
        await self.store.start()
        for node in self.nodes:
            has_redis = node.number < len(self.nodes) - self.alone
            address = self.store.address(self.lead(node)) if has_redis else None
            node.configure(self.origin.port, address, min_replicas=self.store.min_replicas, **config)
        if self.kind == "moving":
            self.store.moved.append(lambda port: [self.relays.retarget(node.relays[0], port) for node in self.nodes])
        await asyncio.to_thread(self.nodes[0].check)
        await asyncio.gather(*(node.start() for node in self.nodes))

    def lead(self, node):
        """Opens a node's relays; their ports by the names of what they lead to. Who tells the ports of others, tells
        those of the node's own relays to them."""
        endpoints = self.store.endpoints()
        if not self.relayed:
            return {name: port for name, port, _ in endpoints}
        ports = {name: free_port() for name, _, _ in endpoints}
        told = [(shape % port, shape % ports[name]) for name, port, _ in endpoints for shape in TOLD]
        for name, port, tells in endpoints:
            relay = "%s %s" % (node.name, name)
            self.relays.open(relay, ports[name], port, told if tells else ())
            node.relays.append(relay)
        return ports

    def close(self):
        for each in [*self.nodes, self.store, self.relays, self.origin]:
            if each is not None:
                each.close()


class Run:
    def __init__(self, options, folder, say):
        self.options = options
        self.say = say
        self.model = Model(same=options.same)
        self.cluster = Cluster(folder, self.model, options.nodes, options.redis, options.plant, options.seed)
        self.load = None
        self.nemesis = None

    async def go(self):
        options, cluster = self.options, self.cluster
        self.say("starting Redis (%s) and %d nodes" % (options.redis, options.nodes))
        await cluster.start()
        self.load = Load(self.model, cluster.origin, cluster.nodes, options.seed, options.rate, options.purges,
                         soft=options.soft, all_share=options.all_share)
        self.nemesis = Nemesis(cluster.nodes, cluster.store, cluster.relays, options.seed, options.faults, self.say,
                               gaps=options.gaps, settle=SETTLE, away=options.away)
        if options.slow:
            self.nemesis.slow_down()
        await self.load.sweep()
        began = time.monotonic()
        self.nemesis.calm()
        until = began + options.seconds
        teller = asyncio.create_task(self.tell(began))
        nemesis = asyncio.create_task(self.nemesis.run())
        load = asyncio.create_task(self.load.run(until))
        try:
            done, _ = await asyncio.wait({nemesis, load}, return_when=asyncio.FIRST_COMPLETED)
            if nemesis in done:
                nemesis.result()
            await asyncio.wait({load})
            load.result()
            self.nemesis.stopping.set()
            await nemesis
            self.say("healed; looking at everything once more in %g s" % SETTLE)
            await asyncio.sleep(SETTLE + 0.5)
            await self.load.sweep()
            await self.load.sweep()
        finally:
            self.nemesis.stopping.set()
            for task in (teller, load, nemesis):
                task.cancel()
            await asyncio.gather(teller, load, nemesis, return_exceptions=True)
        self.nemesis.seal()
        return self.judge()

    async def tell(self, began):
        while True:
            await asyncio.sleep(TELL_EVERY)
            history = self.load.history
            self.say("%4.0f s: %d reads, %d purges, %d faults, %d failures so far" % (
                time.monotonic() - began, len(history.reads), len(history.purges), sum(self.nemesis.injected.values()),
                len(history.failures)))

    def judge(self):
        history, nodes = self.load.history, self.cluster.nodes
        numbers = [node.number for node in nodes]
        windows = {resource.index: resource.window for resource in self.model.resources}
        found = checker.check(history.reads, history.purges, numbers, self.nemesis.quiet, SETTLE, windows)
        lags = checker.lags(history.reads, history.purges, numbers)
        failed = [failure for failure in history.failures
                  if not checker.excused(failure.start, failure.end, nodes[failure.node].outages)]
        counter = collections.Counter
        times = collections.defaultdict(list)
        for purge in history.purges:
            if purge.promise:
                times[purge.wait].append(purge.end - purge.start)
        result = {
            "options": {name: value for name, value in vars(self.options).items()
                        if isinstance(value, (str, int, float, list, tuple, type(None)))},
            "reads": len(history.reads),
            "reads_by_cache": dict(counter(read.cache + (" " + read.level if read.cache == "HIT" else "")
                                           for read in history.reads).most_common()),
            "operations": dict(counter(purge.kind + (" (soft)" if purge.soft else "")
                                       for purge in history.purges).most_common()),
            "answers": {"%s %s" % answer: count for answer, count in sorted(history.answers.items(), key=str)},
            "promised": dict(counter((purge.promise or "nothing") + (" (soft)" if purge.soft else "")
                                     for purge in history.purges)),
            "faults": dict(self.nemesis.injected),
            "origin_requests": self.cluster.origin.asked,
            "lag": report.spread(lags),
            "acknowledged_in": {wait: report.spread(found_) for wait, found_ in times.items()},
            "violations": dict(counter(violation.promise for violation in found)),
            "violated_purges": len({violation.purge.id for violation in found}),
            "examples": [report.violation_text(violation, nodes, self.model) for violation in found[:50]],
            "unlike": len(history.unlike),
            "failed": [report.failure_text(failure, nodes) for failure in failed],
            "ended": [node.name for node in nodes if not node.process.alive()],
            "failed_excused": len(history.failures) - len(failed),
        }
        result["sound"] = not (found or failed or history.unlike or result["ended"])
        return result
