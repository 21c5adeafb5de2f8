"""What bench/soak does beside the load: purges, and readers that are slow or go away in the middle of a body."""

import http.client
import json
import random
import socket
import threading
import time

READ = 16 * 1024
PAUSE = 0.25  # seconds between two reads of a slow reader: 64 KiB/s
GOES_AWAY = 0.2  # of bodies, in their middle
RECEIVE_BUFFER = 32 * 1024
HOST = "compute.example"


class Purges:
    """Purges at an even rate through the admin API: by tag and URL, now and then by prefix, a tenth of them soft."""

    def __init__(self, admin, rate, keys, unique, seed):
        self.admin = admin
        self.rate = rate
        self.keys = keys
        self.unique = unique
        self.dice = random.Random(seed)
        self.done = self.failed = 0
        self.trouble = ""
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.go, daemon=True)
        self.thread.start()

    def one(self):
        key, at = self.dice.randrange(self.keys), self.dice.random()
        if at < 0.5:
            body = {"tags": ["project:%d" % (key // 4)]}
        elif at < 0.98:
            body = {"urls": ["http://%s/unique/%d" % (HOST, self.dice.randrange(max(1, self.unique())))]}
        elif at < 0.99:
            body = {"prefixes": ["%s/unique/%d" % (HOST, self.dice.randrange(10, 100))]}
        else:
            body = {"tags": ["large"]}
        return {**body, "soft": self.dice.random() < 0.1}

    def go(self):
        line, due = None, time.monotonic()
        while not self.ending.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1 / self.rate, time.monotonic() - 1)
            try:
                line = line or http.client.HTTPConnection("127.0.0.1", self.admin, timeout=10)
                line.request("POST", "/api/v1/cache/invalidate", json.dumps(self.one()),
                             {"Content-Type": "application/json"})
                answer = line.getresponse()
                said = answer.read()
                if answer.status // 100 == 2:
                    self.done += 1
                    continue
                self.trouble = "%d %s" % (answer.status, said[:300].decode(errors="replace"))
            except (OSError, http.client.HTTPException) as e:
                line, self.trouble = None, repr(e)
            self.failed += 1
        if line:
            line.close()

    def close(self):
        self.ending.set()
        self.thread.join(15)


class SlowReader:
    """One connection."""

    def __init__(self, port, path):
        self.path = path
        self.line = socket.socket()
        self.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self.line.settimeout(5)
        self.line.connect(("127.0.0.1", port))
        self.line.sendall(("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (path, HOST)).encode())
        self.line.setblocking(False)
        self.got = 0
        self.next = 0.0

    def read(self):
        """Whether more may come."""
        try:
            some = self.line.recv(READ)
        except BlockingIOError:
            return True
        self.got += len(some)
        return bool(some)


class SlowReaders:
    """A number of slow readers at any time: half of them of bodies that are stored, half of ones too large for it."""

    def __init__(self, port, count, larges, seed):
        self.port = port
        self.count = count
        self.larges = larges
        self.dice = random.Random(seed)
        self.whole = self.left = self.cut = self.failed = self.bytes = 0
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.go, daemon=True)
        self.thread.start()

    def start(self, number):
        kind, most = ("large", 2**20) if number % 2 else ("huge", 12 * 2**20)
        reader = SlowReader(self.port, "/%s/%d" % (kind, self.dice.randrange(self.larges)))
        reader.length = most
        reader.leaves_at = self.dice.randrange(most) if self.dice.random() < GOES_AWAY else None
        return reader

    def go(self):
        readers = {}
        while not self.ending.wait(PAUSE / 4):
            now = time.monotonic()
            for number in range(self.count):
                reader = readers.get(number)
                try:
                    if reader is None:
                        readers[number] = reader = self.start(number)
                        reader.next = now + PAUSE * self.dice.random()
                    elif reader.next <= now:
                        reader.next = max(reader.next + PAUSE, now)
                        self.step(readers, number, reader)
                except OSError:
                    self.failed += 1
                    if readers.get(number):
                        readers.pop(number).line.close()
        for reader in readers.values():
            reader.line.close()

    def step(self, readers, number, reader):
        before = reader.got
        more = reader.read()
        self.bytes += reader.got - before
        leaves = reader.leaves_at is not None and reader.got > reader.leaves_at
        if more and not leaves:
            return
        reader.line.close()
        del readers[number]
        if leaves:
            self.left += 1
        elif reader.got > reader.length:
            self.whole += 1
        else:
            self.cut += 1

    def close(self):
        self.ending.set()
        self.thread.join(15)
