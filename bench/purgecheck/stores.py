"""The Redis behind the nodes: alone, with replicas and Sentinels, or as a cluster."""

import asyncio
import pathlib
import platform
import shutil
import signal
import time
import zipfile

from purgecheck.nodes import NAMESPACE
from purgecheck.processes import Process, free_port
from purgecheck.wire import Broken, Refused, redis, redis_all

MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
START_LIMIT = 10.0
MASTER = "lacquer"
PURGE_TAG = "{%s:purge}" % NAMESPACE
LEAST_WAIT = 0.05
WHOLE_LIMIT = 30.0
FAILOVER_LIMIT = 30.0
QUICK = ["--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
         "--repl-timeout", "5"]


class NoRedis(Exception):
    """There is no program that is a Redis, or it does not start."""


def binary(folder):
    """redis-server from PATH, else the one that the build's embedded-redis brings."""
    installed = shutil.which("redis-server")
    if installed:
        return installed
    suffix = "-linux-" + MACHINES.get(platform.machine(), platform.machine())
    jars = sorted((pathlib.Path.home() / ".m2/repository/com/github/codemonstur/embedded-redis").glob("*/*.jar"))
    for jar in reversed(jars):
        with zipfile.ZipFile(jar) as archive:
            for name in archive.namelist():
                if name.rpartition("/")[2].startswith("redis-server-") and name.endswith(suffix):
                    target = pathlib.Path(folder) / "redis-server"
                    target.write_bytes(archive.read(name))
                    target.chmod(0o755)
                    return str(target)
    raise NoRedis("there is no redis-server on the PATH and no embedded-redis in ~/.m2; to have one: "
                  "apt-get install redis-server, or build Lacquer once")


class Server:
    """One Redis process, on the same port over restarts."""

    def __init__(self, program, folder, name, arguments=()):
        self.program = program
        self.folder = pathlib.Path(folder) / name
        self.folder.mkdir()
        self.name = name
        self.port = free_port()
        self.arguments = list(arguments)
        self.process = None

    async def start(self, *more):
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder),
                   "--save", "", "--appendonly", "no", "--loglevel", "notice"] + self.arguments + list(more)
        self.process = Process(command, self.folder / "log")
        end = time.monotonic() + START_LIMIT
        while True:
            try:
                if await redis(self.port, "PING") == "PONG":
                    return
            except (Broken, Refused):
                pass
            if not self.process.alive() or time.monotonic() > end:
                raise NoRedis("Redis does not start:\n" + self.process.said())
            await asyncio.sleep(0.02)

    def dump(self):
        return self.folder / "dump.rdb"

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)

    def kill(self):
        if self.process:
            self.process.kill()


class Standalone:
    """One Redis."""

    kind = "standalone"
    min_replicas = None

    def __init__(self, folder):
        self.server = Server(binary(folder), folder, "redis")

    async def start(self):
        await self.server.start()

    @property
    def port(self):
        return self.server.port

    @property
    def master(self):
        return self.server

    def endpoints(self):
        """What a node connects to: names and ports, and whether it tells the ports of others."""
        return [("redis", self.port, False)]

    def address(self, ports):
        """What a node is configured with; ports of its relays by the names of the endpoints."""
        return "redis://127.0.0.1:%d" % ports["redis"]

    async def until_whole(self):
        """There is nothing to wait for."""

    async def snapshot(self):
        """Keeps the state of now for a later restart from it."""
        await redis(self.port, "SAVE")
        kept = self.server.folder / "kept.rdb"
        shutil.move(self.server.dump(), kept)
        return kept

    async def restart(self, kept=None):
        """Ends the server at once and starts it empty, or with an earlier state."""
        self.server.kill()
        self.server.dump().unlink(missing_ok=True)
        if kept:
            shutil.copy(kept, self.server.dump())
        await self.server.start()

    def close(self):
        self.server.kill()


class Replicated:
    """Masters and replicas, of which one pair holds the purge log."""

    min_replicas = None

    def __init__(self, folder, servers, arguments):
        self.program = binary(folder)
        self.folder = pathlib.Path(folder)
        self.servers = [Server(self.program, folder, "redis-%d" % number, QUICK + arguments)
                        for number in range(1, servers + 1)]
        self.pair = self.servers[:2]
        self.master = self.servers[0]
        self.moved = []
        self.follower = None

    @property
    def port(self):
        return self.master.port

    @property
    def replica(self):
        return next(server for server in self.pair if server is not self.master)

    async def is_whole(self):
        raise NotImplementedError

    async def leader(self):
        """The port of the master; None if nobody knows."""
        raise NotImplementedError

    async def until_whole(self, limit=WHOLE_LIMIT):
        """Until the replica is up to date and all that watch know it."""
        end = time.monotonic() + limit
        while True:
            try:
                if await self.is_whole():
                    return
            except (Broken, Refused, KeyError):
                pass
            if time.monotonic() > end:
                raise NoRedis("the %s is not whole within %g s" % (self.kind, limit))
            await asyncio.sleep(LEAST_WAIT)

    async def is_linked(self):
        return b"master_link_status:up" in await redis(self.replica.port, "INFO", "replication")

    def begin_to_follow(self):
        self.follower = asyncio.get_running_loop().create_task(self.follow())

    async def follow(self):
        while True:
            port = await self.leader()
            if port and port != self.master.port:
                self.master = next(server for server in self.servers if server.port == port)
                for tell in self.moved:
                    tell(port)
            await asyncio.sleep(LEAST_WAIT)

    async def failover(self, lost, limit=FAILOVER_LIMIT):
        """Stops replication, lets the master go on alone for a time, and ends it; its replica becomes the master."""
        old, new = self.master, self.replica
        if lost:
            new.freeze()
            try:
                await redis(old.port, "CLIENT", "KILL", "TYPE", "replica")
                await asyncio.sleep(lost)
            finally:
                old.kill()
                new.thaw()
        else:
            old.kill()
        end = time.monotonic() + limit
        while self.master is not new:
            if time.monotonic() > end:
                raise NoRedis("no failover within %g s" % limit)
            await asyncio.sleep(LEAST_WAIT)
        await self.rejoin(old, new)
        await self.until_whole()

    async def rejoin(self, old, new):
        await old.start("--replicaof", "127.0.0.1", str(new.port))

    def close(self):
        if self.follower:
            self.follower.cancel()
        for server in self.servers:
            server.kill()


class Sentinel(Replicated):
    """A master, a replica and three Sentinels, which Lacquer asks for the master."""

    kind = "sentinel"

    def __init__(self, folder):
        super().__init__(folder, 2, [])
        self.watchers = []

    async def start(self):
        first, second = self.servers
        await first.start()
        await second.start("--replicaof", "127.0.0.1", str(first.port))
        for number in (1, 2, 3):
            port = free_port()
            file = self.folder / ("sentinel-%d.conf" % number)
            file.write_text(
                "port %d\nbind 127.0.0.1\ndir %s\nsentinel monitor %s 127.0.0.1 %d 2\n"
                "sentinel down-after-milliseconds %s 1000\nsentinel failover-timeout %s 3000\n"
                % (port, self.folder, MASTER, first.port, MASTER, MASTER))
            process = Process([self.program, str(file), "--sentinel"], self.folder / ("sentinel-%d.log" % number))
            self.watchers.append((port, process))
        await self.until_whole()
        self.begin_to_follow()

    def endpoints(self):
        return [(server.name, server.port, False) for server in self.servers] + [
            ("sentinel-%d" % number, port, True) for number, (port, _) in enumerate(self.watchers, 1)]

    def address(self, ports):
        return "redis-sentinel://%s/0#%s" % (
            ",".join("127.0.0.1:%d" % port for name, port in ports.items() if name.startswith("sentinel")), MASTER)

    async def is_whole(self):
        seen = []
        for port, _ in self.watchers:
            found = await redis(port, "SENTINEL", "MASTER", MASTER)
            seen.append(dict(zip(found[::2], found[1::2])))
        return await self.is_linked() and all(
            one[b"num-other-sentinels"] == b"2" and int(one[b"num-slaves"]) >= 1 and one[b"flags"] == b"master"
            and int(one[b"port"]) == self.port for one in seen)

    async def leader(self):
        said = []
        for port, _ in self.watchers:
            try:
                said.append(int((await redis(port, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", MASTER, limit=0.5))[1]))
            except (Broken, Refused, TypeError):
                pass
        port = next((port for port in said if said.count(port) >= 2), None)
        try:
            return port if port and b"role:master" in await redis(port, "INFO", "replication", limit=0.5) else None
        except (Broken, Refused):
            return None

    def close(self):
        for _, process in self.watchers:
            process.kill()
        super().close()


class Moving(Sentinel):
    """As above, but Lacquer knows one address only, which always leads to the master."""

    kind = "moving"
    min_replicas = 1

    def endpoints(self):
        return [("redis", self.port, False)]

    def address(self, ports):
        return "redis://127.0.0.1:%d" % ports["redis"]


class Cluster(Replicated):
    """Three masters with a replica each; the pair that counts is the one that has the purge log."""

    kind = "cluster"

    def __init__(self, folder):
        super().__init__(folder, 6, ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000",
                                     "--cluster-replica-validity-factor", "0"])
        self.slot = 0

    async def start(self):
        for server in self.servers:
            await server.start()
        self.slot = await redis(self.servers[0].port, "CLUSTER", "KEYSLOT", PURGE_TAG)
        shards = [self.servers[at:at + 2] for at in (0, 2, 4)]
        bounds = [0, 5461, 10923, 16384]
        for at, (master, _) in enumerate(shards):
            await redis(master.port, "CLUSTER", "ADDSLOTS", *range(bounds[at], bounds[at + 1]))
            await redis(master.port, "CLUSTER", "SET-CONFIG-EPOCH", at + 1)
            if bounds[at] <= self.slot < bounds[at + 1]:
                self.pair = shards[at]
        self.master = self.pair[0]
        for server in self.servers[1:]:
            await redis(server.port, "CLUSTER", "MEET", "127.0.0.1", self.servers[0].port)
        await self.until(self.all_know_all, "the nodes of the cluster to meet")
        for master, replica in shards:
            name = (await redis(master.port, "CLUSTER", "MYID")).decode()
            await redis(replica.port, "CLUSTER", "REPLICATE", name)
        await self.until_whole()
        self.begin_to_follow()

    async def until(self, done, what):
        end = time.monotonic() + WHOLE_LIMIT
        while not await done():
            if time.monotonic() > end:
                raise NoRedis("waited for %s for %g s" % (what, WHOLE_LIMIT))
            await asyncio.sleep(LEAST_WAIT)

    async def lines(self, server):
        said = await redis(server.port, "CLUSTER", "NODES", limit=0.5)
        return [line.split() for line in said.decode().splitlines()]

    async def all_know_all(self):
        for server in self.servers:
            known = await self.lines(server)
            if len(known) != len(self.servers) or any("handshake" in line[2] for line in known):
                return False
        return True

    def endpoints(self):
        return [(server.name, server.port, True) for server in self.servers]

    def address(self, ports):
        return "redis-cluster://" + ",".join("127.0.0.1:%d" % port for port in ports.values())

    async def is_whole(self):
        for server in self.servers:
            if b"cluster_state:ok" not in await redis(server.port, "CLUSTER", "INFO"):
                return False
            if any("fail" in line[2] or line[7] != "connected" for line in await self.lines(server)):
                return False
        return await self.is_linked()

    async def leader(self):
        found = []
        for server in self.pair:
            try:
                for line in await self.lines(server):
                    if "myself" in line[2] and "master" in line[2] and any(map(self.holds, line[8:])):
                        found.append((int(line[6]), server.port))
            except (Broken, Refused):
                pass
        return max(found)[1] if found else None

    def holds(self, slots):
        first, _, last = slots.partition("-")
        return first.isdigit() and int(first) <= self.slot <= int(last or first)

    async def rejoin(self, old, new):
        await old.start()


KINDS = {kind.kind: kind for kind in (Standalone, Sentinel, Cluster, Moving)}


async def keys_of(port, pattern):
    found, cursor = [], b"0"
    while True:
        cursor, keys = await redis(port, "SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
        found += keys
        if cursor == b"0":
            return found
