"""Processes and ports of a run. None outlives it, however it ends."""

import ctypes
import os
import random
import signal
import socket
import subprocess
import time

PR_SET_PDEATHSIG = 1
FIRST_PORT, LAST_PORT = 12000, 22000  # below what the kernel gives to connections, five digits each

libc = ctypes.CDLL(None, use_errno=True)
given = set()


def free_port():
    """A port that nothing listens on, which no later call gives again."""
    chosen = random.SystemRandom()
    while True:
        port = chosen.randrange(FIRST_PORT, LAST_PORT)
        if port in given:
            continue
        given.add(port)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A process that this run started. It is in a session of its own, out of reach of the terminal's Ctrl-C."""

    def __init__(self, command, log, env=None, cwd=None, **pipes):
        self.log = log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                command, **{"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, **pipes}, env=env, cwd=cwd,
                start_new_session=True, preexec_fn=die_with_parent)
        self.pid = self.process.pid

    def alive(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.alive():
            os.kill(self.pid, number)

    def kill(self):
        """Ends it at once, also where it is frozen."""
        if self.alive():
            self.process.kill()
        self.process.wait()

    def end(self, limit=5.0):
        if self.alive():
            self.signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(limit)
            except subprocess.TimeoutExpired:
                self.kill()

    def said(self, most=2000):
        try:
            with open(self.log, errors="replace") as file:
                return file.read().strip()[-most:]
        except OSError:
            return ""


def wait_until(ready, limit, what, every=0.02):
    """Polls; raises TimeoutError saying what did not come."""
    end = time.monotonic() + limit
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError("%s: not within %g s" % (what, limit))
        time.sleep(every)
