"""The nodes of Lacquer."""

import asyncio
import os
import pathlib
import signal
import subprocess
import time

from purgecheck.model import WINDOW
from purgecheck.processes import Process, free_port
from purgecheck.wire import Broken, Line

HOME = pathlib.Path(__file__).resolve().parent.parent.parent
START_LIMIT = 60.0
BUILD_LIMIT = 900
NAMESPACE = "check"
SMALL_HEAP = "160m"
SMALL = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]  # several on one machine, started often
READY = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

CONFIG = """\
version: 1
listen: 127.0.0.1:{port}
admin: {{listen: "127.0.0.1:{admin}"}}
origins:
  versions: {{servers: ["http://127.0.0.1:{origin}"], max_connections: 1024}}
tiers:
  l1: {{size: {l1}}}
{l2}purge: {{lease: {lease}, when_cut_off: {when_cut_off}, journal: "{journal}", node: {name}{replicas}}}
policies:
{policies}"""
L2 = """\
  l2: {{redis: "{redis}", namespace: {namespace}, timeout: 50ms}}
"""

POLICIES = """\
  - name: first
    match: {path: "/r/{i}", method: [GET, HEAD]}
    ttl: {proxy: 10m}
    tags: ["r:{i}", all]
  - name: second
    match: {path: "/s/{i}", method: [GET, HEAD]}
    ttl: {proxy: 10m}
    stale_while_revalidate: %dms
    tags: ["r:{i}", all]
  - name: writes-first
    match: {path: "/r/{i}", method: POST}
    invalidate: {tags: ["r:{i}"]}
  - name: writes-second
    match: {path: "/s/{i}", method: POST}
    invalidate: {tags: ["r:{i}"]}
""" % (1000 * WINDOW)


class NoLacquer(Exception):
    """Lacquer can't be built, refuses its configuration or does not start."""


class Node:
    """One Lacquer, on the same ports over restarts, with the times at which it could not answer."""

    def __init__(self, number, folder, plant=None, heap=SMALL_HEAP):
        self.number = number
        self.name = "n%d" % (number + 1)
        self.folder = pathlib.Path(folder) / self.name
        self.folder.mkdir()
        self.port = free_port()
        self.admin = free_port()
        self.relays = []
        self.plant = plant
        self.heap = heap
        self.config = self.folder / "policies.yaml"
        self.process = None
        self.outages = []
        self.ready_since = 0.0

    def configure(self, origin, redis, lease="1s", when_cut_off="pass", min_replicas=None, l1="32MiB",
                  policies=POLICIES):
        self.config.write_text(CONFIG.format(
            port=self.port, admin=self.admin, origin=origin, l1=l1,
            l2=L2.format(redis=redis, namespace=NAMESPACE) if redis else "", lease=lease, when_cut_off=when_cut_off,
            journal=self.folder / "journal", name=self.name, policies=policies,
            replicas=", min_replicas: %d" % min_replicas if min_replicas is not None else ""))

    def check(self):
        """Builds what has to be built."""
        done = subprocess.run([str(HOME / "lacquer"), "check", "--config", str(self.config)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=BUILD_LIMIT, check=False)
        if done.returncode:
            raise NoLacquer("lacquer can't be built or refuses its configuration:\n" + done.stdout[-2000:])

    async def start(self):
        options = ["-Xmx%s" % self.heap] + SMALL * (self.heap == SMALL_HEAP)
        if self.plant:
            options.append("-Dlacquer.plant=%s" % self.plant)
        env = dict(os.environ)
        env.setdefault("LACQUER_JAR", str(HOME / "proxy/target/lacquer.jar"))
        env["LACQUER_JAVA_OPTS"] = (env.get("LACQUER_JAVA_OPTS", "") + " " + " ".join(options)).strip()
        self.process = Process(
            [str(HOME / "lacquer"), "run", "--config", str(self.config), "--listen", "127.0.0.1:%d" % self.port,
             "--admin", "127.0.0.1:%d" % self.admin], self.folder / "output", env, self.folder)
        end = time.monotonic() + START_LIMIT
        while not await self.ready():
            if not self.process.alive():
                raise NoLacquer("%s has ended:\n%s" % (self.name, self.process.said()))
            if time.monotonic() > end:
                raise NoLacquer("%s is not ready within %g s:\n%s" % (self.name, START_LIMIT, self.process.said()))
            await asyncio.sleep(0.05)
        self.ready_since = time.monotonic()

    async def ready(self):
        try:
            line = await Line.to(self.admin, 1.0)
            return (await line.ask(READY, 2.0)).status == 200
        except Broken:
            return False

    def begin_outage(self):
        self.outages.append([time.monotonic(), float("inf")])

    def end_outage(self):
        self.outages[-1][1] = time.monotonic()

    def kill(self):
        self.begin_outage()
        self.process.kill()

    async def restart(self):
        await self.start()
        self.end_outage()

    def freeze(self):
        self.begin_outage()
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)
        self.end_outage()

    def close(self):
        if self.process:
            self.process.kill()
