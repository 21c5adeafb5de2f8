"""What bench/soak has measured: the verdict, as tables, JSON and a picture."""

import json
import statistics

from load.picture import Axis, Picture
from load.workload import QUIET, ms, share
from report import aligned, table

MIB = 2**20
GROWTH = 0.1  # of tiers.l1.size, after the first third
WHOLE_GROWTH = 1.1  # of tiers.l1.size, since the start
FEW = 8  # descriptors that may come with use: a log, a file that is watched


def mib(value):
    return "%.0f MiB" % (value / MIB)


class Figures:
    def __init__(self, result):
        self.about = result["about"]
        self.whole = result["whole"]
        self.samples = result["samples"]
        self.end = result["end"]
        self.beside = result["beside"]

    def between(self, what, first, last):
        """The median over a part of the time."""
        end = self.samples[-1]["at"]
        values = [one[what] for one in self.samples if first * end <= one["at"] <= last * end]
        return statistics.median(values or [self.samples[-1][what]])

    @property
    def settled(self):
        return self.between("rss", 1 / 3, 1 / 2)

    @property
    def last(self):
        return self.between("rss", 5 / 6, 1)

    @property
    def highest(self):
        return max([one["rss"] for one in self.samples] + [self.end["rss"]])

    @property
    def unaccounted(self):
        """By how much the memory file ever was larger than the ledger: its pages are in no process' RSS."""
        return max(one["file"] - one["ledger"] for one in self.samples)

    @property
    def error_rate(self):
        return sum(self.whole["errors"].values()) / max(1, self.whole["sent"])

    def verdict(self):
        """What is asked, what is wanted, what was seen, whether it is so."""
        size, ready, end = self.about["l1_bytes"], self.about["ready"], self.end
        growth = self.last - self.settled
        rows = [
            ("the ledger's peak", "at most %s" % mib(size), mib(end["ledger_peak"]),
             end["ledger_peak"] <= size == end["ledger_limit"]),
            ("RSS, last sixth over the sixth after the first third", "at most +%s" % mib(GROWTH * size),
             "%+.1f MiB" % (growth / MIB), growth <= GROWTH * size),
            ("RSS, highest over that at the start", "at most +%s" % mib(WHOLE_GROWTH * size),
             "+%s" % mib(self.highest - ready["rss"]), self.highest - ready["rss"] <= WHOLE_GROWTH * size),
            ("the memory file, beyond the ledger", "at most +%s" % mib(GROWTH * size), "%+.1f MiB" % (self.unaccounted / MIB),
             self.unaccounted <= GROWTH * size),
            ("descriptors once all is over", "at most %d" % (ready["descriptors"] + FEW), "%d" % end["descriptors"],
             end["descriptors"] <= ready["descriptors"] + FEW),
            ("client connections, flights once all is over", "0, 0",
             "%d, %d" % (end["clients"], end["flights"]), not end["clients"] and not end["flights"]),
            ("error rate", "< 0.1 %", share(self.error_rate, 3) + self.kinds(), self.error_rate < 0.001),
            ("outdated or wrong answers", "none", "%d" % self.wrong, not self.wrong),
            ("purges that failed", "none", "%d of %d" % (
                self.beside["purges_failed"], self.beside["purges"] + self.beside["purges_failed"]),
             not self.beside["purges_failed"]),
        ]
        return rows

    @property
    def wrong(self):
        return self.whole["outdated"] + self.whole["errors"]["wrong"]

    @property
    def sound(self):
        return all(met for _, _, _, met in self.verdict())

    def kinds(self):
        found = ["%d %s" % (count, name) for name, count in self.whole["errors"].items() if count]
        return " (%s)" % ", ".join(found) if found else ""

    def judged(self):
        return [["what", "wanted", "seen", ""]] + [
            [what, wanted, seen, "sound" if met else "NOT SOUND"] for what, wanted, seen, met in self.verdict()]

    def over_time(self):
        thirds = [(0, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 1)]

        def row(name, what, text):
            return [name] + [text(self.between(what, *third)) for third in thirds]

        def times(kind):
            return [" / ".join(ms(self.between("%s_%s" % (kind, of), *third)) for of in ("p50", "p99"))
                    for third in thirds]

        return [
            ["medians of the intervals in each third", "first", "second", "last"],
            row("RSS", "rss", mib),
            row("memory file", "file", mib),
            row("heap in use", "heap", mib),
            row("ledger", "ledger", mib),
            row("entries in L1", "entries", lambda value: "%d" % value),
            row("descriptors", "descriptors", lambda value: "%d" % value),
            row("threads", "threads", lambda value: "%d" % value),
            row("answers/s", "answered", lambda value: "%.0f" % value),
            ["hits, P50 / P99"] + times("hits"),
            ["misses, P50 / P99"] + times("misses"),
            ["large bodies, P50 / P99"] + times("large"),
        ]

    def facts(self):
        about, whole, beside = self.about, self.whole, self.beside
        results = whole["results"]
        lines = [
            "%s, %s, %d cores, %s; Lacquer %s; JDK: %s; LACQUER_JAVA_OPTS: %s" % (
                about["date"], about["cpu"], about["cores"], about["kernel"], about["lacquer"], about["jdk"],
                about["java_opts"]),
            "%g minutes, %d requests/s on %d connections, tiers.l1.size %s%s; `%s`" % (
                about["minutes"], about["rate"], about["connections"], mib(about["l1_bytes"]),
                ", Redis as L2" if about["redis"] else "", about["command"]),
            "%d answers: %d hits, %d misses, %d renewed, %d writes; %s of bodies; %d unique URLs; "
            "%d connections opened, %d requests abandoned" % (
                whole["answered"], results["HIT"] + results["STALE"], results["MISS"], results["REVALIDATED"],
                whole["writes"], mib(whole["bytes"]), self.end["unique"], whole["opened"], whole["abandoned"]),
            "%d slow readers took %s: %d bodies whole, %d left in the middle by the reader, %d cut by Lacquer, "
            "%d could not connect or were reset" % (
                about["slow"], mib(beside["slow_bytes"]), beside["slow_whole"], beside["slow_left"], beside["slow_cut"],
                beside["slow_failed"]),
            "%d purges; %d entries left L1 for want of space" % (beside["purges"], self.end["evictions"]),
            "RSS when ready %s, highest %s, at the end %s, and the memory file at most %s; descriptors when ready %d, "
            "most %d, at the end %d" % (
                mib(about["ready"]["rss"]), mib(self.highest), mib(self.end["rss"]),
                mib(max(one["file"] for one in self.samples)), about["ready"]["descriptors"],
                max(one["descriptors"] for one in self.samples), self.end["descriptors"]),
            "other processes used %s of all cores%s" % (
                share(about["others"], 0),
                ": the machine was not quiet, so latencies say little" if about["others"] > QUIET else ""),
        ]
        if beside["trouble"]:
            lines.append("the last purge that failed: " + beside["trouble"])
        return lines


def terminal(result):
    figures = Figures(result)
    return "\n".join(["", aligned(figures.over_time()), "", aligned(figures.judged()), ""] + figures.facts())


def markdown(result):
    figures = Figures(result)
    return "\n".join(
        ["# A mixed load for %g minutes" % figures.about["minutes"], "",
         "![Memory, descriptors and latency over time](soak.svg)", ""]
        + ["- " + fact for fact in figures.facts()]
        + ["", table(figures.over_time()), "", table(figures.judged()), ""])


def plot(result):
    figures = Figures(result)
    samples, about = figures.samples, figures.about
    minutes = [one["at"] / 60 for one in samples]
    picture = Picture("Lacquer under a mixed load for %g minutes, tiers.l1.size %s" % (
        about["minutes"], mib(about["l1_bytes"])))
    x = Axis(0, max(minutes))

    def points(what, unit=1):
        return [(at, one[what] / unit) for at, one in zip(minutes, samples)]

    picture.lines(
        "Memory in MiB", x, Axis(0, 1.05 * max(one["rss"] for one in samples) / MIB),
        [("RSS", "own", points("rss", MIB)), ("heap in use", "other", points("heap", MIB)),
         ("ledger", "blue", points("ledger", MIB)), ("memory file", "green", points("file", MIB))],
        marks=[(about["l1_bytes"] / MIB, "tiers.l1.size")], height=190)
    picture.lines(
        "Descriptors and threads", x, Axis(0, 1.1 * max(one["descriptors"] for one in samples)),
        [("descriptors", "own", points("descriptors")), ("client connections", "blue", points("clients")),
         ("threads", "other", points("threads"))])
    times = [one[what] for one in samples for what in ("hits_p50", "hits_p99", "misses_p99", "large_p99") if one[what]]
    picture.lines(
        "Latency in ms", x, Axis(min(times) / 1.5, 1.5 * max(times), logarithmic=True),
        [("hits, P50", "other", points("hits_p50")), ("hits, P99", "own", points("hits_p99")),
         ("misses, P99", "blue", points("misses_p99")), ("1 MiB, P99", "green", points("large_p99"))], height=190)
    picture.lines(
        "Answers a second", x, Axis(0, 1.1 * max(one["answered"] for one in samples)),
        [("all", "other", points("answered")), ("hits", "own", points("hit_rate")),
         ("misses", "blue", points("miss_rate"))], x_name="minutes", height=110)
    return picture.svg()


def write(result, out):
    out.mkdir(parents=True, exist_ok=True)
    figures = Figures(result)
    (out / "soak.md").write_text(markdown(result))
    (out / "soak.svg").write_text(plot(result))
    whole = {**result, "sound": figures.sound}
    (out / "soak.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n")
