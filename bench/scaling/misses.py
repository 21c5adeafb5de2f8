"""What a request costs that goes to the origin."""

from scaling.load import Script, costs, ratios
from scaling.node import Nginx, Node, Origin
from scaling.table import Rows

DEARER = 1.25
LATER = 300
SIZE = 1024
KINDS = (("passed by policy", "/p/%d/" % SIZE), ("not to be stored, says the origin", "/n/%d/" % SIZE),
         ("a miss that is stored", "/c/%d/" % SIZE))


def measure(run):
    """CPU beside nginx as a plain proxy, and the first byte beside going direct, one request after the other."""
    load, rows, asked = run.load, Rows(), run.options.requests
    origin = run.start(Origin(run))
    node = run.start(Node(run, origin))
    nginx = run.start(Nginx(run, origin)) if Nginx.path() else None
    if not nginx:
        run.say("nginx is not installed, so nothing stands beside it; to have it: apt-get install nginx")
    cases = []
    for what, prefix in KINDS:
        for server in filter(None, (node, nginx)):
            script = Script(prefix + server.name + "/")
            load.warm(server, script, "%s, %s" % (server.name, what), hits=False)
            cases.append(("%s, %s" % (server.name, what), server, script))
    found = load.in_turns(cases, hits=False)
    rows.keep(found)
    for what, _ in KINDS:
        rows.add("Lacquer, %s" % what, costs(found, "%s, %s" % (node.name, what)), "µs")
        if nginx:
            rows.add("nginx, the same", costs(found, "%s, %s" % (nginx.name, what)), "µs")
            rows.add("Lacquer to nginx, %s" % what,
                     ratios(found, "%s, %s" % (node.name, what), "%s, %s" % (nginx.name, what)), "×", at_most=DEARER)
    first_bytes(run, rows, asked, origin, node, nginx)
    return rows


def first_bytes(run, rows, asked, origin, node, nginx):
    load, times = run.load, {}
    for number in range(run.options.rounds + 1):
        for server in filter(None, (origin, node, nginx)):
            for _, prefix in KINDS[1:]:
                one = load.fill(server, "%sfirst/%s/" % (prefix, server.name), asked, number * asked, connections=1)
                if number:  # the first ones are slow in any JVM
                    times.setdefault((server.name, prefix), []).append(one["first_byte_us"]["p50"])
    for what, prefix in KINDS[1:]:
        direct = times[origin.name, prefix]
        for server, name in ((node, "Lacquer"), (nginx, "nginx")):
            if server:
                rows.add("first byte, p50, %s: %s" % (name, what), times[server.name, prefix], "µs")
                rows.add("the same, beyond going direct",
                         [a - b for a, b in zip(times[server.name, prefix], direct)], "µs",
                         at_most=LATER if server is node else None)
    rows.add("first byte, p50, direct", times[origin.name, KINDS[1][1]], "µs")
