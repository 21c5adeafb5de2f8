"""What bench/choices compares: what is shipped, and one change at a time."""

SHIPPED = "shipped"


class Choice:
    """Options of the JVM beside those that the launcher gives; a heap in parts of tiers.l1.size."""

    def __init__(self, name, what, *options, heap=4.0):
        self.name = name
        self.what = what
        self.own = list(options)
        self.heap = heap

    def options(self, l1):
        """With a tiers.l1.size of so many MiB."""
        heap = round(self.heap * l1)
        return ["-Xmx%dm" % heap] + [option.replace("HEAP", "%dm" % heap) for option in self.own]


CHOICES = (
    Choice(
        SHIPPED,
        "G1, compact object headers, bodies of more than 48 KiB in the memory file once they are asked for again",
    ),
    Choice("serial", "the serial collector", "-XX:+UseSerialGC"),
    Choice("parallel", "the parallel collector", "-XX:+UseParallelGC"),
    Choice("zgc", "ZGC, generational", "-XX:+UseZGC"),
    Choice("shenandoah", "Shenandoah", "-XX:+UseShenandoahGC"),
    Choice("shenandoah-young", "Shenandoah, generational", "-XX:+UseShenandoahGC", "-XX:ShenandoahGCMode=generational"),
    Choice("pauses-20", "G1 that aims at pauses of 20 ms", "-XX:MaxGCPauseMillis=20"),
    Choice("wide-headers", "object headers of 12 bytes", "-XX:-UseCompactObjectHeaders"),
    Choice("touched", "the whole heap is there and touched at the start", "-XmsHEAP", "-XX:+AlwaysPreTouch"),
    Choice("huge-pages", "the heap in transparent huge pages", "-XX:+UseTransparentHugePages"),
    Choice("heap-only", "bodies of all sizes in the heap", "-Dlacquer.heap-only=true"),
    Choice("file-1k", "bodies from 1 KiB on in the memory file", "-Dlacquer.file-from=1000"),
    Choice("file-8k", "bodies of more than 8 KiB in the memory file", "-Dlacquer.file-from=8192"),
    Choice("heap-small", "the heap of a container that is four times tiers.l1.size", heap=1.6),
    Choice("heap-large", "a heap of ten times tiers.l1.size", heap=10.0),
)
BY_NAME = {choice.name: choice for choice in CHOICES}
