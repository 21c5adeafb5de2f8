"""The servers that bench/scale measures, and what stands around them."""

import http.client
import os
import pathlib
import re
import subprocess
import time

import servers
from servers import BENCH, Violation, free_port

COMPILE_LIMIT = 120
JCMD_LIMIT = 120
ALL = '  - name: all\n    match: {path: "/**", method: [GET, HEAD]}\n    ttl: 1h\n'
PASSES = '  - name: passes\n    match: {path: "/p/**"}\n    cache: false\n'
CONFIG = """\
version: 1
listen: 127.0.0.1:%(port)d
admin: {listen: "127.0.0.1:%(admin)d"}

origins:
  any: {servers: ["http://127.0.0.1:%(origin)d"]}

tiers:
  l1: {size: %(l1)s}
%(l2)s
limits: {connections: 20000}
timeouts: {idle: 6h}
access_log: {mode: %(log)s, file: "%(folder)s/access.log"}
purge: {journal: "off"}

policies:
%(policies)s"""


def compiled(name, folder):
    """A program of this folder, for this run."""
    binary = pathlib.Path(folder) / name
    if not binary.exists():
        source = BENCH / "scaling" / (name + ".c")
        try:
            done = subprocess.run(["cc", "-O2", "-o", str(binary), str(source)], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=COMPILE_LIMIT, check=False)
        except OSError:
            raise Violation("there is no C compiler; to have it: apt-get install gcc libc6-dev") from None
        if done.returncode:
            raise Violation("%s can't be compiled:\n%s" % (source.name, done.stdout[-2000:]))
    return str(binary)


def rss(pid):
    """Resident memory in bytes."""
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmRSS:\s+(\d+) kB", file.read()).group(1)) * 1024


class Origin(servers.Server):
    """scaling/origin.c, on the core of the load unless told otherwise."""

    caches = False

    def __init__(self, run, entries=None, core=None):
        self.name = run.name("origin")
        super().__init__(run)
        self.entries = entries
        self.core = run.load_core if core is None else core

    def command(self):
        more = [str(self.entries)] if self.entries else []
        return ["taskset", "-c", str(self.core), compiled("origin", self.run.dir), str(self.port)] + more

    def probe(self):
        self.asked()

    def asked(self):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", "/asked")
            return int(line.getresponse().read())
        finally:
            line.close()


class Nginx(servers.Nginx):
    """nginx as a plain proxy."""

    caches = False

    def __init__(self, run, origin):
        self.name = run.name("nginx")
        super().__init__(run)
        self.before = origin

    def values(self):
        return {**super().values(), "ORIGIN": self.before.port}

    def command(self):
        return [self.path(), "-p", str(self.dir), "-e", "stderr", "-c", self.config("nginx.proxy.conf")]

    def probe(self):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request("GET", "/n/1/probe")
            line.getresponse().read()
        finally:
            line.close()

    def asked(self):
        return 0


class Node(servers.Lacquer):
    """Lacquer with a heap that is touched before it starts."""

    caches = False

    def __init__(self, run, origin, l1="256MiB", heap="1g", policies=PASSES + ALL, redis=None, log="sampled",
                 options=(), touched=True):
        self.name = run.name("lacquer")
        super().__init__(run)
        self.before = origin
        self.heap = heap
        self.options = ["-Xms" + heap, "-Xmx" + heap] + ["-XX:+AlwaysPreTouch"] * touched + list(options)
        self.file = self.dir / "policies.yaml"
        self.file.write_text(CONFIG % {
            "port": self.port, "admin": self.admin, "origin": origin.port, "l1": l1, "log": log, "folder": self.dir,
            "l2": '  l2: {redis: "redis://127.0.0.1:%d"}\n' % redis if redis else "", "policies": policies})

    def environment(self):
        more = os.environ.get("LACQUER_JAVA_OPTS", "")
        return {**os.environ, "LACQUER_JAVA_OPTS": (" ".join(self.options) + " " + more).strip()}

    def command(self):
        launcher = str(servers.HOME / "lacquer")
        # Builds where a build is needed, before anything is confined to one core.
        done = subprocess.run([launcher, "check", "--config", str(self.file)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=servers.BUILD_LIMIT, check=False,
                              env=self.environment())
        if done.returncode:
            raise Violation("lacquer can't be built or refuses its configuration:\n" + done.stdout[-2000:])
        return [launcher, "run", "--config", str(self.file)]

    @property
    def pid(self):
        return self.process.pid

    def admin_get(self, path):
        line = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=10)
        try:
            line.request("GET", path)
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def probe(self):
        if self.admin_get("/readyz")[0] != 200:
            raise OSError("not ready")

    def metrics(self):
        """The values of metrics without labels, and sums over the labels of the others."""
        values = {}
        for line in self.admin_get("/metrics")[1].splitlines():
            found = re.match(r"(\w+)(?:\{.*\})? (\S+)$", line)
            if found:
                values[found.group(1)] = values.get(found.group(1), 0.0) + float(found.group(2))
        return values

    def asked(self):
        return self.before.asked()

    def java_home(self):
        return pathlib.Path(os.readlink("/proc/%d/exe" % self.pid)).parent.parent

    def jcmd(self, *command):
        tool = self.java_home() / "bin/jcmd"
        if not tool.exists():
            raise Violation("there is no %s: this part needs a JDK" % tool)
        done = subprocess.run(["taskset", "-c", str(self.run.load_core), str(tool), str(self.pid), *command],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=JCMD_LIMIT,
                              check=False)
        if done.returncode:
            raise Violation("jcmd %s: %s" % (" ".join(command), done.stdout[-500:]))
        return done.stdout

    def live(self):
        """Bytes of live objects by class; the collector runs before it counts."""
        found = {}
        for count, size, name in re.findall(r"^\s*\d+:\s+(\d+)\s+(\d+)\s+(\S+)", self.jcmd("GC.class_histogram"), re.M):
            found[name] = found.get(name, 0) + int(size)
        return found


def settle(node, limit=30):
    """Waits until the number of entries stands still."""
    before, end = -1.0, time.monotonic() + limit
    while time.monotonic() < end:
        entries = node.metrics()["lacquer_l1_entries"]
        if entries == before:
            return
        before = entries
        time.sleep(0.3)
