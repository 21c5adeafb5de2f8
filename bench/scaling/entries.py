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

    A canned server whose bodies are all over the memory tells what of it no server of this machine could avoid.
    """
    load, rows, many = run.load, Rows(), run.options.entries
    origin = run.start(Origin(run))
    small = run.start(Node(run, origin, l1="64MiB", heap="1g"))
    l1 = max(64, many * BYTES >> 20)
    large = run.start(Node(run, origin, l1="%dMiB" % l1, heap="%dm" % (l1 * 3 // 2 + 512)))
    near = run.start(Origin(run, core=run.server_core))
    far = run.start(Origin(run, spread=max(1, many * SIZE >> 20), core=run.server_core))
    few, all_ = Script(PREFIX, FEW), Script(PREFIX, many)
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
    found.update(load.in_turns([("canned", near, all_), ("canned, spread", far, all_)], hits=False))
    rows.keep(found)
    for name, what in (("few", "a hit on %d entries" % FEW), ("few of many", "a hit on %d of %d entries" % (FEW, many)),
                       ("many", "a hit on %d entries" % many),
                       ("canned", "the canned server, bodies from one place"),
                       ("canned, spread", "the canned server, bodies from %d MiB" % (many * SIZE >> 20))):
        rows.add(what, costs(found, name), "µs")
    rows.add("%d to %d entries" % (many, FEW), ratios(found, "many", "few"), "×", below=GROWTH)
    rows.add("the same, of the event loops alone", ratios(found, "many", "few", "loop_us"), "×")
    rows.add("the same few URLs in both", ratios(found, "few of many", "few"), "×")
    rows.add("the canned server, spread to one place", ratios(found, "canned, spread", "canned"), "×")
    rows.add("what spreading adds here", [a - b for a, b in zip(costs(found, "many"), costs(found, "few of many"))],
             "µs")
    rows.add("what it adds to the canned server",
             [a - b for a, b in zip(costs(found, "canned, spread"), costs(found, "canned"))], "µs")
    return rows
