"""Whether a history keeps what its acknowledged purges promise.

An answer is older than a purge if its version is lower than the purge's floor. Times are of one monotonic clock in one
process: a read's start is taken before it is sent, a purge's end after its answer has come, so that a read that starts
at or after the end did begin after the acknowledgement.

After a soft purge an older answer may be served for as long as the policy's window for stale ones lasts, if it is said
to be stale: never as a fresh hit. Past that window, or without one, a soft purge promises what a hard one does.
"""

import bisect
import collections

PROMISES = ("all", "local", "settled")
AS_FRESH = {promise: promise + ", as fresh" for promise in PROMISES}  # what a soft purge forbids at once
STALE = "STALE"
# A window begins when the log has the purge, or when a fetch from before it ends: both may be after the acknowledgement
# by what the log's time and the node's differ, and by how long the origin takes.
SLACK = 0.5


class Read(collections.namedtuple("Read", "start end node resource version cache variant level")):
    """A read that was answered."""


class Purge:
    """A purge or a write through a node. `promise` is what its answer promised: all, local or nothing."""

    __slots__ = ("id", "kind", "node", "wait", "soft", "floor", "resources", "start", "end", "status", "promise",
                 "said")

    def __init__(self, id, kind, node, wait, soft, floor, resources, start, end=0.0, status=0, promise=None, said=None):
        self.id = id
        self.kind = kind
        self.node = node
        self.wait = wait
        self.soft = soft
        self.floor = floor
        self.resources = resources
        self.start = start
        self.end = end
        self.status = status
        self.promise = promise
        self.said = said

    def json(self):
        return {name: getattr(self, name) for name in self.__slots__}


Violation = collections.namedtuple("Violation", "promise purge read gap")


def settled_at(acknowledged, quiet, settle):
    """When a purge is to be in force everywhere: once nothing was wrong for as long as the settle time after it. None if
    that time has not come. `quiet` holds the intervals without a fault, in order."""
    for began, ended in quiet:
        at = max(began, acknowledged) + settle
        if at <= ended:
            return at
    return None


class Rules:
    """The floors of one resource on one node under one promise, in the order in which they come into force."""

    def __init__(self):
        self.found = []

    def add(self, at, purge):
        self.found.append((at, purge.floor, purge))

    def seal(self):
        self.found.sort(key=lambda one: one[0])
        self.times = [at for at, _, _ in self.found]
        self.highest = []
        highest = 0
        for _, floor, _ in self.found:
            highest = max(highest, floor)
            self.highest.append(highest)

    def violated_by(self, read):
        """The purge in force for the longest time that the read is older than, with that time; else None."""
        in_force = bisect.bisect_right(self.times, read.start)
        first = bisect.bisect_right(self.highest, read.version, 0, in_force)
        if first < in_force:
            at, _, purge = self.found[first]
            return purge, read.start - at
        return None


def check(reads, purges, nodes, quiet=(), settle=0.0, windows=None):
    """All violations, by the start of the read: one for each read and promise that it breaks. `windows` tells for how
    many seconds a resource may be stale after a soft purge; 0 unless it does."""
    rules = {promise: {} for promise in [*PROMISES, *AS_FRESH.values()]}

    def add(promise, resource, node, at, purge):
        window = windows.get(resource, 0) if windows and purge.soft else 0
        if window:
            rules[AS_FRESH[promise]].setdefault((resource, node), Rules()).add(at, purge)
            at += window + SLACK
        rules[promise].setdefault((resource, node), Rules()).add(at, purge)

    for purge in purges:
        if purge.promise is None:
            continue
        settled = settled_at(purge.end, quiet, settle)
        for resource in purge.resources:
            add("local", resource, purge.node, purge.end, purge)
            for node in nodes:
                if purge.promise == "all":
                    add("all", resource, node, purge.end, purge)
                if settled is not None:
                    add("settled", resource, node, settled, purge)
    for by_place in rules.values():
        for one in by_place.values():
            one.seal()
    found = []
    for read in reads:
        for promise in rules:
            if promise not in PROMISES and read.cache == STALE:
                continue
            one = rules[promise].get((read.resource, read.node))
            broken = one.violated_by(read) if one else None
            if broken:
                found.append(Violation(promise, broken[0], read, broken[1]))
    found.sort(key=lambda violation: violation.read.start)
    return found


def lags(reads, purges, nodes):
    """For each purge that promised its own node only, and each other node: seconds from the acknowledgement to the
    start of the last read there that got something older, 0 if there was none."""
    places = {}
    for read in reads:
        places.setdefault((read.resource, read.node), []).append((read.start, read.version))
    for place, found in places.items():
        found.sort()
        lowest, from_here = [0] * len(found), float("inf")
        for at in range(len(found) - 1, -1, -1):
            from_here = min(from_here, found[at][1])
            lowest[at] = from_here
        places[place] = ([start for start, _ in found], lowest)
    result = []
    for purge in purges:
        if purge.promise != "local" or purge.soft:
            continue
        for node in nodes:
            if node == purge.node:
                continue
            lag = 0.0
            for resource in purge.resources:
                starts, lowest = places.get((resource, node), ((), ()))
                last = bisect.bisect_left(lowest, purge.floor) - 1
                if last >= 0:
                    lag = max(lag, starts[last] - purge.end)
            result.append(lag)
    return result


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(share * len(values)))] if values else None


def excused(start, end, outages, before=0.05, after=0.25):
    """Whether a node was killed or frozen at some time of a request."""
    return any(began - before <= end and start <= ended + after for began, ended in outages)
