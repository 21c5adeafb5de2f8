"""TCP relays between each Lacquer and Redis, that can be cut, delayed, muted or half-closed.

They run in a process of their own, so that the load of the checker does not delay them. It takes one JSON object a line
on its standard input, answers each with a line, and ends when the input does.
"""

import asyncio
import collections
import json
import os
import subprocess
import sys
import threading

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

UP, DOWN = "up", "down"
HELD = {"pass": (), "delay": (), "hang": (UP, DOWN), "mute_up": (UP,), "mute_down": (DOWN,)}
MODES = tuple(HELD) + ("cut", "half_close")


class Way:
    """One direction of a connection."""

    def __init__(self, relay, name):
        self.relay = relay
        self.name = name
        self.to = None
        self.queue = collections.deque()
        self.timer = None

    def take(self, data):
        loop = asyncio.get_running_loop()
        if not self.queue and self.to is not None and not self.relay.delay and self.name not in self.relay.held:
            self.write(data)
            return
        due = loop.time() + self.relay.delay
        if self.queue:
            due = max(due, self.queue[-1][0])
        self.queue.append((due, data))
        self.pump()

    def pump(self):
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        loop = asyncio.get_running_loop()
        while self.queue and self.to is not None and self.name not in self.relay.held:
            due, data = self.queue[0]
            if due > loop.time():
                self.timer = loop.call_at(due, self.pump)
                return
            self.queue.popleft()
            self.write(data)

    def write(self, data):
        if self.to.is_closing():
            return
        if self.relay.rewrite and self.name == DOWN:
            for old, new in self.relay.rewrite:
                data = data.replace(old, new)
        self.to.write(data)


class End(asyncio.Protocol):
    """One end of a relayed connection: what it receives goes one way, and when it ends all of it ends."""

    def __init__(self, pair, way):
        self.pair = pair
        self.way = way
        self.transport = None

    def connection_made(self, transport):
        self.transport = transport
        self.pair.made(self)

    def data_received(self, data):
        self.way.take(data)

    def eof_received(self):
        self.pair.abort()

    def connection_lost(self, why):
        self.pair.abort()


class Pair:
    def __init__(self, relay):
        self.relay = relay
        self.up = Way(relay, UP)
        self.down = Way(relay, DOWN)
        self.client = End(self, self.up)
        self.server = End(self, self.down)
        self.ended = False

    def made(self, end):
        if end is self.client:
            if self.relay.mode == "cut":
                self.abort()
                return
            self.relay.pairs.add(self)
            self.down.to = end.transport
            self.relay.tasks.add(task := asyncio.get_running_loop().create_task(self.connect()))
            task.add_done_callback(self.relay.tasks.discard)
        else:
            self.up.to = end.transport
            self.up.pump()

    async def connect(self):
        try:
            await asyncio.get_running_loop().create_connection(lambda: self.server, "127.0.0.1", self.relay.to)
        except OSError:
            self.abort()
            return
        if self.ended:
            self.server.transport.abort()

    def pump(self):
        self.up.pump()
        self.down.pump()

    def half_close(self):
        """The client is told that the other side sends no more, while its own bytes still arrive."""
        transport = self.client.transport
        if transport is not None and not transport.is_closing() and transport.can_write_eof():
            transport.write_eof()

    def abort(self):
        if not self.ended:
            self.ended = True
            self.relay.pairs.discard(self)
            for end in (self.client, self.server):
                if end.transport is not None:
                    end.transport.abort()


class Relay:
    def __init__(self, to):
        self.to = to
        self.mode = "pass"
        self.held = ()
        self.delay = 0.0
        self.rewrite = ()
        self.pairs = set()
        self.tasks = set()
        self.server = None

    async def listen(self, port):
        self.server = await asyncio.get_running_loop().create_server(
            lambda: Pair(self).client, "127.0.0.1", port, reuse_address=True)

    def set(self, mode, delay=0.0):
        self.mode = mode
        self.held = HELD.get(mode, ())
        self.delay = delay if mode == "delay" else 0.0
        for pair in list(self.pairs):
            if mode == "cut":
                pair.abort()
            elif mode == "half_close":
                pair.half_close()
            else:
                pair.pump()

    def retarget(self, to):
        """Leads elsewhere from now on; what was open ends."""
        if to != self.to:
            self.to = to
            for pair in list(self.pairs):
                pair.abort()


class Service:
    def __init__(self):
        self.relays = {}

    async def do(self, order):
        what, name = order["do"], order["relay"]
        if what == "open":
            relay = self.relays[name] = Relay(order["to"])
            relay.rewrite = tuple((old.encode(), new.encode()) for old, new in order.get("rewrite", ()))
            await relay.listen(order["port"])
        elif what == "set":
            self.relays[name].set(order["mode"], order.get("delay", 0.0))
        elif what == "retarget":
            self.relays[name].retarget(order["to"])
        elif what == "count":
            return len(self.relays[name].pairs)
        return True


async def serve():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    service = Service()
    while line := await reader.readline():
        try:
            said = {"ok": await service.do(json.loads(line))}
        except (OSError, KeyError, ValueError) as e:
            said = {"error": repr(e)}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


class Relays:
    """The relays' process, from the checker's side."""

    def __init__(self, log):
        from purgecheck.processes import Process

        self.process = Process([sys.executable, "-B", os.path.abspath(__file__)], log, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
        self.lock = threading.Lock()

    def do(self, **order):
        with self.lock:
            pipe = self.process.process
            pipe.stdin.write(json.dumps(order).encode() + b"\n")
            pipe.stdin.flush()
            said = json.loads(pipe.stdout.readline() or b'{"error": "the relays have ended"}')
        if "error" in said:
            raise OSError("relay: %s" % said["error"])
        return said["ok"]

    def open(self, name, port, to, rewrite=()):
        self.do(do="open", relay=name, port=port, to=to, rewrite=[list(pair) for pair in rewrite])

    def set(self, name, mode, delay=0.0):
        self.do(do="set", relay=name, mode=mode, delay=delay)

    def retarget(self, name, to):
        self.do(do="retarget", relay=name, to=to)

    def count(self, name):
        return self.do(do="count", relay=name)

    def close(self):
        self.process.kill()
        for pipe in (self.process.process.stdin, self.process.process.stdout):
            pipe.close()


if __name__ == "__main__":
    asyncio.run(serve())
