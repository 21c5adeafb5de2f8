"""One run of bench/scale or bench/choices: what it starts and ends, and what is said of it."""

import argparse
import datetime
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile

from purgecheck.stores import NoRedis
from scaling.load import Load
from servers import Violation, lacquer_version, version

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
TOOLS = {"wrk": "wrk", "taskset": "util-linux", "cc": "gcc libc6-dev"}


class Interrupted(Violation):
    """By a signal, or by the time that it may take."""


class Run:
    """All that one run of the command starts, and where."""

    def __init__(self, options, folder):
        self.options = options
        self.dir = folder
        self.server_core, self.load_core = options.cores
        self.load = Load(self)
        self.sizes, self.bodies = [], {}
        self.servers, self.helpers, self.closing = [], [], []
        self.jdk = ""
        self.given = 0

    def say(self, text):
        say(text)

    def name(self, kind):
        """A name that no other server of this run has."""
        self.given += 1
        return "%s-%d" % (kind, self.given)

    def start(self, server):
        self.servers.append(server)
        server.start()
        if server.jvm and not self.jdk:
            self.jdk = server.jdk()
        return server

    def stop(self, server):
        server.stop()
        self.servers.remove(server)
        shutil.rmtree(server.dir, ignore_errors=True)

    def clean(self):
        for helper in self.helpers:
            if helper.poll() is None:
                helper.kill()
                helper.wait()
        for server in list(self.servers):
            try:
                self.stop(server)
            except OSError as e:
                say("%s: %s: %s" % (self.options.command, server.name, e))
        for close in self.closing:
            close()
        self.servers, self.helpers, self.closing = [], [], []

    def about(self):
        opts = os.environ.get("LACQUER_JAVA_OPTS")
        return {
            "date": datetime.date.today().isoformat(),
            "command": ("%s %s" % (self.options.command, self.options.line)).strip(),
            "lacquer": lacquer_version(),
            "jdk": self.jdk,
            **({"java_opts": opts} if opts else {}),
            "kernel": "%s %s" % (os.uname().sysname, os.uname().release.partition("-")[0]),
            "cpu": version(r"model name\s*: (.*)", "cat", "/proc/cpuinfo"),
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0],
        }


def say(text):
    print(text, file=sys.stderr, flush=True)


# ---- the command ----


def cores(text):
    chosen = [int(core) for core in text.split(",") if core.strip().isdigit()]
    if len(set(chosen)) != 2 or not set(chosen) <= os.sched_getaffinity(0):
        raise argparse.ArgumentTypeError("%s: want two cores of this machine" % text)
    return chosen


def parsed(parser, tools):
    """The options, the line that they stood on, and a complaint about a tool that is missing."""
    chosen = parser.parse_args()
    chosen.command = parser.prog
    chosen.line = " ".join(shlex.quote(word) for word in sys.argv[1:])
    for tool in tools:
        if not shutil.which(tool):
            parser.error("there is no %s; to have it: apt-get install %s" % (tool, TOOLS[tool]))
    return chosen


def interrupted(number, frame):
    raise Interrupted("took too long" if number == signal.SIGALRM else "interrupted")


def carry_out(chosen, longest, work, within=None):
    """What a function finds on a run that ends with it; None where something went wrong, which it says."""
    for number in SIGNALS:
        signal.signal(number, interrupted)
    signal.alarm(longest)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lacquer-%s-" % chosen.command.rpartition("/")[2], dir=within))
    folder.chmod(0o755)  # nginx changes its user where it is started by root
    run = Run(chosen, folder)
    try:
        return work(run)
    except (Violation, NoRedis, OSError, subprocess.SubprocessError) as e:
        say("%s: %s" % (chosen.command, e))
        return None
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        run.clean()
        shutil.rmtree(folder, ignore_errors=True)
