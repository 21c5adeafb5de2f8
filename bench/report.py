"""What bench/compare has measured, as tables, JSON and a plot."""

import json
import statistics

BAR = "#a9b5c6"
OWN = "#d9730d"
INK = "#76808f"  # readable on white and on black
QUIET = 0.05
TOO_LARGE = "can't hold it"


def size(count):
    for unit, letter in ((1024 * 1024, "m"), (1024, "k")):
        if count % unit == 0:
            return "%d%s" % (count // unit, letter)
    return str(count)


def number(value):
    return "%.2f" % value if value < 10 else "%.1f" % value if value < 100 else "%.0f" % value


def time(us):
    return "%.0f µs" % us if us < 1000 else "%.1f ms" % (us / 1000) if us < 100000 else "%.0f ms" % (us / 1000)


def spread(values, text=number):
    return "%s (%s–%s)" % tuple(map(text, (statistics.median(values), min(values), max(values))))


class Figures:
    """The measurements by size and server, in the order of rounds."""

    def __init__(self, result):
        self.about = result["about"]
        self.sizes = self.about["sizes"]
        self.servers = list(self.about["servers"])
        self.peers = [server for server in self.servers if server not in ("canned", "lacquer")]
        self.measured = result["measured"]

    def of(self, server, size_, what):
        return [one[what] for one in self.measured if one["server"] == server and one["size"] == size_]

    def cost(self, server, size_):
        return statistics.median(self.of(server, size_, "cpu_us"))

    def has(self, server, size_):
        """Whether the server can hold answers of that size."""
        return any(one["server"] == server and one["size"] == size_ for one in self.measured)

    def best(self, size_):
        peers = [peer for peer in self.peers if self.has(peer, size_)]
        return min(peers, key=lambda peer: self.cost(peer, size_), default=None)

    def ratios(self, server, size_):
        """Lacquer's cost to that of another, round by round."""
        own, other = self.of("lacquer", size_, "cpu_us"), self.of(server, size_, "cpu_us")
        return [a / b for a, b in zip(own, other)]

    def summary(self):
        """Medians, for programs."""
        return {
            size(of): {
                "best_peer": self.best(of),
                "servers": {
                    server: {
                        what: statistics.median(self.of(server, of, what))
                        for what in ("cpu_us", "requests_per_s", "p50_us", "p99_us", "busy", "others")
                    }
                    for server in self.servers
                    if self.has(server, of)
                },
                "lacquer_to": {
                    server: statistics.median(self.ratios(server, of))
                    for server in self.servers
                    if server != "lacquer" and self.has(server, of)
                },
            }
            for of in self.sizes
        }


def costs(figures):
    rows = [["body", "server", "µs of CPU a request", "requests/s", "p50", "p99", "busy"]]
    for of in figures.sizes:
        for server in figures.servers:
            if not figures.has(server, of):
                rows.append([size(of), server, TOO_LARGE, "", "", "", ""])
                continue
            rows.append([
                size(of),
                server,
                spread(figures.of(server, of, "cpu_us")),
                spread(figures.of(server, of, "requests_per_s"), lambda value: "%.0f" % value),
                time(statistics.median(figures.of(server, of, "p50_us"))),
                time(statistics.median(figures.of(server, of, "p99_us"))),
                "%.0f %%" % (100 * statistics.median(figures.of(server, of, "busy"))),
            ])
    return rows


def ratios(figures, strong):
    others = [server for server in figures.servers if server != "lacquer"]
    rows = [["body"] + ["Lacquer ÷ " + server for server in others]]
    for of in figures.sizes:
        best = figures.best(of)
        row = [size(of)]
        for server in others:
            form = strong if server == best else "%s"
            row.append(form % spread(figures.ratios(server, of)) if figures.has(server, of) else "–")
        rows.append(row)
    return rows


def facts(figures):
    about = figures.about
    others = statistics.median(one["others"] for one in figures.measured)
    lines = [
        "%s, %s, %s; wrk %s with %d connections" % (
            about["date"], about["cpu"], about["kernel"], about["wrk"], about["connections"]),
        ", ".join("%s %s" % server for server in about["servers"].items()) + "; JDK: " + about["jdk"],
        "medians (min–max); rounds: %d, of %d s for each server and size; `%s`" % (
            about["rounds"], about["seconds"], about["command"].strip()),
        "other processes used %.0f %% of the servers' core (median; %.0f %% at most)%s" % (
            100 * others, 100 * max(one["others"] for one in figures.measured),
            ": the machine was not quiet, so requests/s, latencies and busy say little" if others > QUIET else ""),
    ]
    compiler = [one["compiler"] for one in figures.measured if one["server"] == "lacquer"]
    lines.append("of Lacquer's CPU time the JIT compiler took %.0f %% (median; %.0f %% at most)" % (
        100 * statistics.median(compiler), 100 * max(compiler)))
    if "java_opts" in about:
        lines.insert(2, "LACQUER_JAVA_OPTS: %s" % about["java_opts"])
    return lines


RATIOS = "Ratios of CPU a request, each within a round; below 1 Lacquer costs less"


def aligned(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def table(rows):
    lines = ["| %s |" % " | ".join(row) for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0])] + lines[1:])


def terminal(result):
    figures = Figures(result)
    return "\n".join(
        ["", aligned(costs(figures)), "", RATIOS + "; * the best peer", "", aligned(ratios(figures, "%s *")), ""]
        + facts(figures))


def markdown(result):
    figures = Figures(result)
    return "\n".join(
        ["# What a hit costs", "", "![CPU time of the server for one request](compare.svg)", ""]
        + ["- " + fact for fact in facts(figures)]
        + ["", table(costs(figures)), "", RATIOS + "; **the best peer**.", "", table(ratios(figures, "**%s**")), ""])


def plot(result):
    """A panel for each size, a bar for each server, a line from min to max."""
    figures = Figures(result)
    row, left, bar, value = 22, 110, 420, 120
    panel = 34 + row * len(figures.servers)
    width, height = left + bar + value, 44 + panel * len(figures.sizes)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" '
        'font-family="system-ui, sans-serif" font-size="13" fill="%s">' % (width, height, width, height, INK),
        "<title>CPU time of the server for one request that is a hit, by size of the body</title>",
        '<text x="0" y="18" font-size="15">CPU time of the server for one hit, in µs (less is better)</text>',
    ]
    for i, of in enumerate(figures.sizes):
        top = 44 + panel * i
        scale = bar / max(one["cpu_us"] for one in figures.measured if one["size"] == of)
        parts.append('<text x="0" y="%d" font-weight="600">%s</text>' % (top + 13, label(of)))
        for j, server in enumerate(figures.servers):
            y = top + 22 + row * j
            own = server == "lacquer"
            parts.append('<text x="%d" y="%d" text-anchor="end"%s>%s</text>' % (
                left - 8, y + 13, ' font-weight="600"' if own else "", server))
            if not figures.has(server, of):
                parts.append('<text x="%d" y="%d">%s</text>' % (left, y + 13, TOO_LARGE))
                continue
            values = figures.of(server, of, "cpu_us")
            middle = statistics.median(values)
            parts += [
                '<rect x="%d" y="%d" width="%.1f" height="16" rx="2" fill="%s"/>' % (
                    left, y, middle * scale, OWN if own else BAR),
                '<path d="M%.1f %dH%.1f" stroke="%s" stroke-width="2"/>' % (
                    left + min(values) * scale, y + 8, left + max(values) * scale, INK),
                '<text x="%.1f" y="%d">%s</text>' % (left + max(values) * scale + 6, y + 13, number(middle)),
            ]
    return "\n".join(parts + ["</svg>", ""])


def label(of):
    return size(of).replace("k", " KiB").replace("m", " MiB") if size(of) != str(of) else "%d bytes" % of


def write(result, out):
    out.mkdir(parents=True, exist_ok=True)
    (out / "compare.md").write_text(markdown(result))
    (out / "compare.svg").write_text(plot(result))
    rounded = [{key: round(value, 3) if isinstance(value, float) else value for key, value in one.items()}
               for one in result["measured"]]
    whole = {"about": result["about"], "medians": Figures(result).summary(), "measured": rounded}
    (out / "compare.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
