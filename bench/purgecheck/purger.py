"""Purges of one node at a steady rate, in a process of its own: what it costs is not the costs of others.

All requests are bytes before it begins. It says so on a line once the first ones are answered, and what it has done on
another when its standard input ends.
"""

import json
import os
import select
import socket
import subprocess
import sys
import time

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from purgecheck.model import purge_request  # noqa: E402
from purgecheck.processes import Process  # noqa: E402
from purgecheck.wire import whole  # noqa: E402

LINES = 8
TAGS = 10_000  # fewer than a node remembers, so that nothing but these is purged
LONGEST_SILENCE = 5.0


class Purger:
    def __init__(self, port, rate):
        self.pause = LINES / rate
        self.requests = [purge_request({"tags": ["p:%d" % number], "wait": "local"}, port) for number in range(TAGS)]
        self.lines = [socket.create_connection(("127.0.0.1", port)) for _ in range(LINES)]
        self.unread = {line: bytearray() for line in self.lines}
        self.asked = 0
        self.done = 0

    def ask(self):
        """One purge on each connection, whether or not the last one is answered: the rate is what is kept."""
        for line in self.lines:
            line.sendall(self.requests[self.asked % TAGS])
            self.asked += 1

    def take(self, line):
        data = self.unread[line]
        received = line.recv(65536)
        if not received:
            raise OSError("the node ends the connection")
        data += received
        while (answer := whole(data)) is not None:
            status, _, body, length = answer
            if status != 200:
                raise OSError("a purge was answered with %d: %r" % (status, body[:300]))
            del data[:length]
            self.done += 1

    def run(self, until, started):
        poll = select.poll()
        by_number = {line.fileno(): line for line in self.lines}
        for number in [*by_number, until]:
            poll.register(number, select.POLLIN)
        began = heard = due = time.monotonic()
        while True:
            now = time.monotonic()
            if now >= due:
                self.ask()
                due = max(due + self.pause, now - 1)
            for number, _ in poll.poll(max(0, 1000 * (due - time.monotonic()))):
                if number == until:
                    return {"purges": self.done, "seconds": time.monotonic() - began}
                before = self.done
                self.take(by_number[number])
                heard = time.monotonic()
                if not before and self.done:
                    started()
            if time.monotonic() - heard > LONGEST_SILENCE:
                raise OSError("no purge was answered within %g s" % LONGEST_SILENCE)


class Purging:
    """Purges that go on, from the side of who wants them."""

    def __init__(self, port, rate, log):
        self.process = Process([sys.executable, "-B", os.path.abspath(__file__), str(port), str(rate)], log,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.pipes = self.process.process
        self.heard("started")

    def heard(self, what):
        line = self.pipes.stdout.readline()
        said = json.loads(line) if line else {}
        if what not in said:
            self.close()
            raise OSError("the purges have ended: " + self.process.said())
        return said

    def end(self):
        """How many a second there were."""
        self.pipes.stdin.close()
        said = self.heard("purges")
        self.close()
        return said["purges"] / said["seconds"]

    def close(self):
        self.process.kill()
        for pipe in (self.pipes.stdin, self.pipes.stdout):
            pipe.close()


def main():
    def tell(said):
        print(json.dumps(said), flush=True)

    try:
        tell(Purger(int(sys.argv[1]), float(sys.argv[2])).run(sys.stdin.fileno(), lambda: tell({"started": True})))
    except OSError as e:
        sys.exit(str(e))


if __name__ == "__main__":
    main()
