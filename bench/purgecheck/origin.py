"""The origin: every answer carries the version at which it began to be made."""

import asyncio
import re

from purgecheck.model import dice

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
VARIANT = re.compile(rb"\r\nx-variant: *(\w+)", re.I)
CONDITION = re.compile(rb"\r\nif-none-match: *(\"\w+\")", re.I)


class Origin:
    """Serves the model's resources. There is one version for all of them, which rises with every purge and write: an
    answer is older than a purge exactly if its version is lower than the one that the purge was given. Some have a
    validator that stays the same over hard purges, as one of whole seconds may: a cache that validates what was purged
    is told that it is still good."""

    def __init__(self, model, seed=0, slow=(0.05, 0.3), quick=0.004):
        self.by_path = {resource.path.encode(): resource for resource in model.resources}
        self.version = 1
        self.asked = 0
        self.asked_for = {}
        self.writes = 0
        self.soft = 0
        self.validated = 0
        self.slow = slow
        self.quick = quick
        self.dice = dice(seed, "origin")
        self.server = None
        self.port = 0
        self.lines = set()

    async def start(self):
        self.server = await asyncio.get_running_loop().create_server(lambda: Asked(self), "127.0.0.1", 0, backlog=512)
        self.port = self.server.sockets[0].getsockname()[1]

    def raise_version(self, soft=False):
        self.version += 1
        self.soft += soft
        return self.version

    def close(self):
        if self.server:
            self.server.close()
        for line in list(self.lines):
            line.abort()

    def answer(self, method, path, head):
        """The answer, after how many seconds it is to be sent, and how much of it at once. It is made here and now,
        whenever it is sent."""
        resource = self.by_path.get(path)
        if resource is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 0, 0
        if method == b"POST":
            self.writes += 1
            return b"HTTP/1.1 200 OK\r\nX-Version: %d\r\nContent-Length: 0\r\n\r\n" % self.raise_version(), 0, 0
        self.asked += 1
        self.asked_for[path] = self.asked_for.get(path, 0) + 1
        tag = b'"e%d"' % self.soft
        condition = CONDITION.search(head)
        if resource.same and condition and condition.group(1) == tag:
            self.validated += 1
            return (b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\nCache-Control: max-age=1\r\n\r\n" % tag,
                    self.dice.uniform(0, self.quick), 0)
        variant = VARIANT.search(head)
        shown = variant.group(1) if variant and resource.varies else b"-"
        body = b"%d %d %s" % (resource.index, self.version, shown)
        vary = b"Vary: X-Variant\r\n" if resource.varies else b""
        delay = self.dice.uniform(*self.slow) if resource.slow else self.dice.uniform(0, self.quick)
        answer = (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nCache-Control: max-age=%d\r\nX-Version: %d\r\n"
                  b"%sSurrogate-Key: %s\r\n%sContent-Length: %d\r\n\r\n%s"
                  % (1 if resource.same else 600, self.version, b"ETag: %s\r\n" % tag if resource.same else b"", resource.group.encode(), vary, len(body), body))
        # Half of what is slow has a slow body: others find its fetch with the head already there.
        first = len(answer) - len(body) + 1 if resource.slow and self.dice.random() < 0.5 else 0
        return answer, delay, first


class Asked(asyncio.Protocol):
    """A connection to the origin; requests on it are answered in their order."""

    def __init__(self, origin):
        self.origin = origin
        self.transport = None
        self.data = bytearray()
        self.busy = False

    def connection_made(self, transport):
        self.transport = transport
        self.origin.lines.add(transport)

    def connection_lost(self, why):
        self.origin.lines.discard(self.transport)

    def data_received(self, data):
        self.data += data
        self.next()

    def next(self):
        while not self.busy:
            end = self.data.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self.data[:end])
            found = LENGTH.search(head)
            length = int(found.group(1)) if found else 0
            if len(self.data) < end + 4 + length:
                return
            del self.data[:end + 4 + length]
            method, path = head.split(b" ", 2)[:2]
            answer, delay, first = self.origin.answer(method, path, head)
            if delay:
                self.busy = True
                self.transport.write(answer[:first])
                asyncio.get_running_loop().call_later(delay, self.send, answer[first:])
            else:
                self.transport.write(answer)

    def send(self, answer):
        self.busy = False
        if not self.transport.is_closing():
            self.transport.write(answer)
        self.next()
