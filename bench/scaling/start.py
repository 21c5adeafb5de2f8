"""How long it takes until Lacquer is ready."""

import os
import pathlib
import re
import shutil
import socket
import statistics
import subprocess
import time

import servers
from scaling.node import Node, Origin
from scaling.table import Rows
from servers import Violation, cpu_seconds, threads_seconds

READY = 1000
TRAINING_LIMIT = 120
FROM_CACHE = 0.9
LEAST = 5
ASK = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
TRAINING = ["-XX:+UseG1GC", "-XX:+UseCompactObjectHeaders", "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow", "-Dio.netty.leakDetection.level=disabled"]  # as the launcher and the Dockerfile do it


def measure(run):
    """From exec to the first /readyz that says 200, of the launcher as it is packaged, with and without the cache."""
    rows, origin = Rows(), run.start(Origin(run))
    packaged = Packaged(run, origin)
    times = {"with": [], "without": [], "with, one core": []}
    spent, by_thread = {how: [] for how in times}, {}
    for number in range(run.options.starts):
        for how, aot, core in (("with", "", None), ("without", "off", None),
                               ("with, one core", "", run.server_core)):
            times[how].append(packaged.begin(aot, core))
            spent[how].append(1000 * cpu_seconds(packaged.pid))
            for thread, seconds in threads_seconds(packaged.pid).items() if how == "with" else ():
                by_thread.setdefault(thread, []).append(1000 * seconds)
            packaged.end()
        run.say("  start %d: %s" % (number + 1, ", ".join("%s %.0f ms" % (how, of[-1]) for how, of in times.items())))
    rows.add("ready, with the AOT cache", times["with"], "ms", below=READY)
    rows.add("ready, without", times["without"], "ms")
    rows.add("ready, with, on one core", times["with, one core"], "ms")
    rows.add("CPU until then, with", spent["with"], "ms")
    rows.add("CPU until then, without", spent["without"], "ms")
    rows.add("CPU until then, with, on one core", spent["with, one core"], "ms")
    rows.note("CPU until then by thread, with, ms", {
        thread: statistics.median(of) for thread, of in sorted(by_thread.items(), key=lambda of: -sum(of[1]))
        if statistics.median(of) >= LEAST})
    for heap in ("512m", "4g"):
        used(rows, packaged, "-Xmx" + heap, "-Xmx" + heap)
    share = used(rows, packaged, "default heap", "")
    rows.rows[-1].update(wanted="≥ %g" % (100 * FROM_CACHE), holds=share >= FROM_CACHE)
    return rows


def used(rows, packaged, what, options):
    found = packaged.used(options)
    rows.add("classes from the AOT cache, %s" % what, 100 * found["share"], "%")
    if found["said"]:
        rows.note("the JVM on its AOT cache, %s" % what, found["said"])
    return found["share"]


def trained(options):
    """The options of a training run for a Lacquer that is started with such options. The size of the heap is left out,
    as it is in what is shipped: below 32 GB the cache is good for any, and training wants the room that defaults want.
    """
    collector = any(re.fullmatch(r"-XX:\+Use\w+GC", option) for option in options)
    return TRAINING[collector:] + [option for option in options if not option.startswith(("-Xmx", "-Xms"))]


class Packaged(Node):
    """The launcher beside lib/lacquer.jar, as in the Dockerfile, and its cache, trained for the options that it gets."""

    def __init__(self, run, origin, l1="256MiB", options=()):
        super().__init__(run, origin, l1=l1)
        self.options = list(options)
        self.command()  # builds where a build is needed
        jar = pathlib.Path(os.environ.get("LACQUER_JAR") or servers.HOME / "proxy/target/lacquer.jar").resolve()
        home = self.dir / "packaged"
        (home / "lib").mkdir(parents=True)
        shutil.copy2(servers.HOME / "lacquer", home / "lacquer")
        shutil.copy2(jar, home / "lib/lacquer.jar")
        shutil.copytree(jar.parent / "lib", home / "lib/lib")
        self.launcher = str(home / "lacquer")
        self.out = self.dir / "said"
        self.java = None
        run.servers.append(self)  # so that it ends with the run
        self.cache = home / "lib/lacquer.aot"
        self.train(home / "lib/lacquer.jar")

    def train(self, jar):
        self.begin("off", None)
        self.run.jdk = self.run.jdk or self.jdk()
        self.java = java = self.java_home() / "bin/java"
        self.end()
        done = subprocess.run(
            [str(java), "-XX:AOTCacheOutput=%s" % self.cache, *trained(self.options), "-jar", str(jar),
             "training-run"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=TRAINING_LIMIT, check=False)
        if done.returncode or not self.cache.exists():
            raise Violation("no AOT cache was made:\n" + done.stdout[-1000:])
        self.run.say("  AOT cache: %.0f MiB" % (self.cache.stat().st_size / 2**20))

    def environment(self, aot="", options=""):
        names = {key: value for key, value in os.environ.items() if key not in ("LACQUER_JAR", "LACQUER_JAVA_OPTS")}
        opts = " ".join([*self.options, os.environ.get("LACQUER_JAVA_OPTS", ""), options]).strip()
        return {**names, **({"LACQUER_AOT": aot} if aot else {}), **({"LACQUER_JAVA_OPTS": opts} if opts else {})}

    def begin(self, aot, core, options=""):
        """Starts it; milliseconds until it was ready."""
        command = [self.launcher, "run", "--config", str(self.file)]
        command = (["taskset", "-c", str(core)] if core is not None else []) + command
        began = time.monotonic()
        with open(self.out, "wb") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.dir,
                                            env=self.environment(aot, options), start_new_session=True)
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() - began > servers.START_LIMIT:
                raise Violation("lacquer does not start:\n" + self.out.read_text(errors="replace")[-2000:])
            time.sleep(0.002)
        return 1000 * (time.monotonic() - began)

    def ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.admin), 2) as line:
                line.sendall(ASK)
                return line.recv(64).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def end(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def used(self, options=""):
        """The share of classes that come from the cache, how its objects get into the heap, whether its classes are
        linked, and what the JVM says where it can't use it."""
        log = self.dir / "classes.log"
        log.unlink(missing_ok=True)
        self.begin("", None, "%s -Xlog:class+load:file=%s -Xlog:aot=info,cds=info:file=%s.aot:level" % (
            options, log, log))
        time.sleep(0.2)
        self.end()
        text = log.read_text(errors="replace")
        cached = len(re.findall(r"source: shared objects file", text))
        loaded = len(re.findall(r" source: ", text))
        said = pathlib.Path(str(log) + ".aot").read_text(errors="replace")
        return {"share": cached / loaded if loaded else 0.0, **of_aot_cache(said)}


def of_aot_cache(said):
    """What the JVM's log tells of its AOT cache; the words are those of JDK 25."""
    way = re.search(r"Heap data (mapped) at|(Loaded) heap", said)
    return {
        "objects": (way.group(1) or way.group(2)).lower() if way else "unused",
        "linked": "Using AOT-linked classes: true" in said,
        "said": "; ".join(re.findall(r"^\[(?:warning|error) *\] *(.*)", said, re.M)[:4]),
    }
