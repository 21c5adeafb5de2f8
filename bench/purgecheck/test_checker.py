"""The checker on histories that are made up."""

import random
import unittest

from purgecheck.checker import AS_FRESH, SLACK, Purge, Read, check, excused, lags, quantile, settled_at

FOREVER = float("inf")


def read(start, version, node=0, resource=0, end=None, cache="HIT"):
    return Read(start, end or start + 0.01, node, resource, version, cache, "a", "L1")


def purge(end, floor, promise="all", node=0, resources=(0,), soft=False, id=1):
    return Purge(id, "tag", node, promise, soft, floor, list(resources), end - 0.1, end, 200, promise)


def broken(reads, purges, **rest):
    return [(violation.promise, violation.read.start) for violation in check(reads, purges, (0, 1, 2), **rest)]


class PromiseTest(unittest.TestCase):
    def test_nothing_older_anywhere_after_wait_all(self):
        reads = [read(9.99, 1), read(10.0, 1, node=1), read(10.5, 2, node=2), read(11, 3)]
        self.assertEqual(broken(reads, [purge(10, 2)]), [("all", 10.0)])

    def test_a_read_that_began_before_the_acknowledgement_may_be_old(self):
        self.assertEqual(broken([read(9.999, 1, end=12.0)], [purge(10, 2)]), [])

    def test_the_issuing_node_is_held_to_both(self):
        self.assertEqual(broken([read(10, 1)], [purge(10, 2)]), [("all", 10), ("local", 10)])

    def test_other_nodes_may_lag_after_wait_local(self):
        reads = [read(10.1, 1), read(10.1, 1, node=1)]
        self.assertEqual(broken(reads, [purge(10, 2, "local")]), [("local", 10.1)])

    def test_other_nodes_must_have_it_once_all_was_quiet(self):
        reads = [read(start, 1, node=1) for start in (11, 13.9, 14.1)]
        quiet = [(0, 10.5), (12, 20)]
        self.assertEqual(broken(reads, [purge(10, 2, "local")], quiet=quiet, settle=2), [("settled", 14.1)])

    def test_a_purge_that_was_not_acknowledged_promises_nothing(self):
        self.assertEqual(broken([read(11, 1)], [purge(10, 2, None)], quiet=[(0, FOREVER)], settle=0.1), [])

    def test_other_resources_are_of_no_concern(self):
        self.assertEqual(broken([read(11, 1, resource=1)], [purge(10, 2)]), [])

    def test_the_highest_floor_counts_also_where_it_was_acknowledged_first(self):
        purges = [purge(10, 5, id=1), purge(11, 3, id=2)]
        self.assertEqual(broken([read(12, 4, node=1)], purges), [("all", 12)])

    def test_the_purge_that_was_in_force_for_longest_is_named(self):
        purges = [purge(10, 2, id=1), purge(11, 4, id=2), purge(12, 6, id=3)]
        (violation,) = check([read(13, 3, node=1)], purges, (0, 1))
        self.assertEqual((violation.purge.id, violation.gap), (2, 2))

    def test_it_agrees_with_the_definition(self):
        dice = random.Random(1)
        seen = set()
        for _ in range(300):
            purges = [purge(dice.randint(0, 50), dice.randint(1, 20), dice.choice(["all", "local", None]),
                            dice.randint(0, 2), dice.sample(range(4), 2), dice.random() < 0.3, id)
                      for id in range(dice.randint(0, 8))]
            reads = [read(dice.randint(0, 60), dice.randint(0, 20), dice.randint(0, 2), dice.randint(0, 3),
                          cache=dice.choice(["HIT", "MISS", "STALE"])) for _ in range(30)]
            quiet = [(5, 12), (20, 33), (35, FOREVER)]
            windows = {0: 5, 1: 12, 2: 0}
            wanted = set()
            for at, one in enumerate(reads):
                for each in purges:
                    if not each.promise or one.resource not in each.resources or one.version >= each.floor:
                        continue
                    window = windows.get(one.resource, 0) if each.soft else 0
                    in_force = {"settled": settled_at(each.end, quiet, 4)}
                    if each.promise == "all":
                        in_force["all"] = each.end
                    if one.node == each.node:
                        in_force["local"] = each.end
                    for promise, since in in_force.items():
                        if since is None or one.start < since:
                            continue
                        if not window or one.start >= since + window + SLACK:
                            wanted.add((promise, at))
                        if window and one.cache != "STALE":
                            wanted.add((AS_FRESH[promise], at))
            at_of = {id(one): at for at, one in enumerate(reads)}
            found = [(violation.promise, at_of[id(violation.read)])
                     for violation in check(reads, purges, (0, 1, 2), quiet, 4, windows)]
            self.assertEqual(len(found), len(set(found)))
            self.assertEqual(set(found), wanted)
            seen.update(promise for promise, _ in found)
        self.assertEqual(len(seen), 6)


class SoftTest(unittest.TestCase):
    WINDOWS = {0: 2}

    def broken(self, reads, purges, **rest):
        return broken(reads, purges, windows=self.WINDOWS, **rest)

    def test_what_is_older_may_be_served_as_stale_within_the_window(self):
        reads = [read(10, 1, cache="STALE"), read(11.9, 1, node=1, cache="STALE")]
        self.assertEqual(self.broken(reads, [purge(10, 2, soft=True)]), [])

    def test_never_as_anything_else(self):
        for cache in ("HIT", "MISS", "REVALIDATED", "BYPASS", ""):
            reads = [read(9.9, 1, node=1, cache=cache), read(10.1, 1, node=1, cache=cache), read(10.2, 2, cache=cache)]
            self.assertEqual(self.broken(reads, [purge(10, 2, soft=True)]), [(AS_FRESH["all"], 10.1)])

    def test_not_past_the_window_whatever_is_said(self):
        late = 12 + SLACK
        reads = [read(late - 0.01, 1, node=1, cache="STALE"), read(late, 1, node=1, cache="STALE")]
        self.assertEqual(self.broken(reads, [purge(10, 2, soft=True)]), [("all", late)])

    def test_what_was_fetched_since_is_of_no_concern(self):
        self.assertEqual(self.broken([read(20, 2, cache="STALE")], [purge(10, 2, soft=True)]), [])

    def test_without_a_window_it_is_as_hard(self):
        reads = [read(10, 1, node=1, resource=1, cache="STALE"), read(9.9, 1, resource=1)]
        self.assertEqual(self.broken(reads, [purge(10, 2, soft=True, resources=(0, 1))]), [("all", 10)])

    def test_a_hard_one_has_no_window(self):
        self.assertEqual(self.broken([read(10, 1, node=1, cache="STALE")], [purge(10, 2)]), [("all", 10)])

    def test_a_hard_one_is_not_put_off_by_a_soft_one(self):
        purges = [purge(10, 2, soft=True), purge(10.5, 3)]
        self.assertEqual(self.broken([read(10.6, 1, node=1, cache="STALE")], purges), [("all", 10.6)])

    def test_a_second_one_gives_no_more_time(self):
        late = 12 + SLACK
        purges = [purge(10, 2, soft=True, id=1), purge(11, 3, soft=True, id=2)]
        self.assertEqual(self.broken([read(late, 1, node=1, cache="STALE")], purges), [("all", late)])

    def test_other_nodes_may_lag_after_wait_local(self):
        reads = [read(10.1, 1), read(10.1, 1, node=1)]
        self.assertEqual(self.broken(reads, [purge(10, 2, "local", soft=True)]), [(AS_FRESH["local"], 10.1)])

    def test_other_nodes_have_it_and_its_window_once_all_was_quiet(self):
        late = 14 + SLACK
        reads = [read(11.9, 1, node=1), read(12, 1, node=1), read(13.9, 1, node=1, cache="STALE"),
                 read(late, 1, node=1, cache="STALE")]
        self.assertEqual(self.broken(reads, [purge(10, 2, "local", soft=True)], quiet=[(0, 20)], settle=2),
                         [(AS_FRESH["settled"], 12), ("settled", late)])

    def test_what_was_not_acknowledged_promises_nothing(self):
        self.assertEqual(self.broken([read(20, 1)], [purge(10, 2, None, soft=True)]), [])


class SettledTest(unittest.TestCase):
    def test_quiet_long_enough(self):
        quiet = [(0, 10), (20, 22), (30, 50)]
        self.assertEqual(settled_at(3, quiet, 4), 7)
        self.assertEqual(settled_at(8, quiet, 4), 34)
        self.assertEqual(settled_at(40, quiet, 4), 44)
        self.assertIsNone(settled_at(48, quiet, 4))
        self.assertIsNone(settled_at(1, [], 4))


class LagTest(unittest.TestCase):
    def test_the_last_old_read_on_each_other_node(self):
        reads = [read(10.2, 1, node=1), read(10.1, 3, node=1), read(10.3, 2, node=1), read(10.1, 2, node=2)]
        found = lags(reads, [purge(10, 2, "local")], (0, 1, 2))
        self.assertEqual([round(lag, 6) for lag in found], [0.2, 0.0])

    def test_none_for_other_promises(self):
        self.assertEqual(lags([], [purge(10, 2, "all"), purge(10, 2, None)], (0, 1)), [])

    def test_old_reads_before_the_acknowledgement_are_no_lag(self):
        self.assertEqual(lags([read(9, 1, node=1)], [purge(10, 2, "local")], (0, 1)), [0.0])


class SmallTest(unittest.TestCase):
    def test_quantiles(self):
        self.assertEqual(quantile(range(100), 0.5), 50)
        self.assertEqual(quantile([7], 0.99), 7)
        self.assertIsNone(quantile([], 0.5))

    def test_a_request_is_excused_only_while_its_node_was_out(self):
        outages = [[10.0, 12.0]]
        self.assertTrue(excused(9.0, 10.0, outages))
        self.assertTrue(excused(11.0, 11.5, outages))
        self.assertTrue(excused(12.1, 12.2, outages))
        self.assertFalse(excused(9.0, 9.9, outages))
        self.assertFalse(excused(12.5, 12.6, outages))


if __name__ == "__main__":
    unittest.main()
