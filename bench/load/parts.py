"""The processes of bench/workload and bench/soak: an origin, a load generator, Lacquer, and a Redis if wanted. Origin
and generator are those of bench/choices, too."""

import asyncio
import http.client
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import threading
import time

from purgecheck.processes import Process, free_port
from servers import BUILD_LIMIT, HOME, START_LIMIT, TICKS, Violation, cpu_of

LOAD = pathlib.Path(__file__).resolve().parent
POLICIES = LOAD / "policies.yaml"
MIB = 2**20


def compile_c(name, folder):
    """The path of a C program of this folder, compiled."""
    if not shutil.which("cc"):
        raise Violation("there is no C compiler; to have one: apt-get install gcc libc6-dev")
    binary = folder / name
    built = subprocess.run(["cc", "-O2", "-o", str(binary), str(LOAD / (name + ".c")), "-lm"], stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    if built.returncode:
        raise Violation("%s.c can't be compiled:\n%s" % (name, built.stdout[-2000:]))
    return str(binary)


def need_descriptors(count):
    """Of this process and those that it starts: each connection is one on either side of Lacquer."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise Violation("%d open files are needed and %d allowed; raise it: ulimit -n %d" % (count, hard, count))
    if soft != resource.RLIM_INFINITY and soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


def as_arguments(values):
    return ["%s=%s" % item for item in values.items()]


def pinned(command, core):
    return ["taskset", "-c", str(core)] + command if core is not None else command


def cpu_seconds(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return cpu_of(pid, file.read().rpartition(")")[2].split())
    except OSError:
        return 0.0


def machine_seconds():
    """For how long all cores have worked, for anyone."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS


class Origin:
    """See origin.c."""

    def __init__(self, binary, folder, keys, service_ms, workers, core=None):
        self.port = free_port()
        self.process = Process(
            pinned([binary] + as_arguments({"port": self.port, "keys": keys, "service_us": round(service_ms * 1000),
                                            "workers": workers}), core), folder / "origin.log")
        end = time.monotonic() + START_LIMIT
        while True:
            try:
                self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
                self.count()
                return
            except OSError as e:
                if not self.process.alive() or time.monotonic() > end:
                    raise Violation("the origin does not start: " + self.process.said()) from e
                time.sleep(0.02)

    def count(self):
        """What it was asked so far."""
        self.line.request("GET", "/count")
        counted = json.loads(self.line.getresponse().read())
        asked = sum(counted[kind] for kind in ("reads", "writes", "unique", "large", "huge", "sized", "unknown"))
        return {**counted, "asked": asked}

    def close(self):
        self.line.close()
        self.process.kill()


class Generator:
    """See generator.c. Each line of an interval goes to a function, on a thread."""

    def __init__(self, binary, folder, port, on_interval, core=None, **settings):
        self.whole = None
        self.trouble = None
        self.on_interval = on_interval
        self.process = Process(pinned([binary] + as_arguments({"port": port, **settings}), core),
                               folder / "generator.log", stdout=subprocess.PIPE)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        with self.process.process.stdout as lines:
            for line in lines:
                said = json.loads(line)
                if "whole" in said:
                    self.whole = said
                    continue
                try:
                    self.on_interval(said)
                except (OSError, ValueError, http.client.HTTPException, Violation) as e:
                    self.trouble = self.trouble or e
                    self.process.end()

    def wait(self, limit):
        """What it says of the whole."""
        self.reader.join(limit)
        if self.trouble:
            raise Violation("%s" % self.trouble)
        if self.whole is None:
            self.process.kill()
            raise Violation("the load generator %s:\n%s" % (
                "does not end" if self.reader.is_alive() else "has ended early", self.process.said()))
        self.process.process.wait()
        return self.whole

    def said(self):
        return self.process.said()

    def close(self):
        self.process.kill()
        self.reader.join(10)


class Lacquer:
    """One Lacquer with the policies of this folder."""

    def __init__(self, folder, origin, environment, options=None):
        self.port, self.admin = free_port(), free_port()
        launcher = str(HOME / "lacquer")
        env = {**os.environ, "ORIGIN_URL": "http://127.0.0.1:%d" % origin, "ACCESS_LOG": str(folder / "access.log"),
               **environment}
        if options and not env.get("LACQUER_JAVA_OPTS"):
            env["LACQUER_JAVA_OPTS"] = options
        self.java_opts = env.get("LACQUER_JAVA_OPTS", "")
        done = subprocess.run([launcher, "check", "--config", str(POLICIES)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=BUILD_LIMIT, check=False, env=env)
        if done.returncode:
            raise Violation("lacquer can't be built or refuses its configuration:\n" + done.stdout[-2000:])
        self.process = Process(
            [launcher, "run", "--config", str(POLICIES), "--listen", "127.0.0.1:%d" % self.port,
             "--admin", "127.0.0.1:%d" % self.admin], folder / "lacquer.log", env, folder)
        self.pid = self.process.pid
        end = time.monotonic() + START_LIMIT
        while not self.ready():
            if not self.process.alive() or time.monotonic() > end:
                self.process.kill()
                raise Violation("lacquer does not start:\n" + self.process.said())
            time.sleep(0.05)

    def ready(self):
        try:
            return self.ask_admin("/readyz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def ask_admin(self, path):
        line = http.client.HTTPConnection("127.0.0.1", self.admin, timeout=10)
        try:
            line.request("GET", path)
            answer = line.getresponse()
            return answer.status, answer.read().decode()
        finally:
            line.close()

    def metrics(self):
        """Sums over all labels but "area", which the JVM's memory is told by."""
        status, text = self.ask_admin("/metrics")
        if status != 200:
            raise Violation("lacquer answers %d to /metrics" % status)
        found = {}
        for name, labels, value in re.findall(r"^(\w+)(\{.*\})? (\S+)", text, re.M):
            area = re.search(r'area="(\w+)"', labels)
            key = "%s.%s" % (name, area.group(1)) if area else name
            found[key] = found.get(key, 0.0) + float(value)
        return found

    def rss(self):
        with open("/proc/%d/status" % self.pid) as file:
            return int(re.search(r"^VmRSS:\s+(\d+)", file.read(), re.M).group(1)) * 1024

    def descriptors(self):
        return len(os.listdir("/proc/%d/fd" % self.pid))

    def threads(self):
        return len(os.listdir("/proc/%d/task" % self.pid))

    def close(self):
        self.process.end(12)


class Redis:
    """An empty Redis as L2."""

    def __init__(self, folder):
        from purgecheck.stores import NoRedis, Standalone
        try:
            self.server = Standalone(folder)
            asyncio.run(self.server.start())
        except NoRedis as e:
            raise Violation("%s" % e) from e

    @property
    def pid(self):
        return self.server.server.process.pid

    @property
    def url(self):
        return "redis://127.0.0.1:%d" % self.server.port

    def close(self):
        self.server.close()
