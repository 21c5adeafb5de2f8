"""Faults: each begins, holds for some time and is healed. A seed gives their order and lengths."""

import asyncio
import time

from purgecheck.model import dice
from purgecheck.stores import PURGE_TAG, keys_of
from purgecheck.wire import Broken, Refused, redis, redis_all

PURGE_KEYS = PURGE_TAG + ":*"
FILLER = PURGE_TAG + "filler:"  # where the purge log is
REPLICATED = ("sentinel", "moving", "cluster")
ALL = ("standalone",) + REPLICATED
FAULTS = {}
SLOW = 0.015  # seconds each way


def fault(name, redis=ALL, takes="node", weight=2):
    """Declares a fault: with which Redis it can happen, and what it takes: a node, or Redis."""
    def declare(method):
        FAULTS[name] = (method, redis, takes, weight)
        return method
    return declare


def names(kind):
    return [name for name, (_, kinds, _, _) in FAULTS.items() if kind in kinds]


class Nemesis:
    """Injects faults until told to stop, then heals all."""

    def __init__(self, nodes, store, relays, seed, chosen, log, gaps=(0.3, 2.0), settle=4.0, away=0.5):
        self.nodes = nodes
        self.store = store
        self.relays = relays
        self.dice = dice(seed, "nemesis")
        self.chosen = chosen
        self.log = log
        self.gaps = gaps
        self.settle = settle
        self.away = away
        self.busy = set()
        self.active = 0
        self.quiet = []
        self.quiet_since = None
        self.injected = {}
        self.events = []
        self.stopping = asyncio.Event()

    def calm(self):
        """Quiet begins, if nothing is wrong."""
        if self.active == 0 and self.quiet_since is None:
            self.quiet_since = time.monotonic()

    def trouble(self):
        if self.quiet_since is not None:
            self.quiet.append((self.quiet_since, time.monotonic()))
            self.quiet_since = None

    def seal(self):
        """The run is over."""
        self.trouble()

    async def hold(self, least, most):
        """For a random time, less where the run ends."""
        try:
            await asyncio.wait_for(self.stopping.wait(), self.dice.uniform(least, most))
        except asyncio.TimeoutError:
            pass

    async def run(self):
        """One fault after the other, now and then two at once, now and then a long quiet."""
        running = set()
        try:
            while self.chosen and not self.stopping.is_set():
                pause = self.settle + 1.0 if self.dice.random() < 0.12 else self.dice.uniform(*self.gaps)
                if pause > self.settle and running:
                    await asyncio.wait(running)
                await self.hold(pause, pause)
                if self.stopping.is_set():
                    break
                for _ in range(2 if self.dice.random() < 0.3 else 1):
                    begun = self.begin()
                    if begun:
                        running.add(begun)
                done = {task for task in running if task.done()}
                running -= done
                for task in done:
                    task.result()
                while len(running) >= 2 and not self.stopping.is_set():
                    done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                    for task in done:
                        task.result()
        finally:
            self.stopping.set()
            if running:
                for outcome in await asyncio.gather(*running, return_exceptions=True):
                    if isinstance(outcome, Exception):
                        self.log("a fault could not be healed: %r" % outcome)
                        raise outcome

    def begin(self):
        name = self.dice.choices(self.chosen, [FAULTS[each][3] for each in self.chosen])[0]
        method, _, takes, _ = FAULTS[name]
        free = [node for node in self.nodes if node not in self.busy]
        if takes == "redis":
            if self.store in self.busy:
                return None
            target, arguments = self.store, ()
        elif not free:
            return None
        else:
            target = self.dice.choice(free)
            arguments = (target,)
        self.busy.add(target)
        return asyncio.get_running_loop().create_task(self.inject(name, method, target, arguments))

    async def inject(self, name, method, target, arguments):
        self.trouble()
        self.active += 1
        self.injected[name] = self.injected.get(name, 0) + 1
        event = {"fault": name, "on": getattr(target, "name", "redis"), "from": time.monotonic()}
        self.events.append(event)
        try:
            await method(self, *arguments)
        except (Broken, Refused) as e:
            self.log("%s: %s" % (name, e))
        finally:
            event["to"] = time.monotonic()
            self.busy.discard(target)
            self.active -= 1
            self.calm()

    async def safely(self, *command):
        """A command to Redis, which another fault may have made deaf."""
        try:
            return await redis(self.store.port, *command)
        except (Broken, Refused) as e:
            self.log("redis: %s: %s" % (" ".join(map(str, command))[:60], e))
            return None

    # ---- nodes ----

    @fault("kill-node", weight=2)
    async def kill_node(self, node):
        node.kill()
        await self.hold(0.0, 1.5)
        await node.restart()

    @fault("freeze-node", weight=4)
    async def freeze_node(self, node):
        node.freeze()
        try:
            await self.hold(0.2, 4.0)
        finally:
            node.thaw()

    # ---- between a node and Redis ----

    def relay(self, node, mode, delay=0.0):
        for name in node.relays:
            self.relays.set(name, mode, delay)

    async def relayed(self, node, mode, least, most, delay=0.0):
        self.relay(node, mode, delay)
        try:
            await self.hold(least, most)
        finally:
            self.relay(node, "pass")

    @fault("cut", weight=4)
    async def cut(self, node):
        await self.relayed(node, "cut", 0.2, 4.0)

    @fault("hang", weight=3)
    async def hang(self, node):
        await self.relayed(node, "hang", 0.2, 4.0)

    @fault("mute", weight=3)
    async def mute(self, node):
        await self.relayed(node, self.dice.choice(["mute_up", "mute_down"]), 0.2, 4.0)

    @fault("half-close")
    async def half_close(self, node):
        await self.relayed(node, "half_close", 0.1, 1.0)

    @fault("delay", weight=3)
    async def delay(self, node):
        await self.relayed(node, "delay", 0.5, 4.0, self.dice.choice([0.02, 0.04, 0.2, 0.6, 1.2]))

    @fault("lost-while-cut", weight=3)
    async def lost_while_cut(self, node):
        """What others acknowledge while this one is cut off is lost from the log before it is back, now and then with
        others away that may know of it."""
        others = [each for each in self.nodes if each not in self.busy]
        away = [] if self.dice.random() >= self.away else others if self.away == 1 else others[:1]
        self.busy.update(away)
        self.relay(node, "cut")
        try:
            await self.hold(2.0, 4.0)
            for each in away:
                each.freeze()
            await self.delete_purge_keys()
            self.relay(node, "pass")
            await self.hold(0.4, 1.5)
        finally:
            self.relay(node, "pass")
            for each in away:
                each.thaw()
                self.busy.discard(each)

    def slow_down(self):
        """For good: slow enough that much happens between a question to Redis and its answer, and not so slow that nobody
        asks any more."""
        for node in self.nodes:
            self.relay(node, "delay", SLOW)

    @fault("cut-all", takes="redis", weight=1)
    async def cut_all(self):
        mode = self.dice.choice(["cut", "hang"])
        mine = [node for node in self.nodes if node not in self.busy]
        self.busy.update(mine)
        for node in mine:
            self.relay(node, mode)
        try:
            await self.hold(0.2, 3.0)
        finally:
            for node in mine:
                self.relay(node, "pass")
                self.busy.discard(node)

    # ---- Redis itself ----

    @fault("kill-redis", redis=("standalone",), takes="redis")
    async def kill_redis(self):
        self.store.server.kill()
        await self.hold(0.0, 2.0)
        await self.store.restart()

    @fault("rollback-redis", redis=("standalone",), takes="redis", weight=3)
    async def rollback_redis(self):
        kept = await self.store.snapshot()
        await self.hold(0.5, 3.0)
        self.store.server.kill()
        await self.hold(0.0, 1.0)
        await self.store.restart(kept)

    @fault("freeze-redis", takes="redis")
    async def freeze_redis(self):
        server = self.store.master
        server.freeze()
        try:
            await self.hold(0.2, 4.0)
        finally:
            server.thaw()
        if self.store.kind != "standalone":
            await asyncio.sleep(1.0)  # it may have been replaced, and is to learn it
        await self.store.until_whole()

    @fault("failover", redis=REPLICATED, takes="redis", weight=3)
    async def failover(self):
        await self.store.failover(0.0)

    @fault("failover-lost-tail", redis=REPLICATED, takes="redis", weight=4)
    async def failover_lost_tail(self):
        await self.store.failover(self.dice.uniform(0.3, 2.5))

    @fault("trim-log", takes="redis")
    async def trim_log(self):
        for key in await keys_of(self.store.port, PURGE_KEYS):
            if await self.safely("TYPE", key) == "stream":
                await self.safely("XTRIM", key, "MAXLEN", 0)

    @fault("delete-log", takes="redis")
    async def delete_log(self):
        for key in await keys_of(self.store.port, PURGE_KEYS):
            if await self.safely("TYPE", key) == "stream":
                await self.safely("DEL", key)

    @fault("delete-purge-keys", takes="redis")
    async def delete_purge_keys(self):
        keys = await keys_of(self.store.port, PURGE_KEYS)
        if keys:
            await self.safely("DEL", *keys)

    @fault("flush", takes="redis", weight=1)
    async def flush(self):
        await self.safely("FLUSHALL")

    @fault("fill", takes="redis")
    async def fill(self):
        """Writes are refused for lack of memory."""
        port = self.store.port
        try:
            await redis_all(port, [("CONFIG", "SET", "maxmemory-policy", "noeviction"),
                                   ("CONFIG", "SET", "maxmemory", 1)])
            await self.hold(0.5, 3.0)
        finally:
            await self.make_room(port)

    @fault("evict", takes="redis")
    async def evict(self):
        """Anything is evicted, Lacquer's keys too."""
        port = self.store.port
        try:
            used = int((await redis(port, "INFO", "memory")).decode().partition("used_memory:")[2].split("\r\n")[0])
            await redis_all(port, [("CONFIG", "SET", "maxmemory-policy", "allkeys-lru"),
                                   ("CONFIG", "SET", "maxmemory", used)])
            for number in range(8):
                try:
                    await redis_all(port, [("SET", "%s%d-%d" % (FILLER, number, at), b"x" * 8192) for at in range(16)])
                except Refused:
                    pass  # nothing is left to evict
                await self.hold(0.1, 0.3)
        finally:
            await self.make_room(port)

    async def make_room(self, port):
        await redis_all(port, [("CONFIG", "SET", "maxmemory", 0), ("CONFIG", "SET", "maxmemory-policy", "noeviction")])
        keys = await keys_of(port, FILLER + "*")
        if keys:
            await redis(port, "DEL", *keys)
