"""The servers that bench/compare compares, the origin behind them, and their processes."""

import hashlib
import http.client
import http.server
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

BENCH = pathlib.Path(__file__).resolve().parent
HOME = BENCH.parent
TICKS = os.sysconf("SC_CLK_TCK")
LARGEST = 8 * 1024 * 1024  # that bench/peers make room for
START_LIMIT = 60
BUILD_LIMIT = 900


class Violation(Exception):
    """Something that makes the figures worthless, or a server that does not come up."""


# ---- the origin ----


class Origin:
    """Serves bodies by size, /b/1024, and counts the requests. Each cache has one of its own."""

    def __init__(self, bodies):
        self.requests = 0
        origin = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            server_version = "origin"
            sys_version = ""
            timeout = 60

            def do_GET(self):
                origin.requests += 1
                body = bodies.get(self.path)
                if body is None:
                    self.send_error(404)
                    return
                self.send_response(200)
                for name, value in head_of(body):
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda request, client: None  # a cache that ends its connections
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def head_of(body):
    return [
        ("Content-Type", "application/octet-stream"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "max-age=3600"),
        ("ETag", '"%s"' % hashlib.sha256(body).hexdigest()[:16]),
        ("Last-Modified", "Sat, 01 Nov 2025 12:00:00 GMT"),
    ]


def body_of(size):
    return random.Random(size).randbytes(size)


# ---- processes ----


def tree(root):
    """A process and all below it: pid to (start time, CPU seconds with those of children that it has waited for)."""
    known, children = {}, {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % pid) as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        known[int(pid)] = fields
        children.setdefault(int(fields[1]), []).append(int(pid))
    found, todo = {}, [root]
    while todo:
        pid = todo.pop()
        if pid in known and pid not in found:
            found[pid] = (known[pid][19], cpu_of(pid, known[pid]))
            todo += children.get(pid, [])
    return found


def cpu_of(pid, fields):
    """The sum of utime, stime, cutime and cstime; the first two by the process' clock, which knows nanoseconds."""
    try:
        own = time.clock_gettime((~pid << 3) | 2)  # clock_getcpuclockid(3)
    except OSError:
        own = sum(map(int, fields[11:13])) / TICKS
    return own + sum(map(int, fields[13:15])) / TICKS


def cpu_seconds(pid):
    return sum(seconds for _, seconds in tree(pid).values())


def compiler_seconds(pid):
    """CPU time of a JVM's compiler threads, of those that live."""
    total = 0.0
    for stat in pathlib.Path("/proc/%d/task" % pid).glob("*/stat"):
        try:
            name, _, fields = stat.read_text().rpartition(")")
        except OSError:
            continue
        if " CompilerThre" in name:
            total += sum(map(int, fields.split()[11:13])) / TICKS
    return total


def loop_seconds(pid):
    """CPU time of Lacquer's event loops alone: where requests are answered."""
    total = 0
    for task in pathlib.Path("/proc/%d/task" % pid).iterdir():
        try:
            if (task / "comm").read_text().startswith("loop-"):
                total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return total / 1e9


def threads_seconds(pid):
    """CPU time by the names of threads without their numbers, of those that live."""
    found = {}
    for task in pathlib.Path("/proc/%d/task" % pid).iterdir():
        try:
            name = re.sub(r"[-# ]*\d+$", "", (task / "comm").read_text().strip())
            found[name] = found.get(name, 0.0) + int((task / "schedstat").read_text().split()[0]) / 1e9
        except OSError:
            continue
    return found


def busy_seconds(core):
    """For how long a core has worked, for anyone."""
    with open("/proc/stat") as file:
        for line in file:
            if line.startswith("cpu%d " % core):
                user, nice, system, _, _, irq, softirq, steal = map(int, line.split()[1:9])
                return (user + nice + system + irq + softirq + steal) / TICKS
    return 0.0


def version(pattern, *command):
    """What a command says of itself."""
    try:
        said = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    found = re.search(pattern, said, re.M)
    return found.group(1) if found else "unknown"


def lacquer_version():
    commit = version(r"^([0-9a-f]{7,})$", "git", "-C", str(HOME), "rev-parse", "--short", "HEAD")
    changed = version(r"(\S)", "git", "-C", str(HOME), "status", "--porcelain", "--", "proxy/src/main",
                      "config/src/main", "pom.xml", "lacquer")
    return commit + ("" if changed == "unknown" else " with changes")


def jdk_of(pid):
    """The JDK that a running process is of."""
    java = pathlib.Path(os.readlink("/proc/%d/exe" % pid))
    try:
        release = (java.parent.parent / "release").read_text()
    except OSError:
        return "unknown"
    values = dict(re.findall(r'^(\w+)="(.*)"$', release, re.M))
    return "%s %s" % (values.get("IMPLEMENTOR", ""), values.get("JAVA_RUNTIME_VERSION", "?"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# ---- the servers ----


class Server:
    """A process under test. Those below say how it is started, with configurations whose ${NAMES} are filled in."""

    name = ""
    binary = ""
    package = ""
    caches = True
    jvm = False
    holds = LARGEST

    def __init__(self, run):
        self.run = run
        self.dir = run.dir / self.name
        self.dir.mkdir()
        self.origin = Origin(run.bodies) if self.caches else None
        self.port = free_port()
        self.process = None

    @classmethod
    def path(cls):
        return shutil.which(cls.binary, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")

    def values(self):
        return {"PORT": self.port, "ORIGIN": self.origin.port if self.origin else 0, "DIR": self.dir}

    def config(self, template, into=None):
        values = self.values()
        text = (BENCH / "peers" / template).read_text()
        text = re.sub(r"\$\{([A-Z]+)\}", lambda found: str(values[found.group(1)]), text)
        file = self.dir / (into or template)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return str(file)

    def command(self):
        raise NotImplementedError

    def environment(self):
        """None for that of this process."""
        return None

    def probe(self):
        """Raises an OSError or an HTTPException as long as it is not ready."""
        self.ask(self.run.sizes[0])

    def port_for(self, size):
        return self.port

    def url(self, size):
        return "http://127.0.0.1:%d/b/%d" % (self.port_for(size), size)

    def start(self):
        command = ["taskset", "-c", str(self.run.server_core)] + self.command()
        log = self.dir / "output"
        with open(log, "wb") as out:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.dir, env=self.environment(),
                start_new_session=True)
        limit = time.monotonic() + START_LIMIT
        while True:
            if self.process.poll() is not None or time.monotonic() > limit:
                said = log.read_text(errors="replace").strip()[-2000:]
                raise Violation("%s does not start:\n%s" % (self.name, said))
            try:
                self.probe()
                return
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)

    def stop(self):
        if self.process is not None:
            mine = tree(self.process.pid)
            if self.process.poll() is None:
                self.process.terminate()
                try:
                    self.process.wait(12)
                except subprocess.TimeoutExpired:
                    mine.update(tree(self.process.pid))
            for pid, (began, _) in mine.items():
                if tree(pid).get(pid, ("",))[0] == began:
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
        if self.origin:
            self.origin.close()

    def ask(self, size):
        line = http.client.HTTPConnection("127.0.0.1", self.port_for(size), timeout=10)
        try:
            line.request("GET", "/b/%d" % size)
            answer = line.getresponse()
            return answer.status, answer.getheader("Content-Length"), answer.read()
        finally:
            line.close()

    def check(self, size):
        status, length, body = self.ask(size)
        if status != 200 or length != str(size) or body != self.run.bodies["/b/%d" % size]:
            raise Violation("%s answers %d bytes wrongly: status %d, Content-Length %s, %d bytes%s" % (
                self.name, size, status, length, len(body), "" if len(body) != size else ", of other content"))

    def asked(self):
        return self.origin.requests if self.origin else 0

    def fill(self, size):
        """Asks until the answer comes from the cache; some store it a moment after it was sent."""
        for _ in range(20):
            before = self.asked()
            self.check(size)
            if self.caches and self.asked() == before or not self.caches:
                return
            time.sleep(0.1)
        raise Violation("%s does not keep an answer of %d bytes" % (self.name, size))


class Canned(Server):
    name = "canned"
    caches = False

    def __init__(self, run):
        super().__init__(run)
        self.ports = {size: free_port() for size in run.sizes}

    @classmethod
    def path(cls):
        return shutil.which("cc")

    def port_for(self, size):
        return self.ports[size]

    def command(self):
        binary = str(self.dir / "canned")
        built = subprocess.run(
            ["cc", "-O2", "-o", binary, str(BENCH / "canned" / "canned.c")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
        if built.returncode:
            raise Violation("canned can't be compiled:\n" + built.stdout[-2000:])
        command = [binary]
        for size, port in self.ports.items():
            body = self.run.bodies["/b/%d" % size]
            head = "HTTP/1.1 200 OK\r\nDate: Sat, 01 Nov 2025 12:00:00 GMT\r\nAge: 1\r\n"
            head += "".join("%s: %s\r\n" % field for field in head_of(body)) + "\r\n"
            file = self.dir / str(size)
            file.write_bytes(head.encode() + body)
            command += [str(port), str(file)]
        return command

    def version(self):
        return "cc " + version(r"(\d+\.\d+\.\d+)", "cc", "--version")


class Nginx(Server):
    name = binary = package = "nginx"

    def command(self):
        return [self.path(), "-p", str(self.dir), "-e", "stderr", "-c", self.config("nginx.conf")]

    def version(self):
        return version(r"nginx/([\d.]+)", self.path(), "-v")


class Varnish(Server):
    name = package = "varnish"
    binary = "varnishd"

    def command(self):
        return [self.path(), "-F", "-j", "none", "-n", str(self.dir / "work"), "-a", "127.0.0.1:%d" % self.port,
                "-f", self.config("varnish.vcl"), "-s", "malloc,256m"]

    def version(self):
        return version(r"varnish-([\d.]+)", self.path(), "-V")


class Haproxy(Server):
    name = binary = package = "haproxy"
    holds = 4 * 1024 * 1024 - 4096  # max-object-size, less a head

    def command(self):
        return [self.path(), "-db", "-f", self.config("haproxy.cfg")]

    def version(self):
        return version(r"version ([\d.]+)", self.path(), "-v")


class TrafficServer(Server):
    name = package = "trafficserver"
    binary = "traffic_server"

    def command(self):
        self.config("trafficserver.records.config", "etc/records.config")
        self.config("trafficserver.ip_allow.yaml", "etc/ip_allow.yaml")
        (self.dir / "etc/remap.config").write_text("map / http://127.0.0.1:%d/\n" % self.origin.port)
        (self.dir / "etc/storage.config").write_text("%s 256M\n" % (self.dir / "cache"))
        folders = {"prefix": self.dir, "sysconfdir": self.dir / "etc"}
        for folder in ("localstate", "runtime", "log", "cache"):
            (self.dir / folder).mkdir()
            folders[folder + "dir"] = self.dir / folder
        layout = self.dir / "runroot.yaml"
        layout.write_text("".join("%s: %s\n" % folder for folder in folders.items()))
        return [self.path(), "--run-root=%s" % layout]

    def version(self):
        return version(r"traffic_server - ([\d.]+)", self.path(), "-V")


class Lacquer(Server):
    name = "lacquer"
    jvm = True

    def __init__(self, run):
        super().__init__(run)
        self.admin = free_port()

    def values(self):
        return {**super().values(), "ADMIN": self.admin}

    def command(self):
        file = self.config("lacquer.yaml")
        launcher = str(HOME / "lacquer")
        # Builds where a build is needed, before anything is confined to one core.
        done = subprocess.run([launcher, "check", "--config", file], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=BUILD_LIMIT, check=False)
        if done.returncode:
            raise Violation("lacquer can't be built or refuses its configuration:\n" + done.stdout[-2000:])
        return [launcher, "run", "--config", file]

    def version(self):
        return lacquer_version()

    def jdk(self):
        return jdk_of(self.process.pid)


KINDS = {kind.name: kind for kind in (Canned, Lacquer, Nginx, Varnish, Haproxy, TrafficServer)}
