"""What is read from the JVM's logs, and what becomes of figures."""

import unittest

from jvm import table
from jvm.choices import BY_NAME, CHOICES, SHIPPED
from jvm.pauses import Pauses
from scaling.start import TRAINING, of_aot_cache, trained

G1 = """\
[1000000000ns][gc,start       ] GC(7) Pause Young (Normal) (G1 Evacuation Pause)
[1002000000ns][gc             ] GC(7) Pause Young (Normal) (G1 Evacuation Pause) 94M->34M(96M) 1.694ms
[1002100000ns][safepoint      ] Safepoint "G1CollectForAllocation", Time since last: 661163 ns, \
Reaching safepoint: 62713 ns, At safepoint: 1949262 ns, Leaving safepoint: 100 ns, Total: 2012075 ns, Threads: 0 runnable, 10 total
[1003000000ns][gc             ] GC(8) Concurrent Mark Cycle 12.345ms
[1004000000ns][gc             ] GC(8) Pause Remark 34M->34M(96M) 0.500ms
[9000000000ns][gc             ] GC(9) Pause Full (G1 Compaction Pause) 94M->34M(96M) 13.219ms
"""
Z = """\
[1000000000ns][gc,phases   ] GC(390) y: Pause Mark Start 0.011ms
[1000000100ns][gc,phases   ] GC(390) y: Concurrent Mark 3.011ms
[1000000200ns][gc          ] Allocation Stall (loop-1) 10.045ms
[1000000300ns][gc,stats    ]       Young Pause: Pause Mark End       0.010 / 0.092         0.010 / 0.092     ms
"""
SHENANDOAH = """\
[1000000000ns][gc,start       ] GC(114) Pause Init Update Refs
[1000000100ns][gc             ] GC(114) Pause Init Update Refs 0.048ms
[1000000200ns][gc             ] GC(115) Pause Degenerated GC (Evacuation) 90M->40M(96M) 20.500ms
[1000000300ns][gc,stats       ] Pause Degenerated GC (G)       =    0.710 s (a =    32285 us) (n =    22)
"""


def load(number, **values):
    return {"round": number, "p50_ms": 0.2, "p99_ms": 2.0, "p999_ms": 10.0, "cpu_us": 50.0, "pauses": 3,
            "paused_ms": 30.0, "seconds": 10.0, "longest_pause_ms": 12.0, "rss": 2**29, "memory_file": 2**20,
            "hit_ratio": 0.8, "others": 0.0, "lag_ms": 0.1, **values}


def choice(name, loads, failures=()):
    starts = [{"aot": with_, "ready_ms": 500.0, "round": 1} for with_ in (True, False)]
    return {"name": name, "what": "", "options": ["-Xmx1g"], "starts": starts, "loads": loads,
            "failures": list(failures), "aot": {"share": 0.9, "objects": "mapped", "linked": True, "said": ""}}


class PausesTest(unittest.TestCase):
    def test_pauses_of_every_collector_are_found_once(self):
        found = Pauses(G1.splitlines(), 0, 5)
        self.assertEqual(found.collector, [1.694, 0.5])
        self.assertEqual(found.stopped, [2.012075])
        found = Pauses(Z.splitlines(), 0, 5)
        self.assertEqual((found.collector, found.stalls), ([0.011], [10.045]))
        self.assertEqual(Pauses(SHENANDOAH.splitlines(), 0, 5).collector, [0.048, 20.5])

    def test_only_those_within_the_time_count(self):
        self.assertEqual(Pauses(G1.splitlines(), 8, 10).summary(), {
            "pauses": 1, "longest_pause_ms": 13.219, "paused_ms": 13.219, "longest_stop_ms": 0.0, "stalls": 0})


class ChoicesTest(unittest.TestCase):
    def test_shipped_is_the_first_and_names_are_given_once(self):
        self.assertEqual(CHOICES[0].name, SHIPPED)
        self.assertEqual(len(BY_NAME), len(CHOICES))
        self.assertEqual(CHOICES[0].options(256), ["-Xmx1024m"])
        self.assertEqual(BY_NAME["touched"].options(256), ["-Xmx1024m", "-Xms1024m", "-XX:+AlwaysPreTouch"])

    def test_training_has_the_flags_of_the_choice_and_one_collector(self):
        self.assertEqual(trained(["-Xmx1g"]), TRAINING)
        for one in CHOICES:
            flags = trained(one.options(256))
            collectors = [flag for flag in flags if flag.startswith("-XX:+Use") and flag.endswith("GC")]
            self.assertEqual(len(collectors), 1, flags)
            self.assertTrue({flag for flag in one.options(256) if not flag.startswith("-Xm")} <= set(flags))

    def test_what_of_the_aot_cache_is_used(self):
        mapped = "[info   ] Heap data mapped at 0x1, size = 2\n[info   ] Using AOT-linked classes: true\n"
        self.assertEqual(of_aot_cache(mapped), {"objects": "mapped", "linked": True, "said": ""})
        self.assertEqual(of_aot_cache("[info] Loaded heap    region #3 at base 0x1\n")["objects"], "loaded")
        self.assertEqual(of_aot_cache("[info] x\n[warning] it can't be used\n"),
                         {"objects": "unused", "linked": False, "said": "it can't be used"})


class TableTest(unittest.TestCase):
    def test_ratios_are_within_a_round_and_failures_are_told(self):
        about = {"date": "", "cpu": "", "cores": 2, "kernel": "", "lacquer": "", "jdk": "", "rounds": 2, "seconds": 10,
                 "warmup": 5, "command": "", "rate": 1000, "connections": 64, "keys": 1000, "zipf": 1.0,
                 "l1_bytes": 2**28, "service_ms": 1.0, "apart": True}
        result = {"about": about, "choices": [
            choice(SHIPPED, [load(1), load(2, p999_ms=40.0)]),
            choice("other", [load(2, p999_ms=20.0)], [{"round": 1, "why": "it ended\nby itself"}]),
            choice("never", [], [{"round": 1, "why": "it ended"}])]}
        said = table.terminal(result)
        self.assertIn("0.50 (0.50–0.50)", said)
        self.assertIn("never    fails", said)
        self.assertIn("other, round 1: it ended", said)
        self.assertNotIn("by itself", said)
        self.assertIn("| shipped | 0.20 (0.20–0.20) | 2.00 (2.00–2.00) | 25.0 (10.0–40.0) |", table.markdown(result))


if __name__ == "__main__":
    unittest.main()
