"""What the number of open connections does to a hit."""

import time

from load.parts import need_descriptors
from scaling.load import COMPILED_ENOUGH, Script, costs, ratios
from scaling.node import Node, Origin
from scaling.table import Rows

FEW = 10
GROWTH = 1.25
PREFIX = "/c/1024/"
AT_ONCE = 30_000  # requests for each second of a measurement, where all ask as fast as they are answered
SPARE = 1000  # descriptors


def measure(run):
    """The same rate of requests over a few connections and over many, which take turns; many that are idle beside a few
    that ask; and many that all ask at once.

    Connections are opened before it is measured: to accept one costs more than a hit. What a canned server pays for the
    same is the kernel's, and the memory's.
    """
    load, rows, options = run.load, Rows(), run.options
    many, pace = options.open, options.pace
    need_descriptors(many + SPARE)  # of a process
    origin = run.start(Origin(run))
    canned = run.start(Origin(run, core=run.server_core))
    node = run.start(Node(run, origin))
    load.fill(node, PREFIX, 1)
    load.warm(node, Script(PREFIX, 1), node.name)

    def over(server, connections, rate):
        count = (rate or AT_ONCE) * options.seconds
        return lambda: load.over(server, PREFIX, connections, count, rate, hits=server is node)

    cases = [(kind + name, over(server, connections, rate)) for kind, server in (("", node), ("canned, ", canned))
             for name, connections, rate in (("few", FEW, pace), ("all", many, pace),
                                             ("few at once", FEW, 0), ("all at once", many, 0))]
    warm(run, [how for _, how in cases[:4]])
    found = rounds(run, cases)
    idle = beside_idle(run, node)
    rows.keep(found)
    rows.keep(idle)
    for name, connections in (("few", FEW), ("all", many)):
        rows.add("a hit, %d/s over %d connections" % (pace, connections), costs(found, name), "µs")
    rows.add("the same rate over %d to over %d" % (many, FEW), ratios(found, "all", "few"), "×", below=GROWTH)
    rows.add("the same, of the event loops alone", ratios(found, "all", "few", "loop_us"), "×")
    rows.add("the canned server: the same", ratios(found, "canned, all", "canned, few"), "×")
    rows.add("what %d add here" % many, differences(found, "all", "few"), "µs")
    rows.add("what they add to the canned server", differences(found, "canned, all", "canned, few"), "µs")
    for name, connections in (("few", FEW), ("all", many)):
        rows.add("P99 over %d connections, from when it was due" % connections, costs(found, name, "p99_us"), "µs")
    rows.add("a hit, 32 connections ask, no others", costs(idle, "alone"), "µs")
    rows.add("a hit, 32 connections ask, %d more are idle" % (many - 32), costs(idle, "beside idle ones"), "µs")
    rows.add("idle ones: with to without", ratios(idle, "beside idle ones", "alone"), "×", below=GROWTH)
    rows.add("all ask at once, %d to %d" % (many, FEW), ratios(found, "all at once", "few at once"), "×")
    rows.add("the canned server: that", ratios(found, "canned, all at once", "canned, few at once"), "×")
    return rows


def warm(run, ways):
    """Until the JVM compiles no more for any of them, or the time for it is over."""
    limit, busy = time.monotonic() + run.options.warmup, True
    while busy and time.monotonic() < limit:
        busy = max(how()["compiler"] for how in ways) > COMPILED_ENOUGH


def rounds(run, cases):
    found = {name: [] for name, _ in cases}
    for number in range(run.options.rounds):
        turn = number % len(cases)
        for name, how in cases[turn:] + cases[:turn]:
            found[name].append({"case": name, "round": number + 1, **how()})
        tell(run, number, found)
    return found


def beside_idle(run, node):
    """One process, without and with idle connections: two of them would differ by more than what is looked for."""
    load, script, many = run.load, Script(PREFIX, 1), run.options.open
    found = {"alone": [], "beside idle ones": []}
    for number in range(run.options.rounds):
        for name in list(found)[:: 1 if number % 2 else -1]:
            holder = load.hold(node, PREFIX + "0", many - 32) if name != "alone" else None
            found[name].append({"case": name, "round": number + 1, **load.wrk(node, script, run.options.seconds)})
            if holder:
                holder.stdin.close()
                holder.wait()
            load.ended(node)
        tell(run, number, found)
    return found


def tell(run, number, found):
    run.say("  round %d: %s" % (number + 1, ", ".join(
        "%s %.1f" % (name, ones[-1]["cpu_us"]) for name, ones in found.items())))


def differences(found, one, other):
    return [a - b for a, b in zip(costs(found, one), costs(found, other))]
