"""HTTP/1.1 over one keep-alive connection, and Redis' protocol, with nothing in between."""

import asyncio
import re
import time

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.I)
CLOSING = re.compile(rb"\r\nconnection: *close", re.I)


class Broken(Exception):
    """The connection ended, or was silent for too long, before the answer was whole."""


class Answer:
    __slots__ = ("status", "head", "body", "start", "end")

    def __init__(self, status, head, body, start, end):
        self.status = status
        self.head = head
        self.body = body
        self.start = start
        self.end = end

    def field(self, name):
        """A field's value, or the empty text."""
        at = self.head.lower().find(b"\r\n" + name + b":")
        if at < 0:
            return ""
        end = self.head.find(b"\r\n", at + 2)
        return self.head[at + len(name) + 3:end if end >= 0 else None].strip().decode("latin-1")


def whole(data):
    """Status, head, body and length of the answer that the bytes begin with, or None while it is not whole."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(data[:end])
    status = int(head[9:12])
    body_at = end + 4
    found = LENGTH.search(head)
    if found:
        length = int(found.group(1))
        if len(data) < body_at + length:
            return None
        return status, head, bytes(data[body_at:body_at + length]), body_at + length
    if status in (204, 304):
        return status, head, b"", body_at
    if CHUNKED.search(head):
        parts = []
        at = body_at
        while True:
            line = data.find(b"\r\n", at)
            if line < 0:
                return None
            size = int(data[at:line].split(b";")[0], 16)
            if len(data) < line + 2 + size + 2:
                return None
            if size == 0:
                return status, head, b"".join(parts), line + 4
            parts.append(bytes(data[line + 2:line + 2 + size]))
            at = line + 2 + size + 2
    raise Broken("an answer without a length")


class Line(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self):
        self.transport = None
        self.open = False
        self.waiting = None
        self.data = bytearray()

    @classmethod
    async def to(cls, port, limit=2.0):
        """Connects, or raises Broken."""
        loop = asyncio.get_running_loop()
        try:
            _, line = await asyncio.wait_for(loop.create_connection(cls, "127.0.0.1", port), limit)
        except (OSError, asyncio.TimeoutError) as e:
            raise Broken("no connection: %s" % (e or "timeout")) from None
        return line

    def connection_made(self, transport):
        self.transport = transport
        self.open = True

    def data_received(self, data):
        self.data += data
        waiting = self.waiting
        if waiting is None or waiting.done():
            return
        try:
            answer = whole(self.data)
        except (Broken, ValueError) as e:
            self.fail(str(e))
            return
        if answer is not None:
            status, head, body, length = answer
            del self.data[:length]
            if CLOSING.search(head):
                self.close()
            waiting.set_result((status, head, body, time.monotonic()))

    def connection_lost(self, why):
        self.fail("connection lost: %s" % (why or "ended"))

    def fail(self, why):
        self.open = False
        if self.transport is not None:
            self.transport.abort()
        if self.waiting is not None and not self.waiting.done():
            self.waiting.set_exception(Broken(why))

    def close(self):
        self.open = False
        self.transport.close()

    async def ask(self, request, limit=10.0):
        """The answer; `start` is taken before anything is sent, `end` once all of it is here."""
        loop = asyncio.get_running_loop()
        self.waiting = loop.create_future()
        timer = loop.call_later(limit, self.fail, "no answer within %g s" % limit)
        try:
            start = time.monotonic()
            self.transport.write(request)
            status, head, body, end = await self.waiting
            return Answer(status, head, body, start, end)
        finally:
            timer.cancel()
            self.waiting = None


class Refused(Exception):
    """Redis answered with an error."""


async def redis(port, *command, limit=3.0):
    """One command on a connection of its own; Broken if there is no answer, Refused if it is an error."""
    return (await redis_all(port, [command], limit))[0]


async def redis_all(port, commands, limit=10.0):
    async def talk():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            for command in commands:
                parts = [part if isinstance(part, bytes) else str(part).encode() for part in command]
                writer.write(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one) for one in parts))
            await writer.drain()
            return [await reply(reader) for _ in commands]
        finally:
            writer.transport.abort()

    try:
        return await asyncio.wait_for(talk(), limit)
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError) as e:
        raise Broken("redis on %d: %r" % (port, e)) from None


async def reply(reader):
    line = await reader.readuntil(b"\r\n")
    kind, rest = line[:1], line[1:-2]
    if kind == b"+":
        return rest.decode()
    if kind == b"-":
        raise Refused(rest.decode("utf-8", "replace"))
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return None if rest == b"-1" else (await reader.readexactly(int(rest) + 2))[:-2]
    if kind == b"*":
        return None if rest == b"-1" else [await reply(reader) for _ in range(int(rest))]
    raise Broken("redis says %r" % line)
