"""What the number of open connections does to a hit."""

from scaling.load import Script, costs, ratios
from scaling.node import Node, Origin
from scaling.table import Rows

FEW = 10
GROWTH = 1.25
PREFIX = "/c/1024/"


def measure(run):
    """Many that are idle beside a few that ask, and many that all ask."""
    load, rows, many = run.load, Rows(), run.options.open
    origin = run.start(Origin(run))
    canned = run.start(Origin(run, core=run.server_core))
    quiet, crowded = [run.start(Node(run, origin)) for _ in range(2)]
    script = Script(PREFIX, 1)
    for node in (quiet, crowded):
        load.fill(node, PREFIX, 1)
        load.warm(node, script, node.name)
    holder = load.hold(crowded, PREFIX + "0", many - 32)
    idle = load.in_turns([("alone", quiet, script), ("beside idle ones", crowded, script)])
    holder.stdin.close()
    holder.wait()
    # Those that wrk opens at once are more than a queue of accepts holds; it tries again.
    asking = load.in_turns([("few ask", quiet, script, FEW), ("32 ask", quiet, script, 32),
                            ("all ask", quiet, script, many)])
    asking.update(load.in_turns([("canned, few", canned, script, FEW), ("canned, all", canned, script, many)],
                                hits=False))
    rows.keep(idle)
    rows.keep(asking)
    rows.add("a hit, 32 connections ask, no others", costs(idle, "alone"), "µs")
    rows.add("a hit, 32 connections ask, %d more are idle" % (many - 32), costs(idle, "beside idle ones"), "µs")
    rows.add("idle ones: with to without", ratios(idle, "beside idle ones", "alone"), "×", below=GROWTH)
    rows.add("a hit, %d connections ask" % FEW, costs(asking, "few ask"), "µs")
    rows.add("a hit, 32 connections ask", costs(asking, "32 ask"), "µs")
    rows.add("a hit, %d connections ask" % many, costs(asking, "all ask"), "µs")
    rows.add("all ask: %d to %d" % (many, FEW), ratios(asking, "all ask", "few ask"), "×", below=GROWTH)
    rows.add("the canned server: the same", ratios(asking, "canned, all", "canned, few"), "×")
    rows.add("what all add here", [a - b for a, b in zip(costs(asking, "all ask"), costs(asking, "few ask"))], "µs")
    rows.add("what they add to the canned server",
             [a - b for a, b in zip(costs(asking, "canned, all"), costs(asking, "canned, few"))], "µs")
    return rows
