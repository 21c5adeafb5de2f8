"""What was found, beside what was wanted."""

import json
import statistics
import sys


def number(value):
    return "%.2f" % value if abs(value) < 10 else "%.1f" % value if abs(value) < 1000 else "{:,.0f}".format(value)


class Rows:
    """The results of one part: one row for each figure, and all that it comes from."""

    def __init__(self):
        self.rows = []
        self.measured = []
        self.notes = {}

    def add(self, what, values, unit, at_most=None, below=None):
        """A figure by its values in all rounds, the median of which is what counts."""
        values = [float(value) for value in (values if isinstance(values, (list, tuple)) else [values])]
        found = statistics.median(values)
        row = {"what": what, "unit": unit, "found": found, "least": min(values), "most": max(values),
               "rounds": len(values)}
        if at_most is not None:
            row.update(wanted="≤ %g" % at_most, holds=found <= at_most)
        elif below is not None:
            row.update(wanted="< %g" % below, holds=found < below)
        self.rows.append(row)
        print("  = %s: %s %s" % (what, number(found), unit), file=sys.stderr, flush=True)

    def keep(self, found):
        """The measurements behind figures."""
        for ones in found.values():
            self.measured += ones

    def note(self, name, value):
        """What explains a figure."""
        self.notes[name] = value

    def result(self):
        return {"rows": self.rows, **({"notes": self.notes} if self.notes else {}), "measured": self.measured}


def terminal(result):
    lines = [["part", "what", "found", "", "wanted", ""]]
    for part, of in result["parts"].items():
        for row in of["rows"]:
            spread = "(%s–%s)" % (number(row["least"]), number(row["most"])) if row["rounds"] > 1 else ""
            lines.append([
                part, row["what"], "%s %s" % (number(row["found"]), row["unit"]), spread,
                "%s" % row.get("wanted", ""), {True: "", False: "falls short", None: ""}[row.get("holds")]])
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    for part, of in result["parts"].items():
        for name, value in of.get("notes", {}).items():
            text += ["", "%s, %s" % (part, name)] + noted(value)
    about = result["about"]
    others = [one["others"] for of in result["parts"].values() for one in of["measured"] if "others" in one]
    text += ["", "%s, %s, %s; Lacquer %s; %s" % (
        about["date"], about["cpu"], about["kernel"], about["lacquer"], about.get("jdk", ""))]
    text.append("medians (min–max) of rounds; ratios are within a round; `%s`" % about["command"])
    if others:
        text.append("other processes used %.0f %% of the servers' core (median; %.0f %% at most)" % (
            100 * statistics.median(others), 100 * max(others)))
    return "\n".join([""] + text)


def noted(value):
    if isinstance(value, dict):
        return ["  %10s  %s" % (number(of) if isinstance(of, (int, float)) else of, name)
                for name, of in value.items()]
    return ["  " + str(value)]


def rounded(value):
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(of) for key, of in value.items()}
    return [rounded(of) for of in value] if isinstance(value, list) else value


def write(result, file):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(rounded(result), indent=1, ensure_ascii=False) + "\n")
