"""What bench/workload has measured, as tables, JSON and a picture."""

import json

from load.picture import Axis, Picture
from report import aligned, table, time

NAMES = {"direct": "straight to the origin", "off": "Lacquer, cache switched off", "after": "Lacquer"}
QUIET = 0.05
GOALS = {"hit_ratio": 0.8, "saved": 0.8, "error_rate": 0.001, "p95": 50.0}


def ms(value):
    return time(1000 * value)


def share(value, digits=1):
    return "%.*f %%" % (digits, 100 * value)


class Phase:
    """One kind of run."""

    def __init__(self, name, measured):
        self.name = name
        self.whole = measured["whole"]
        self.origin = measured["origin"]
        self.measured = measured

    @property
    def errors(self):
        return sum(self.whole["errors"].values())

    @property
    def error_rate(self):
        return self.errors / max(1, self.whole["sent"])

    @property
    def hit_ratio(self):
        """Of reads."""
        results = self.whole["results"]
        return (results["HIT"] + results["STALE"]) / max(1, sum(results.values()))

    @property
    def reach_origin(self):
        """Requests of the origin for one of the clients, of those that were sent meanwhile."""
        return self.origin["asked"] / max(1, self.origin["of"])

    def time(self, of, kind="all"):
        return self.whole["ms"][kind][of]


class Figures:
    def __init__(self, result):
        self.about = result["about"]
        self.phases = [Phase(name, measured) for name, measured in result["phases"].items()]
        self.after = self.phases[-1]
        self.before = self.phases[0] if len(self.phases) > 1 else None

    @property
    def saved(self):
        """Beside the same load without a cache, where each request reaches the origin."""
        return 1 - self.after.reach_origin / (self.before.reach_origin if self.before else 1.0)

    def goals(self):
        after = self.after
        rows = [
            ("hit ratio of reads", "> 80 %", share(after.hit_ratio), after.hit_ratio > GOALS["hit_ratio"]),
            ("requests at the origin", "80 % fewer", share(self.saved) + " fewer", self.saved >= GOALS["saved"]),
            ("error rate", "< 0.1 %", share(after.error_rate, 3), after.error_rate < GOALS["error_rate"]),
            ("P95", "< 50 ms", ms(after.time("p95")), after.time("p95") < GOALS["p95"]),
            ("outdated answers after a write", "none", "%d" % after.whole["outdated"], not after.whole["outdated"]),
        ]
        return [["what", "wanted", "seen", ""]] + [
            [what, wanted, seen, "met" if met else "not met"] for what, wanted, seen, met in rows]

    def compared(self):
        def row(name, of):
            return [name] + [of(phase) for phase in self.phases]

        def times(kind):
            return lambda phase: " / ".join(ms(phase.time(of, kind)) for of in ("p50", "p95", "p99")) if (
                phase.whole["ms"][kind]["count"]) else "–"

        return [
            row("", lambda phase: NAMES[phase.name]),
            row("requests/s, offered", lambda phase: "%d" % phase.measured["rate"]),
            row("requests/s, answered", lambda phase: "%.0f" % (phase.whole["answered"] / self.about["seconds"])),
            row("hit ratio of reads", lambda phase: share(phase.hit_ratio) if phase.name == "after" else "–"),
            row("requests/s at the origin", lambda phase: "%.0f" % (phase.origin["asked"] / self.about["seconds"])),
            row("of 100 requests reach the origin", lambda phase: "%.1f" % (100 * phase.reach_origin)),
            row("P50 / P95 / P99", times("all")),
            row("largest", lambda phase: ms(phase.time("max"))),
            row("the same of hits", times("hits")),
            row("of other reads", times("misses")),
            row("of writes", times("writes")),
            row("error rate", lambda phase: share(phase.error_rate, 3) + self.kinds(phase)),
            row("outdated answers after a write", lambda phase: "%d" % phase.whole["outdated"]),
            row("CPU of Lacquer a request", lambda phase: "%.0f µs" % (
                1e6 * phase.measured["cpu"]["lacquer"] / max(1, phase.origin["of"])) if (
                "lacquer" in phase.measured["cpu"]) else "–"),
        ]

    @staticmethod
    def kinds(phase):
        found = ["%d %s" % (count, name) for name, count in phase.whole["errors"].items() if count]
        return " (%s)" % ", ".join(found) if found else ""

    def facts(self):
        about = self.about
        lines = [
            "%s, %s, %d cores, %s; Lacquer %s; JDK: %s" % (
                about["date"], about["cpu"], about["cores"], about["kernel"], about["lacquer"], about["jdk"]),
            "%d connections, %d resources, Zipf exponent %g, %s writes, seed %d; %d s after %d s of warm-up; `%s`" % (
                about["connections"], about["keys"], about["zipf"], share(about["writes"]), about["seed"],
                about["seconds"], about["warmup"], about["command"]),
            "the origin takes %g ms for each answer and makes %s; lists are kept for 60 s, states for 30 s%s" % (
                about["service_ms"], "%d at once, so %.0f a second at most" % (
                    about["workers"], 1000 * about["workers"] / about["service_ms"]) if (
                    about["workers"]) else "any number at once",
                "; Redis as L2" if about["redis"] else "; no L2"),
            "requests are due at a constant rate whatever becomes of the answers, and timed from that moment to the end of "
            "the answer; during the warm-up the rate rises from 0",
        ]
        if self.before and self.before.measured["rate"] != self.after.measured["rate"]:
            lines.append("without a cache %d requests/s were offered, not %d: what the origin survives" % (
                self.before.measured["rate"], self.after.measured["rate"]))
        for phase in self.phases:
            others = phase.measured["others"]
            lines.append("%s: other processes used %s of all cores%s; the load generator was late by %s at most" % (
                NAMES[phase.name], share(others, 0), ": the machine was not quiet" if others > QUIET else "",
                ms(phase.whole["lag_ms"])))
        counted = self.after.measured["metrics"]
        if counted:
            lines.append("since the start, warm-up included: %s of the hits took the short way, %d requests waited for "
                         "another's fetch, %d entries left L1 for want of space" % (
                             share(counted["lacquer_fast_hits_total"] / max(1, counted["cache_hits_total"])),
                             counted["lacquer_collapsed_total"], counted["lacquer_l1_evictions_total"]))
        if about.get("java_opts"):
            lines.append("LACQUER_JAVA_OPTS: %s" % about["java_opts"])
        return lines


def terminal(result):
    figures = Figures(result)
    return "\n".join(["", aligned(figures.compared()), "", aligned(figures.goals()), ""] + figures.facts())


def markdown(result):
    figures = Figures(result)
    return "\n".join(
        ["# A Zipf workload with writes, without a cache and with one", "",
         "![Requests at the origin, latency, and hit ratio over time](workload.svg)", ""]
        + ["- " + fact for fact in figures.facts()]
        + ["", table(figures.compared()), "", table(figures.goals()), ""])


def plot(result):
    figures = Figures(result)
    colours = {"direct": "other", "off": "blue", "after": "own"}
    picture = Picture("%d clients, a Zipf workload with %s writes: without a cache and with Lacquer" % (
        figures.about["connections"], share(figures.about["writes"])))
    picture.bars("Of 100 requests, how many reach the origin", [
        (NAMES[phase.name], 100 * phase.reach_origin, colours[phase.name]) for phase in figures.phases],
        lambda value: "%.1f" % value)
    least = min(value for phase in figures.phases for _, value in phase.whole["curve"])
    most = max(phase.time("max") for phase in figures.phases)
    picture.lines(
        "Latency in ms, by percentile",
        Axis(1, 10000, logarithmic=True), Axis(max(0.01, least / 1.5), max(100.0, 1.3 * most), logarithmic=True),
        [("%s, %d/s" % (NAMES[phase.name], phase.measured["rate"]), colours[phase.name],
          [(100 / (100 - percentile), value) for percentile, value in phase.whole["curve"] if percentile < 99.995])
         for phase in figures.phases],
        [(1, "0"), (2, "50"), (10, "90"), (20, "95"), (100, "99"), (1000, "99.9"), (10000, "99.99")], "percentile",
        marks=[(GOALS["p95"], "P95 wanted below this")], height=200)
    series, warmup = figures.after.measured["series"], figures.about["warmup"]
    x, shades = Axis(0, warmup + figures.about["seconds"]), [(0, warmup, "warm-up")] if warmup else []
    times = [one[of] for one in series for of in ("p50", "p99") if one[of]] or [1.0]
    picture.lines(
        "Latency through Lacquer in ms, of each second", x, Axis(min(times) / 1.5, 1.5 * max(times), logarithmic=True),
        [(name, colour, [(one["at"], one[of] or None) for one in series])
         for name, colour, of in (("P50", "other", "p50"), ("P95", "own", "p95"), ("P99", "blue", "p99"))],
        marks=[(GOALS["p95"], "P95 wanted below this")] if max(times) > GOALS["p95"] / 2 else [], shades=shades)
    picture.lines(
        "Through Lacquer, in % of each second", x, Axis(0, 100),
        [("hit ratio of reads", "own", [(one["at"], one["hits"]) for one in series]),
         ("requests that reach the origin", "other", [(one["at"], one["origin"]) for one in series])],
        x_name="seconds since the start, with an empty cache", shades=shades)
    return picture.svg()


def write(result, out):
    out.mkdir(parents=True, exist_ok=True)
    (out / "workload.md").write_text(markdown(result))
    (out / "workload.svg").write_text(plot(result))
    (out / "workload.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
