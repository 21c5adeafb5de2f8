"""What bench/choices has measured, as tables and JSON."""

import json
import statistics

from report import aligned, spread, table
from scaling.table import rounded

MIB = 2**20
QUIET = 0.05
LAG = 1.0  # milliseconds by which the generator may be late itself


def ms(value):
    return "%.2f" % value if value < 10 else "%.1f" % value if value < 100 else "%.0f" % value


def mib(value):
    return "%.0f" % (value / MIB)


class Figures:
    def __init__(self, result):
        self.about = result["about"]
        self.choices = result["choices"]
        self.shipped = self.choices[0]

    @staticmethod
    def of(choice, what):
        return [one[what] for one in choice["loads"]]

    def to_shipped(self, choice, what):
        """Round by round, of rounds that both have."""
        base = {one["round"]: one[what] for one in self.shipped["loads"]}
        return [one[what] / base[one["round"]] for one in choice["loads"] if base.get(one["round"])]

    def under_load(self):
        rows = [["choice", "P50, ms", "P99, ms", "P99.9, ms", "to shipped", "CPU a request, µs", "to shipped",
                 "pauses", "longest, ms", "all, ms/s"]]
        for choice in self.choices:
            if not choice["loads"]:
                rows.append([choice["name"], "fails"] + [""] * 8)
                continue
            paused = [one["paused_ms"] / one["seconds"] for one in choice["loads"]]
            rows.append([
                choice["name"],
                *(spread(self.of(choice, what), ms) for what in ("p50_ms", "p99_ms", "p999_ms")),
                spread(self.to_shipped(choice, "p999_ms")),
                spread(self.of(choice, "cpu_us")),
                spread(self.to_shipped(choice, "cpu_us")),
                spread(self.of(choice, "pauses"), lambda value: "%.0f" % value),
                spread(self.of(choice, "longest_pause_ms"), ms),
                spread(paused, ms),
            ])
        return rows

    def beside(self):
        rows = [["choice", "RSS at most, MiB", "memory file, MiB", "hits", "ready with the AOT cache, ms",
                 "without, ms", "classes from it", "its objects", "linked"]]
        for choice in self.choices:
            aot, loads = choice["aot"], choice["loads"]
            ready = [[one["ready_ms"] for one in choice["starts"] if one["aot"] == with_] for with_ in (True, False)]
            rows.append([
                choice["name"],
                spread(self.of(choice, "rss"), mib) if loads else "",
                mib(statistics.median(self.of(choice, "memory_file"))) if loads else "",
                "%.1f %%" % (100 * statistics.median(self.of(choice, "hit_ratio"))) if loads else "",
                *(spread(of, lambda value: "%.0f" % value) if of else "" for of in ready),
                "%.0f %%" % (100 * aot["share"]), aot["objects"], "yes" if aot["linked"] else "no",
            ])
        return rows

    def meaning(self):
        return [["choice", "what is other than shipped", "options"]] + [
            [choice["name"], choice["what"], "`%s`" % " ".join(choice["options"])] for choice in self.choices]

    def facts(self):
        about = self.about
        loads = [one for choice in self.choices for one in choice["loads"]]
        others, lag = [one["others"] for one in loads], [one["lag_ms"] for one in loads]
        lines = [
            "%s, %s, %d cores, %s; Lacquer %s; JDK: %s" % (
                about["date"], about["cpu"], about["cores"], about["kernel"], about["lacquer"], about["jdk"]),
            "medians (min–max) of %d rounds; %d s after %d s of warm-up; `%s`" % (
                max(len(choice["loads"]) for choice in self.choices), about["seconds"], about["warmup"],
                about["command"]),
            "%d requests/s on %d connections, timed from when each was due; bodies of 1, 10 and 100 KiB (12 : 7 : 1) "
            "under %d URLs, Zipf exponent %g; tiers.l1.size %s MiB, full; a miss takes the origin %g ms" % (
                about["rate"], about["connections"], about["keys"], about["zipf"], mib(about["l1_bytes"]),
                about["service_ms"]),
            "Lacquer on one core, load and origin on another: the JVM sees one CPU" if about["apart"] else
            "Lacquer, load and origin share all cores",
            "other processes used %.0f %% of all cores (median; %.0f %% at most)%s" % (
                100 * statistics.median(others), 100 * max(others),
                ": the machine was not quiet, so latencies say little" if statistics.median(others) > QUIET else ""),
            "the load generator was late by %.1f ms (median; %.1f ms at most)%s" % (
                statistics.median(lag), max(lag), ", which is in the latencies" if max(lag) > LAG else ""),
        ]
        if about.get("ended"):
            lines.insert(0, "this comparison has ended early, %s" % about["ended"])
        for choice in self.choices:
            for failure in choice["failures"]:
                lines.append("%s, round %d: %s" % (choice["name"], failure["round"], failure["why"].splitlines()[0]))
            if choice["aot"]["said"]:
                lines.append("%s: the JVM on its AOT cache: %s" % (choice["name"], choice["aot"]["said"]))
        return lines


def terminal(result):
    figures = Figures(result)
    return "\n".join(["", aligned(figures.under_load()), "", aligned(figures.beside()), ""] + figures.facts())


def markdown(result):
    figures = Figures(result)
    return "\n".join(
        ["# Choices of the JVM's flags and of the homes of bodies", ""] + ["- " + fact for fact in figures.facts()]
        + ["", table(figures.under_load()), "", table(figures.beside()), "", table(figures.meaning()), ""])


def write(result, out):
    out.mkdir(parents=True, exist_ok=True)
    (out / "choices.md").write_text(markdown(result))
    (out / "choices.json").write_text(json.dumps(rounded(result), indent=1, ensure_ascii=False) + "\n")
