"""What the number of entries does to a hit."""

from scaling.load import Script, costs, ratios
from scaling.node import Node, Origin, settle
from scaling.table import Rows
from servers import Violation

SIZE = 1024
PREFIX = "/c/%d/" % SIZE
BYTES = 4096  # in L1 for each, generously
FEW = 1000
GROWTH = 1.10
HITS = 2  # the first one leaves what the next ones are made of


def measure(run):
    """Hits on URLs at random, all of them and a fixed few, in a small and in a large cache.

    A server in C that finds as many answers by a hash table and sends them tells what of it is the memory's, so that no
    cache of this machine could avoid it.
    """
    load, rows, many = run.load, Rows(), run.options.entries
    origin = run.start(Origin(run))
    small = run.start(Node(run, origin, l1="64MiB", heap="1g"))
    l1 = max(64, many * BYTES >> 20)
    large = run.start(Node(run, origin, l1="%dMiB" % l1, heap="%dm" % (l1 * 3 // 2 + 512)))
    canned_small = run.start(Origin(run, entries=FEW, core=run.server_core))
    canned_large = run.start(Origin(run, entries=many, core=run.server_core))
    few, all_ = Script(PREFIX, FEW), Script(PREFIX, many)
    for server, count in ((canned_small, FEW), (canned_large, many)):
        load.fill(server, PREFIX, count)
    for node, count in ((small, FEW), (large, many)):
        load.fill(node, PREFIX, count)
        for _ in range(HITS):
            load.fill(node, PREFIX, count)
        settle(node)
        held = node.metrics()["lacquer_l1_entries"]
        if held < count:
            raise Violation("of %d entries only %d are kept" % (count, held))
    for node, script in ((small, few), (large, few), (large, all_)):
        load.warm(node, script, "%s, %d URLs" % (node.name, script.count))
    found = load.in_turns([
        ("few", small, few), ("few of many", large, few), ("many", large, all_)])
    found.update(load.in_turns([
        ("canned, few", canned_small, few), ("canned, few of many", canned_large, few),
        ("canned, many", canned_large, all_)], hits=False))
    rows.keep(found)
    for prefix, what in (("", "a hit"), ("canned, ", "a server in C")):
        rows.add("%s on %d entries" % (what, FEW), costs(found, prefix + "few"), "µs")
        rows.add("%s on %d of %d entries" % (what, FEW, many), costs(found, prefix + "few of many"), "µs")
        rows.add("%s on %d entries" % (what, many), costs(found, prefix + "many"), "µs")
    rows.add("%d to %d entries" % (many, FEW), ratios(found, "many", "few"), "×", below=GROWTH)
    rows.add("the same, of the event loops alone", ratios(found, "many", "few", "loop_us"), "×")
    rows.add("the same few URLs in both", ratios(found, "few of many", "few"), "×")
    rows.add("a server in C: %d to %d entries" % (many, FEW), ratios(found, "canned, many", "canned, few"), "×")
    here, there = [[a - b for a, b in zip(costs(found, prefix + "many"), costs(found, prefix + "few"))]
                   for prefix in ("", "canned, ")]
    rows.add("what spreading adds here", here, "µs")
    rows.add("what it adds to a server in C", there, "µs")
    rows.add("a hit on %d entries without what it adds there, to %d" % (many, FEW),
             [(a - c) / b for a, c, b in zip(costs(found, "many"), there, costs(found, "few"))], "×")
    return rows
