"""Load from the other core, and what it cost the server."""

import json
import re
import resource
import subprocess
import time

from load.parts import pinned
from scaling.node import compiled
from servers import Violation, busy_seconds, compiler_seconds, cpu_seconds, loop_seconds

UNITS = {"us": 1, "ms": 1e3, "s": 1e6, "m": 60e6}
WARM_WINDOW = 2  # seconds
WARM_ENOUGH = 0.1  # a window differs by no more from the one before
WARM_IN_A_ROW = 3  # windows, since what the compiler has to do comes in bursts
COMPILED_ENOUGH = 0.02  # of a window's CPU time is the JIT compiler's
CALM = 0.3  # seconds
ENDING_LIMIT = 30
RANDOM = """\
math.randomseed(%d)
local random = math.random
request = function()
  return "GET %s" .. random(0, %d) .. " HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n%s\\r\\n"
end
"""
IN_ORDER = """\
local at = %d
request = function()
  at = at + 1
  return "GET %s" .. at .. " HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\n\\r\\n"
end
"""


class Script:
    """Which URLs wrk asks for: numbers behind a prefix."""

    def __init__(self, prefix, count=None, field=""):
        self.prefix = prefix
        self.count = count
        self.field = field and field + "\\r\\n"
        self.asked = 0

    def write(self, file, seed):
        if self.count:
            file.write_text(RANDOM % (seed, self.prefix, self.count - 1, self.field))
        else:
            file.write_text(IN_ORDER % (self.asked, self.prefix))


class Meter:
    """What a server's process takes from now on."""

    def __init__(self, server, core):
        self.server, self.pid, self.core = server, server.process.pid, core
        self.before = self.read()

    def read(self):
        jvm = self.server.jvm
        return (time.monotonic(), cpu_seconds(self.pid), busy_seconds(self.core),
                compiler_seconds(self.pid) if jvm else 0.0, loop_seconds(self.pid) if jvm else 0.0)

    def cost(self, requests):
        """Of each of so many requests; the shares are of the core."""
        took, cpu, core, compiler, loops = (now - then for now, then in zip(self.read(), self.before))
        if self.server.process.poll() is not None:
            raise Violation("%s has ended by itself" % self.server.name)
        return {
            "cpu_us": cpu * 1e6 / requests,
            "busy": cpu / took,
            "others": max(0.0, (core - cpu) / took),
            **({"compiler": max(0.0, compiler) / cpu if cpu else 0.0,
                "loop_us": loops * 1e6 / requests} if self.server.jvm else {}),
        }


class Load:
    """Makes load on a server, all from the core for it."""

    def __init__(self, run):
        self.run = run
        self.script = run.dir / "script.lua"
        self.seed = 0

    def pinned(self, *command, core=None):
        return pinned(list(map(str, command)), self.run.load_core if core is None else core)

    def client(self, *arguments, core=None):
        """One run of scaling/client.c; what it found, with the CPU seconds that it took itself."""
        command = self.pinned(compiled("client", self.run.dir), *arguments, core=core)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=self.run.options.limit, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = self.told(arguments, done.stdout, done.stderr, done.returncode)
        found["client_cpu"] = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return found

    @staticmethod
    def told(arguments, out, complaints, code):
        if code or not out:
            raise Violation("client %s: %s" % (" ".join(map(str, arguments)), complaints[-500:] or "no answers"))
        found = json.loads(out)
        if found["wrong"]:
            raise Violation("client %s: %d answers were wrong: %s" % (
                " ".join(map(str, arguments)), found["wrong"], complaints[-300:]))
        return found

    def over(self, server, prefix, connections, count, rate=0, urls=1, hits=True):
        """Requests at a rate (0: as fast as they are answered) over connections that are open before it is measured,
        and take turns. Waits until the server has ended them all."""
        arguments = ["over", server.port, prefix, urls, count, connections, rate]
        process = subprocess.Popen(self.pinned(compiled("client", self.run.dir), *arguments), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.run.helpers.append(process)
        if process.stdout.readline().strip() != "open":
            raise Violation("%d connections can't be open: %s" % (connections, process.stderr.read()[-300:]))
        time.sleep(CALM)
        asked = server.asked() if hits else 0
        meter = Meter(server, self.run.server_core)
        process.stdin.write("go\n")
        process.stdin.flush()
        said = process.stdout.readline()
        one = meter.cost(count)
        complaints = process.communicate(timeout=self.run.options.limit)[1]
        found = self.told(arguments, said, complaints, process.returncode)
        self.run.helpers.remove(process)
        if hits and server.asked() != asked:
            raise Violation("%s: %d requests got past the cache while it was measured" % (
                server.name, server.asked() - asked))
        self.ended(server)
        return {"server": server.name, "requests": count, **one, "requests_per_s": count / found["seconds"],
                "p50_us": found["whole_us"]["p50"], "p99_us": found["whole_us"]["p99"]}

    @staticmethod
    def ended(server):
        """Waits until no client's connection is left."""
        limit = time.monotonic() + ENDING_LIMIT
        while server.jvm and server.metrics()["lacquer_client_connections"] and time.monotonic() < limit:
            time.sleep(0.1)
        time.sleep(CALM)

    def fill(self, server, prefix, count, first=0, rate=0, connections=32, host="127.0.0.1"):
        """Asks for each of a row of URLs once."""
        return self.client("ask", server.port, prefix, first, count, connections, rate, host)

    def hold(self, server, path, count):
        """A process that holds connections open until its standard input is closed."""
        process = subprocess.Popen(self.pinned(compiled("client", self.run.dir), "hold", server.port, path, count),
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.run.helpers.append(process)
        if process.stdout.readline().strip() != "held":
            raise Violation("%d connections can't be held open; descriptors allowed to a process: %d" % (
                count, resource.getrlimit(resource.RLIMIT_NOFILE)[0]))
        return process

    def wrk(self, server, script, seconds, connections=32, hits=True):
        """One measurement; the server's CPU time is read before and after."""
        self.seed += 1
        script.write(self.script, self.seed)
        asked = server.asked() if hits else 0
        meter = Meter(server, self.run.server_core)
        process = subprocess.Popen(
            self.pinned("wrk", "-t1", "-c%d" % connections, "-d%ds" % seconds, "--timeout", "10s", "--latency", "-s",
                        self.script, "http://127.0.0.1:%d" % server.port),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True)
        try:
            said = process.communicate(timeout=seconds + 60)[0]
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        found = re.search(r"(\d+) requests in ([\d.]+)(ms|s|m), ", said)
        wrong = re.search(r"Socket errors.*|Non-2xx.*", said)
        if not found or wrong or int(found.group(1)) == 0:
            raise Violation("%s: wrk saw %s" % (server.name, wrong.group(0) if wrong else "no answers:\n" + said))
        cost = meter.cost(int(found.group(1)))
        if hits and server.asked() != asked:
            raise Violation("%s: %d requests got past the cache while it was measured" % (
                server.name, server.asked() - asked))
        requests = int(found.group(1))
        script.asked += requests + 2 * connections  # those under way at the end may have been sent
        latency = {at: float(value) * UNITS[unit]
                   for at, value, unit in re.findall(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)\s*$", said, re.M)}
        return {
            "server": server.name,
            "requests": requests,
            **cost,
            "requests_per_s": requests * 1e6 / (float(found.group(2)) * UNITS[found.group(3)]),
            "p50_us": latency["50"],
            "p99_us": latency["99"],
        }

    def warm(self, server, script, what, **more):
        """Until some windows in a row cost the same, or the time for it is over."""
        limit = time.monotonic() + self.run.options.warmup
        cost, windows, alike = 0.0, 0, 0
        while windows < 2 or (alike < WARM_IN_A_ROW - 1 and time.monotonic() < limit):
            before = cost
            one = self.wrk(server, script, WARM_WINDOW, **more)
            cost, windows = one["cpu_us"], windows + 1
            same = abs(cost - before) <= WARM_ENOUGH * before and one.get("compiler", 0) <= COMPILED_ENOUGH
            alike = alike + 1 if same else 0
        self.run.say("  warm: %s  %.1f us after %d s" % (what, cost, windows * WARM_WINDOW))

    def in_turns(self, cases, hits=True):
        """Cases are (name, server, script[, connections]); all in each round. Measurements by name, by round."""
        options, found = self.run.options, {case[0]: [] for case in cases}
        for number in range(options.rounds):
            turn = number % len(cases)
            for name, server, script, *connections in cases[turn:] + cases[:turn]:
                one = self.wrk(server, script, options.seconds, *connections, hits=hits)
                found[name].append({"case": name, "round": number + 1, **one})
            self.run.say("  round %d: %s" % (number + 1, ", ".join(
                "%s %.1f" % (name, ones[-1]["cpu_us"]) for name, ones in found.items())))
        return found


def ratios(found, one, other, what="cpu_us"):
    """Round by round."""
    return [a[what] / b[what] for a, b in zip(found[one], found[other])]


def costs(found, name, what="cpu_us"):
    return [one[what] for one in found[name]]
