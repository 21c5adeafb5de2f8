"""What the number of policies does to a hit, and to what is no hit on the short way."""

from scaling.load import Script, costs, ratios
from scaling.node import ALL, Node, Origin
from scaling.table import Rows

GROWTH = 1.05
HIT = "/c/1024/"
PASSED = "/p/1024/"
PASSES = '  - name: passes\n    match: {path: "/p/**", method: [GET, HEAD]}\n    cache: false\n'
FULL = "Cache-Control: max-age=86400"  # a directive: such requests take the full path
KINDS = (
    ("paths that differ", '  - name: r%(n)d\n    match: {path: "/service%(n)d/{id}/**", method: [GET, HEAD]}\n'
                          '    ttl: 1m\n'),
    ("paths that begin alike", '  - name: r%(n)d\n    match: {path: "/{kind}/{size}/x%(n)d", method: [GET, HEAD]}\n'
                               '    ttl: 1m\n'),
)


AGAIN = "another process, 1 rule"
HOME = {"l1": "64MiB", "heap": "512m"}


def measure(run):
    """One rule and many, of which the last one matches, for hits on the short way, on the full path, and passes.

    Rules are matched on the event loops, so it is their time that is judged: what the compiler and the collector of one
    process happen to do is as much as what is looked for. A second process with the same one rule tells how much two
    processes differ that should not.
    """
    load, rows, many = run.load, Rows(), run.options.rules
    origin = run.start(Origin(run))
    nodes = {name: run.start(Node(run, origin, policies=policies, **HOME)) for name, policies in (
        ("one", ALL), (AGAIN, ALL), ("pass", PASSES), ("pass, " + AGAIN, PASSES))}
    for kind, rule in KINDS:
        others = "".join(rule % {"n": number} for number in range(many - 1))
        nodes[kind] = run.start(Node(run, origin, policies=others + ALL, **HOME))
        nodes["pass, " + kind] = run.start(Node(run, origin, policies=others + PASSES, **HOME))
    hit, full, passed = Script(HIT, 1), Script(HIT, 1, FULL), Script(PASSED, 1)
    for name, node in nodes.items():
        if name.startswith("pass"):
            load.warm(node, passed, name, hits=False)
        else:
            load.fill(node, HIT, 1)
            load.warm(node, hit, name)
            load.warm(node, full, name + ", full path")
    names = [AGAIN] + [kind for kind, _ in KINDS]
    cases = [(name, nodes[name], hit) for name in ["one"] + names]
    cases += [("full, " + name, nodes[name], full) for name in ["one"] + names]
    found = load.in_turns(cases)
    found.update(load.in_turns([("pass" if name == "one" else "pass, " + name,
                                 nodes["pass" if name == "one" else "pass, " + name], passed)
                                for name in ["one"] + names], hits=False))
    rows.keep(found)
    for what, one, prefix in (("a hit", "one", ""), ("a hit on the full path", "full, one", "full, "),
                              ("a pass", "pass", "pass, ")):
        rows.add("%s, 1 rule" % what, costs(found, one), "µs")
        rows.add("%s, %s, to it" % (what, AGAIN), ratios(found, prefix + AGAIN, one, "loop_us"), "×")
        for kind, _ in KINDS:
            rows.add("%s, %d rules, %s" % (what, many, kind), costs(found, prefix + kind), "µs")
            rows.add("%s, %d to 1, %s, of the event loops" % (what, many, kind),
                     ratios(found, prefix + kind, one, "loop_us"), "×", below=GROWTH)
    return rows
