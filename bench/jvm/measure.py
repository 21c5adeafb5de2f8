"""Each choice in turn, round after round: starts, then a load on a cache that is full."""

import os
import re
import subprocess
import time

from jvm.choices import BY_NAME, SHIPPED
from jvm.pauses import LOG, Pauses
from load.parts import Generator, Origin, compile_c, cpu_seconds, machine_seconds, need_descriptors
from scaling.run import Interrupted
from scaling.start import Packaged
from servers import Violation

PREFIX = "/sized/"
HOST = "compute.example"  # the generator's
MEAN = (12 * 1 + 7 * 10 + 1 * 100) * 1024 / 20  # of a body, see load/origin.c
BEYOND = 3  # times what fits
SERVICE_MS = 1.0
ZIPF = 1.0
ERRORS = 0.001
FILLING = 32  # connections
MIB = 2**20


def keys(options):
    """Of the key space: several times as many as fit into L1."""
    return options.keys or int(BEYOND * options.size * MIB / MEAN)


def measure(run):
    options = run.options
    need_descriptors(4 * options.connections + 512)
    origin = Origin(compile_c("origin", run.dir), run.dir, 4, SERVICE_MS, 0, run.load_core)
    run.closing.append(origin.close)
    generator = compile_c("generator", run.dir)
    subjects = [Subject(run, origin, generator, BY_NAME[SHIPPED])]
    for name in options.only:
        choice = BY_NAME[name]
        if supported(subjects[0].node.java, choice):
            subjects.append(Subject(run, origin, generator, choice))
        else:
            run.say("%s: this JVM has no such thing" % name)
    ended = in_rounds(run, subjects)
    return {"about": {**run.about(), **about(run), **({"ended": ended} if ended else {})},
            "choices": [subject.result() for subject in subjects]}


def in_rounds(run, subjects):
    """Why it has ended early, if it has after a round that is whole: what an hour has found is not thrown away."""
    for number in range(run.options.rounds):
        turn = number % len(subjects)
        for subject in subjects[turn:] + subjects[:turn]:
            try:
                subject.round(number)
            except Interrupted as e:
                if number == 0:
                    raise
                return "in round %d: %s" % (number + 1, e)
    return ""


def about(run):
    options = run.options
    return {
        "rounds": options.rounds, "seconds": options.seconds, "warmup": options.warmup, "rate": options.rate,
        "connections": options.connections, "l1_bytes": options.size * MIB, "keys": keys(options), "zipf": options.zipf,
        "starts": options.starts, "apart": run.server_core is not None, "service_ms": SERVICE_MS,
    }


def supported(java, choice):
    """Whether a JVM takes the options of a choice."""
    done = subprocess.run([str(java), *choice.options(256), "-version"], stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False)
    return done.returncode == 0


class Subject:
    """Lacquer as one choice has it, with an AOT cache that was trained for it."""

    def __init__(self, run, origin, generator, choice):
        self.run, self.origin, self.generator, self.choice = run, origin, generator, choice
        run.say("%s: training" % choice.name)
        self.node = Packaged(run, origin, "%dMiB" % run.options.size, choice.options(run.options.size))
        self.aot = self.node.used()
        self.aot["bytes"] = self.node.cache.stat().st_size
        self.loads, self.starts, self.failures = [], [], []

    def round(self, number):
        try:
            self.start(number)
            one = self.load(number)
        except Interrupted:
            raise
        except Violation as e:
            if self.choice.name == SHIPPED:
                raise
            self.run.say("  round %d, %s: %s" % (number + 1, self.choice.name, e))
            self.failures.append({"round": number + 1, "why": str(e)[:500]})
            return
        finally:
            self.node.end()
        self.loads.append({"round": number + 1, **one})
        said = "  round %d, %s: P50 %.2f ms, P99 %.2f ms, P99.9 %.2f ms, %.1f us, %d pauses of %.1f ms at most"
        self.run.say(said % (
            number + 1, self.choice.name, one["p50_ms"], one["p99_ms"], one["p999_ms"], one["cpu_us"], one["pauses"],
            one["longest_pause_ms"]))

    def start(self, number):
        for _ in range(self.run.options.starts):
            for aot in ("", "off"):
                self.starts.append({"round": number + 1, "aot": not aot, "ready_ms": self.node.begin(aot, None)})
                self.node.end()

    def load(self, number):
        """A full cache under requests at a rate; figures are of the time after the warm-up."""
        options, node, log = self.run.options, self.node, self.node.dir / "pauses.log"
        log.unlink(missing_ok=True)
        node.begin("", self.run.server_core, LOG % log)
        self.run.load.fill(node, PREFIX, keys(options), connections=FILLING, host=HOST)
        moments, over = [], options.warmup + options.seconds + 0.5

        def state(at):
            pids = [node.pid, self.origin.process.pid, generator.process.pid, os.getpid()]
            return {"at": at, "time": time.monotonic(), "cpu": cpu_seconds(node.pid), "machine": machine_seconds(),
                    "own": sum(map(cpu_seconds, pids)), "metrics": node.metrics()}

        def on_interval(said):
            if said["at"] > options.warmup - 0.5 and (not moments or said["at"] < over):
                moments.append({**state(said["at"]), "answered": said["answered"]})

        generator = Generator(
            self.generator, self.run.dir, node.port, on_interval, self.run.load_core, rate=options.rate,
            seconds=options.seconds, warmup=options.warmup, connections=options.connections, keys=keys(options),
            zipf=options.zipf, sized=1, seed=number + 1, timeout=10)
        try:
            whole = generator.wait(options.warmup + options.seconds + 60)
        finally:
            generator.close()
        if node.process.poll() is not None:
            raise Violation("lacquer has ended by itself:\n" + node.out.read_text(errors="replace")[-1000:])
        if len(moments) < 2:
            raise Violation("no figures: --seconds is too short")
        errors = sum(whole["errors"].values())
        if errors > ERRORS * whole["sent"]:
            raise Violation("%d of %d requests failed (%s): --rate is too high for it" % (
                errors, whole["sent"], ", ".join("%d %s" % (n, kind) for kind, n in whole["errors"].items() if n)))
        first, last = moments[0], moments[-1]
        evicted = difference(first, last, "lacquer_l1_evictions_total")
        if not evicted:
            raise Violation("nothing left the cache, so it was not full: raise --keys or lower --size")
        return {**figures(whole, moments), **Pauses(log.open(), first["time"], last["time"]).summary(),
                "errors": errors, "evicted": evicted, "rss": most_rss(node.pid),
                "memory_file": last["metrics"]["lacquer_memory_file_bytes"]}

    def result(self):
        return {"name": self.choice.name, "what": self.choice.what,
                "options": self.choice.options(self.run.options.size), "aot": self.aot, "starts": self.starts,
                "loads": self.loads, "failures": self.failures}


def difference(first, last, what):
    return last["metrics"][what] - first["metrics"][what]


def figures(whole, moments):
    """What clients saw, and what it cost."""
    first, last = moments[0], moments[-1]
    answered, took = sum(one["answered"] for one in moments[1:]), last["time"] - first["time"]
    reads, times = sum(whole["results"].values()), whole["ms"]
    busy = last["machine"] - first["machine"] - (last["own"] - first["own"])
    return {
        **{"%s_ms" % of: times["all"][of] for of in ("p50", "p99", "p999", "max")},
        "hits_p999_ms": times["hits"]["p999"],
        "misses_p999_ms": times["misses"]["p999"],
        "cpu_us": (last["cpu"] - first["cpu"]) * 1e6 / max(1, answered),
        "hit_ratio": whole["results"]["HIT"] / max(1, reads),
        "answered": answered,
        "seconds": took,
        "lag_ms": whole["lag_ms"],
        "others": max(0.0, busy / took / os.cpu_count()),
    }


def most_rss(pid):
    """The most memory that a process ever had resident; pages of the memory file are not in it."""
    with open("/proc/%d/status" % pid) as file:
        return int(re.search(r"VmHWM:\s+(\d+) kB", file.read()).group(1)) * 1024
