"""What a log of the JVM (-Xlog:gc*,safepoint with time in nanoseconds) tells of pauses."""

import re

LOG = "-Xlog:gc*,safepoint:file=%s:tn,tags:filecount=0"
LINE = re.compile(r"^\[(\d+)ns\]\[([\w,]+) *\] (.*)")
# One line for each pause of any collector: others of the same collection have no time at their end, or begin otherwise.
PAUSE = re.compile(r"GC\(\d+\) (?:[yYO]: )?Pause .*?([\d.]+)ms$")
STALL = re.compile(r"(?:Allocation Stall|Pacing|Out Of Memory).*?([\d.]+)ms$")
STOPPED = re.compile(r'Safepoint "(\w+)".* Total: +(\d+) ns')


class Pauses:
    """Between two moments of the system's monotonic clock, in seconds; times in milliseconds."""

    def __init__(self, lines, since, until):
        self.collector, self.stopped, self.stalls = [], [], []
        for line in lines:
            found = LINE.match(line)
            if not found or not since <= int(found.group(1)) / 1e9 <= until:
                continue
            said = found.group(3).strip()
            pause, stall, stop = PAUSE.search(said), STALL.search(said), STOPPED.search(said)
            if pause:
                self.collector.append(float(pause.group(1)))
            elif stall:
                self.stalls.append(float(stall.group(1)))
            elif stop:
                self.stopped.append(int(stop.group(2)) / 1e6)

    def summary(self):
        return {
            "pauses": len(self.collector),
            "longest_pause_ms": max(self.collector, default=0.0),
            "paused_ms": sum(self.collector),
            "longest_stop_ms": max(self.stopped, default=0.0),
            "stalls": len(self.stalls),
        }
