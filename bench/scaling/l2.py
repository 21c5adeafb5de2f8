"""What a hit in Redis costs, and how long it takes."""

import asyncio
import json
import re
import resource
import shutil
import statistics
import subprocess
import time

from purgecheck import stores
from purgecheck.wire import redis
from scaling.node import Node, Origin
from scaling.table import Rows
from servers import Violation, cpu_seconds, loop_seconds, threads_seconds

SIZE = 1024
PREFIX = "/c/%d/" % SIZE
WANTED = (("p50", 0.50, 1000), ("p95", 0.95, 2000), ("p99", 0.99, 5000))
FILL_RATE = 4000
KEPT = 0.99
LEAST = 0.1
CONNECTIONS = 32


def measure(run):
    """Hits that come from Redis, each URL once, at a constant rate; then as fast as they come, for their cost."""
    options, load, rows = run.options, run.load, Rows()
    store = stores.Standalone(run.dir)
    asyncio.run(store.start())
    run.closing.append(store.close)
    subprocess.run(["taskset", "-a", "-p", "-c", str(run.load_core), str(store.server.process.pid)], check=True,
                   stdout=subprocess.DEVNULL)
    origin = run.start(Origin(run))
    writer = run.start(Node(run, origin, redis=store.port))
    timed = options.rate * options.seconds * options.rounds
    warm = options.rate * options.warmup
    costed = options.l2_requests * options.rounds
    wanted = max(timed + warm, costed + warm)
    run.say("  writing %d values" % wanted)
    load.fill(writer, PREFIX, wanted, rate=FILL_RATE)
    end = time.monotonic() + 20
    while asyncio.run(redis(store.port, "DBSIZE")) < wanted and time.monotonic() < end:
        time.sleep(0.2)
    rows.note("values written", "%d of %d, %d dropped" % (
        asyncio.run(redis(store.port, "DBSIZE")), wanted, writer.metrics()["lacquer_l2_writes_dropped_total"]))
    run.stop(writer)
    latencies(run, rows, origin, store, warm)
    cost(run, rows, origin, store, warm)
    return rows


def latencies(run, rows, origin, store, warm):
    """By the access log of a node that has nothing in L1: from a request's head to the end of its answer."""
    options, load = run.options, run.load
    node = run.start(Node(run, origin, redis=store.port, log="full"))
    log = node.dir / "access.log"
    load.fill(node, PREFIX, warm, rate=options.rate)
    times = {name: [] for name, _, _ in WANTED}
    looks = {name: [] for name, _, _ in WANTED}
    clients = {name: [] for name, _, _ in WANTED}
    for number in range(options.rounds):
        count = options.rate * options.seconds
        time.sleep(0.5)  # until the log has what was before
        begin = log.stat().st_size
        found = load.fill(node, PREFIX, count, warm + number * count, rate=options.rate, connections=CONNECTIONS)
        time.sleep(0.5)
        with open(log) as file:
            file.seek(begin)
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        hits = [line for line in lines if line.get("tier") == "L2"]
        if len(hits) < KEPT * count:
            reasons = sorted({"%s %s" % (line.get("result"), line.get("reason")) for line in lines})
            raise Violation("of %d answers only %d came from Redis: %s" % (count, len(hits), ", ".join(reasons)))
        for name, share, _ in WANTED:
            times[name].append(quantile([line["duration_us"] for line in hits], share))
            looks[name].append(quantile([line["lookup_us"] for line in hits if "lookup_us" in line] or [0], share))
            clients[name].append(found["whole_us"][name])
        run.say("  round %d: p50 %d us, p99 %d us in the proxy; of %d answers %d came from Redis" % (
            number + 1, times["p50"][-1], times["p99"][-1], count, len(hits)))
    for name, _, limit in WANTED:
        rows.add("%s in the proxy, %d a second" % (name, options.rate), times[name], "µs", below=limit)
    for name, _, _ in WANTED:
        rows.add("%s of looking up alone" % name, looks[name], "µs")
    for name, _, _ in WANTED:
        rows.add("%s at the client, from when it was due" % name, clients[name], "µs")
    run.stop(node)


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def cost(run, rows, origin, store, warm):
    options, load = run.options, run.load
    node = run.start(Node(run, origin, redis=store.port))
    load.fill(node, PREFIX, warm, rate=options.rate)
    name = "bench-scale"
    asyncio.run(redis(store.port, "SET", name, b"x" * SIZE))
    redis_pid, own, loops, server, plain, plain_server = store.server.process.pid, [], [], [], [], []
    tool, by_thread = shutil.which("redis-benchmark"), {}
    for number in range(options.rounds):
        count = options.l2_requests
        began = threads_seconds(node.pid)
        before, looped, at_redis = cpu_seconds(node.pid), loop_seconds(node.pid), cpu_seconds(redis_pid)
        asked = node.asked()
        load.fill(node, PREFIX, count, warm + number * count, connections=CONNECTIONS)
        if node.asked() - asked > (1 - KEPT) * count:
            raise Violation("%d of %d answers did not come from Redis" % (node.asked() - asked, count))
        own.append((cpu_seconds(node.pid) - before) * 1e6 / count)
        loops.append((loop_seconds(node.pid) - looped) * 1e6 / count)
        server.append((cpu_seconds(redis_pid) - at_redis) * 1e6 / count)
        for thread, seconds in threads_seconds(node.pid).items():
            by_thread.setdefault(thread, []).append((seconds - began.get(thread, 0)) * 1e6 / count)
        at_redis = cpu_seconds(redis_pid)
        asked_for = 2 * count
        spent = benchmark(run, tool, store.port, name, asked_for)
        plain.append(spent * 1e6 / asked_for)
        plain_server.append((cpu_seconds(redis_pid) - at_redis) * 1e6 / asked_for)
    rows.note("CPU for a hit by thread, µs", {
        thread: statistics.median(of) for thread, of in sorted(by_thread.items(), key=lambda of: -sum(of[1]))
        if statistics.median(of) >= LEAST})
    peer = "redis-benchmark GET" if tool else "a client in C that asks as redis-benchmark GET does (there is none here)"
    rows.add("CPU of Lacquer for a hit in L2, 32 at a time", own, "µs")
    compiler = [sum(of) for of in zip(*(of for thread, of in by_thread.items() if "CompilerThre" in thread))]
    steady = [a - b for a, b in zip(own, compiler)] if compiler else own
    rows.add("the same, the JIT compiler aside", steady, "µs")
    rows.add("of its event loops alone", loops, "µs")
    rows.add("CPU of Redis for it", server, "µs")
    rows.add("CPU of %s" % peer, plain, "µs")
    rows.add("CPU of Redis for that", plain_server, "µs")
    rows.add("Lacquer, the JIT compiler aside, to that client", [a / b for a, b in zip(steady, plain)], "×")
    rows.add("both with Redis",
             [(a + b) / (c + d) for a, b, c, d in zip(steady, server, plain, plain_server)], "×")


def benchmark(run, tool, port, key, count):
    """CPU seconds of a client that asks for one key, 32 at a time, each waiting for its answer."""
    if not tool:
        return run.load.client("get", port, key, 0, count, CONNECTIONS, 0, core=run.server_core)["client_cpu"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["taskset", "-c", str(run.server_core), tool, "-p", str(port), "-n", str(count), "-c", str(CONNECTIONS), "-q",
         "GET", key], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=run.options.limit, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode or not re.search(r"requests per second", done.stdout):
        raise Violation("redis-benchmark said:\n" + done.stdout[-500:])
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
