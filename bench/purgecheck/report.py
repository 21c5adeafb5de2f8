"""What a run has found, for people and for programs."""

import json

from purgecheck.checker import quantile

SHOWN = 10


def ms(seconds):
    if seconds is None:
        return "-"
    return ("%.0f ms" if seconds >= 0.0095 else "%.1f ms") % (1000 * seconds)


def violation_text(violation, nodes, model):
    purge, read = violation.purge, violation.read
    promise = {"all": "wait=all", "local": "wait=local, same node", "settled": "in force everywhere once all was healed"}
    name, _, as_fresh = violation.promise.partition(",")
    since = "that" if name == "settled" else "the acknowledgement"
    if purge.soft and not as_fresh and model.resources[read.resource].window:
        since = "the window that began with " + since
    return ("%s: %s #%d by %s on %s, floor %d, acknowledged at %.3f; but %.0f ms after %s GET %s on %s, begun at %.3f: "
            "version %d, %s %s%s" % (
                promise[name], "soft " * purge.soft + purge.kind, purge.id, purge.wait, nodes[purge.node].name,
                purge.floor, purge.end, 1000 * violation.gap, since, model.resources[read.resource].path,
                nodes[read.node].name, read.start, read.version, read.cache, read.level,
                ", not said to be stale" if as_fresh else ""))


def failure_text(failure, nodes):
    return "%s on %s at %.3f, after %.0f ms: %s" % (
        failure.what, nodes[failure.node].name, failure.start, 1000 * (failure.end - failure.start), failure.why)


def terminal(result):
    lines = []

    def row(label, value):
        lines.append("%-34s %s" % (label, value))

    row("reads checked", "%d (%s)" % (result["reads"], counts(result["reads_by_cache"])))
    row("purges and writes", counts(result["operations"]))
    row("answers to purges", counts(result["answers"]))
    row("acknowledged, by promise", counts(result["promised"]))
    row("faults", counts(result["faults"]) or "none")
    row("requests to the origin", result["origin_requests"])
    lag = result["lag"]
    row("lag on other nodes, wait=local", "p50 %s, p99 %s, max %s of %d" % (
        ms(lag["p50"]), ms(lag["p99"]), ms(lag["max"]), lag["count"]))
    slow = result["acknowledged_in"]
    for wait, found in sorted(slow.items()):
        row("time to acknowledge, %s" % wait, "p50 %s, p99 %s, max %s" % tuple(
            ms(found[what]) for what in ("p50", "p99", "max")))
    row("violations", "%d reads of %d purges (%s)" % (
        sum(result["violations"].values()), result["violated_purges"], counts(result["violations"])))
    row("answers that contradict themselves", result["unlike"])
    row("failed without need", "%d, and %d while their node was killed or frozen" % (
        len(result["failed"]), result["failed_excused"]))
    if result["ended"]:
        row("nodes that ended by themselves", ", ".join(result["ended"]))
    for text in result["examples"][:SHOWN]:
        lines.append("  " + text)
    for text in result["failed"][:SHOWN]:
        lines.append("  " + text)
    return "\n".join(lines)


def counts(values):
    return ", ".join("%s %s" % (name, value) for name, value in values.items())


def spread(values):
    return {"count": len(values), "p50": quantile(values, 0.5), "p99": quantile(values, 0.99),
            "max": max(values, default=None)}


def write(folder, result, history, events):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(json.dumps(result, indent=1) + "\n")
    with open(folder / "history.jsonl", "w") as file:
        for one in [{"read": read._asdict()} for read in history.reads] + [
                {"purge": purge.json()} for purge in history.purges] + [
                {"failure": vars(failure)} for failure in history.failures] + [{"fault": event} for event in events]:
            file.write(json.dumps(one) + "\n")
