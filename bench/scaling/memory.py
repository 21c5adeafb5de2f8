"""What the cache takes of memory."""

import threading

from scaling.node import Node, Origin, rss, settle
from scaling.table import Rows
from servers import Violation

MIB = 2**20
SIZE = 128
FIRST = 10_000
BEYOND = 400
GROWTH = 1.1
SIZES = (256, 1024, 4096, 20_000, 100_000)
CLASSES = 24
HITS = 2  # the first one leaves what the next ones are made of
URL = "http://127.0.0.1:%d%s%d"
HEAD = ("HTTP/1.1 200 OK\r\nDate: Sat, 01 Nov 2025 12:00:00 GMT\r\nContent-Type: application/octet-stream\r\n"
        "Content-Length: %d\r\nCache-Control: max-age=3600\r\nETag: \"0123456789abcdef\"\r\n\r\n")


class Watch(threading.Thread):
    """The most memory that a node has while something goes on."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node = node
        self.ended = threading.Event()
        self.most = 0

    def run(self):
        while not self.ended.wait(0.1):
            try:
                self.most = max(self.most, rss(self.node.pid))
            except (OSError, AttributeError):
                return

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *why):
        self.ended.set()
        self.join()


def measure(run):
    rows = Rows()
    beyond(run, rows)
    growth(run, rows)
    return rows


def beyond(run, rows):
    """Bytes for each entry beyond its URL, head and body, from what lives after a collection with few and many."""
    load, many = run.load, run.options.entries
    origin = run.start(Origin(run))
    l1 = max(64, many * 1800 >> 20)
    node = run.start(Node(run, origin, l1="%dMiB" % l1, heap="%dm" % (l1 * 3 // 2 + 512)))
    prefix = "/c/%d/" % SIZE
    began = rss(node.pid)

    def state():
        settle(node)
        metrics = node.metrics()
        return node.live(), metrics["lacquer_l1_entries"], metrics["lacquer_memory_used_bytes"]

    with Watch(node) as watch:
        load.fill(node, prefix, FIRST)
        few, few_entries, few_ledger = state()
        load.fill(node, prefix, many - FIRST, FIRST)
        full, entries, ledger = state()
    if entries < 0.999 * many:
        raise Violation("of %d entries only %d are kept" % (many, entries))
    added = entries - few_entries
    own = len(URL % (node.port, prefix, many - 1)) + len(HEAD % SIZE) + SIZE
    rows.add("RSS growth by %d URLs to tiers.l1.size, where all fit into it (%d MiB)" % (many, l1),
             (watch.most - began) / (l1 * MIB), "×", at_most=GROWTH)
    each = (sum(full.values()) - sum(few.values())) / added
    rows.add("heap for each entry, with %d bytes of URL, head and body" % own, each, "bytes")
    rows.add("beyond URL, head and body", each - own, "bytes", at_most=BEYOND)
    rows.add("on the ledger for each entry", (ledger - few_ledger) / added, "bytes")
    rows.add("heap to ledger", each * added / (ledger - few_ledger), "×", at_most=1.0)
    for _ in range(HITS):
        load.fill(node, prefix, many)
    again, entries, ledger_again = state()
    after = (sum(again.values()) - sum(few.values())) / added
    rows.add("beyond URL, head and body, once each was hit %d times" % HITS, after - own, "bytes", at_most=BEYOND)
    rows.add("heap to ledger, once each was hit %d times" % HITS, after * added / (ledger_again - few_ledger), "×",
             at_most=1.0)
    rows.note("bytes an entry by class", by_class(full, few, added))
    rows.note("bytes an entry by class that hits add", by_class(again, full, added))
    run.stop(node)
    run.stop(origin)


def by_class(after, before, entries):
    differences = {name: (size - before.get(name, 0)) / entries for name, size in after.items()}
    largest = sorted(differences, key=differences.get, reverse=True)[:CLASSES]
    return {name: differences[name] for name in largest if differences[name] >= 1}


def growth(run, rows):
    """A cache that is smaller than what goes through it, first with small answers, then with those of all sizes."""
    load, options = run.load, run.options
    l1 = 256
    origin = run.start(Origin(run))
    node = run.start(Node(run, origin, l1="%dMiB" % l1, heap="1g"))
    began, limit = rss(node.pid), node.metrics()["lacquer_memory_limit_bytes"]
    base = sum(node.live().values())
    with Watch(node) as watch:
        load.fill(node, "/c/%d/" % SIZE, options.entries)
    rows.add("RSS growth by %d URLs to tiers.l1.size, where few fit into it (%d MiB)" % (options.entries, l1),
             (watch.most - began) / (l1 * MIB), "×", at_most=GROWTH)
    held(run, node, rows, base, limit, "then")
    share = max(1, options.churn // (len(SIZES) * 10))
    asked = 0
    with Watch(node) as watch:
        while asked < options.churn:
            for size in SIZES:
                load.fill(node, "/c/%d/churn/" % size, share, asked)
            asked += share * len(SIZES)
            run.say("  churn: %d URLs, RSS %+.0f MiB" % (asked, (rss(node.pid) - began) / MIB))
    rows.add("RSS growth by %d more of %d to %d bytes" % (asked, SIZES[0], SIZES[-1]),
             (watch.most - began) / (l1 * MIB), "×", at_most=GROWTH)
    held(run, node, rows, base, limit, "after that")
    peak = node.metrics()["lacquer_memory_peak_bytes"]
    rows.add("most that was ever on the ledger, to its limit", peak / limit, "×", at_most=1.0)


def held(run, node, rows, base, limit, when):
    settle(node)
    used = node.metrics()["lacquer_memory_used_bytes"]
    live = sum(node.live().values()) - base
    rows.add("heap to ledger, %s" % when, live / used, "×", at_most=1.0)
    rows.add("heap to tiers.l1.size, %s" % when, live / limit, "×", at_most=GROWTH)
