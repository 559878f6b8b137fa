"""What the harness computes, without running anything: python3 -B -m unittest, in this folder."""
import contextlib
import importlib.util
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

import drain
import load
import machine
import page
import report
import systems


def row(section="drain", system="Yardmaster", state="warm", n=100, durability="everysec", **figures):
    return {"section": section, "system": system, "state": state, "n": n, "durability": durability, **figures}


class Tables(unittest.TestCase):
    def test_runs_of_one_setting_are_one_line_with_their_median_and_range(self):
        lines = report.medians("drain", [row(rate=r) for r in (30, 10, 20)] + [row(state="cold", rate=5)])
        self.assertEqual([("warm", 20, 3), ("cold", 5, 1)], [(x["state"], x["rate"], x["runs"]) for x in lines])
        self.assertEqual("10 - 30", lines[0]["rate_range"])

    def test_drains_are_compared_with_bullmq_of_the_same_state_and_number(self):
        lines = report.medians("drain", [row(rate=300), row(rate=90, n=20), row(rate=60, state="cold"),
                                         row(system="BullMQ", rate=100), row(system="BullMQ", rate=40, state="cold"),
                                         row(system="HAProxy", state="no queue", rate=700)])
        self.assertEqual([3, 0.9, 1.5, 1, 1, 7], [x["ratio"] for x in lines])

    def test_a_figure_that_was_not_measured_is_shown_as_such(self):
        lines = report.medians("drain", [row(rate=300), row(system="bee-queue", rate=100, rss_mb=130.4)])
        self.assertNotIn("ratio", lines[0])
        titles, cells, _ = report.table("drain", lines)
        self.assertEqual(["-", "130"], [c[titles.index("peak MB")] for c in cells])
        self.assertNotIn("ratio to BullMQ", titles)
        self.assertEqual("not measured", report.terminal("flat", []))

    def test_what_went_wrong_in_one_run_is_not_hidden_by_the_others(self):
        lines = report.medians("drain", [row(rate=1, not_served=n) for n in (0, 7, 0)])
        titles, cells, _ = report.table("drain", lines)
        self.assertEqual("7", cells[0][titles.index("not served")])

    def test_always_is_told_in_fsyncs_above_everysec(self):
        line = report.medians("latency", [
            row("latency", state="FCALL", p50=0.4, p99=1.0),
            row("latency", state="FCALL", durability="always", p50=1.0, p99=4.0, fsync_p50=0.5, fsync_p99=1.5)])[1]
        self.assertAlmostEqual(1.2, line["above_p50"])
        self.assertAlmostEqual(2.0, line["above_p99"])

    def test_always_is_told_as_a_share_of_everysec(self):
        line = report.medians("enqueue", [row("enqueue", state="REST, batches", rate=100),
                                          row("enqueue", state="REST, batches", rate=60, durability="always")])[1]
        self.assertAlmostEqual(0.6, line["to_everysec"])

    def test_only_what_stands_between_the_markers_is_replaced(self):
        text = "a\n<!-- measured: x -->\nold\n<!-- end of x -->\nb\n<!-- measured: y -->\nkept\n<!-- end of y -->\n"
        self.assertEqual(text.replace("\nold\n", "\n\n\\new\n\n"), page.put(text, "x", "\\new"))
        with self.assertRaises(ValueError):
            page.put(text, "z", "new")


class Counter:
    """Nodes, Redis and workers at once; a look gets one more of the receipts."""

    def __init__(self, *receipts):
        self.receipts, self.now, self.proc = list(receipts), 0.0, self

    def count(self):
        self.now += 0.125
        return self.receipts.pop(0) if len(self.receipts) > 1 else self.receipts[0]

    def cpu(self):
        return self.now / 2

    def alive(self):
        return True

    def watch(self, n, pending=lambda: 0, after=0):
        with mock.patch.multiple(drain.time, monotonic=lambda: self.now, sleep=lambda _: None):
            return drain.watch(n, self, self, [self], pending, after)


class Watching(unittest.TestCase):
    def test_the_clock_begins_at_the_last_look_before_the_first_receipt(self):
        figures = Counter(5, 5, 5, 5, 55, 105).watch(100)
        self.assertAlmostEqual(100 / 0.375, figures["rate"])  # two looks, and the one that ends it
        self.assertEqual(0, figures["again"])

    def test_of_a_warm_drain_only_the_last_receipts_count(self):
        figures = Counter(0, 0, 100, 200, 250, 300).watch(300, after=200)
        self.assertEqual(100, figures["n"])
        self.assertAlmostEqual(100 / 0.375, figures["rate"])

    def test_receipts_beyond_what_was_queued_are_told(self):
        self.assertEqual(3, Counter(0, 0, 60, 103).watch(100)["again"])

    def test_it_ends_when_nothing_is_pending_although_receipts_are_missing(self):
        self.assertEqual(0, Counter(*[0, 0, 60] + [90] * 20).watch(100)["again"])


class Broken:
    """A section of three parts, of which the second fails in the middle."""

    def __init__(self, failure):
        self.failure = failure

    def parts(self, options):
        yield "Yardmaster", "everysec", iter([{"rate": 30.0, "replicas": 1}])
        yield "Yardmaster", "always", self.fails()
        yield "Yardmaster", "none", iter([{"rate": 20.0, "replicas": 4}])

    def fails(self):
        yield {"rate": 10.0, "replicas": 2}
        raise self.failure


class Running(unittest.TestCase):
    def run_with(self, failure, *words):
        """What was printed, how it ended and the page then, when section `replicas` fails so and `memory` works."""
        works = mock.Mock(parts=lambda o: [("Yardmaster", "everysec", iter([{"starts_s": 1.0}]))])
        with open(page.PATH) as f:
            text = f.read()
        with tempfile.TemporaryDirectory() as d:
            path = os.path.join(d, "performance.md")
            with open(path, "w") as f:
                f.write(text)
            out = io.StringIO()
            with mock.patch.object(sys, "argv", ["bench", *words]), mock.patch.object(page, "PATH", path), \
                    mock.patch("conditions.all_", lambda: {"date": "today", "yardmaster": "commit; x"}), \
                    mock.patch.object(machine, "favour", lambda _: None), \
                    mock.patch.dict(sys.modules, {"replicas": Broken(failure), "memory": works}), \
                    contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                spec = importlib.util.spec_from_file_location("__bench__", os.path.join(machine.HERE, "__main__.py"))
                ended = None
                try:
                    spec.loader.exec_module(importlib.util.module_from_spec(spec))
                except SystemExit as e:
                    ended = e.code
            with open(path) as f:
                return out.getvalue(), ended, f.read()

    def test_a_part_that_fails_keeps_neither_other_parts_nor_sections_from_being_measured_and_written(self):
        for failure in (machine.Refused("too slow"), ConnectionResetError("gone"), RuntimeError("Redis: LOADING")):
            with self.subTest(failure):
                said, ended, text = self.run_with(failure, "replicas", "memory", "--write")
                told = "replicas: Yardmaster (always): %s" % failure
                self.assertEqual("bench: not measured: " + told, ended)
                self.assertIn("| Yardmaster | none | 4 | 20 |", text)
                self.assertIn("| Yardmaster | always | 2 | 10 |", text)
                self.assertIn("Not measured: " + told, text)
                self.assertIn("| Yardmaster | everysec | 1.00 |", text)
                self.assertLess(said.index("replicas is written"), said.index("memory took"))

    def test_only_a_run_of_everything_writes_without_being_told(self):
        said, ended, text = self.run_with(machine.Refused("too slow"), "memory")
        self.assertIsNone(ended)
        self.assertNotIn("is written", said)
        self.assertNotIn("| Yardmaster | everysec | 1.00 |", text)


class Calling(unittest.TestCase):
    def test_a_connection_that_was_closed_because_nobody_used_it_is_made_anew(self):
        answer = mock.Mock(status=200, read=lambda: b"yes")
        closed = mock.Mock(getresponse=mock.Mock(side_effect=systems.http.client.RemoteDisconnected("closed")))
        made = mock.Mock(getresponse=lambda: answer)
        d = systems.Dispatcher.__new__(systems.Dispatcher)
        d.port, d.http = 1, closed
        with mock.patch.object(systems.http.client, "HTTPConnection", lambda *_, **__: made):
            self.assertEqual((200, "yes"), d.call("GET", "/"))
        d.http = None
        with mock.patch.object(systems.http.client, "HTTPConnection", lambda *_, **__: closed), \
                self.assertRaises(OSError):
            d.call("GET", "/")


class Load(unittest.TestCase):
    def test_answers_are_counted_across_pieces(self):
        count = load.Count(b"\r\nqueued\r\n")
        for piece in (b"*2\r\n$6\r\nque", b"ued\r\n$1\r\na\r\n*2\r\n$6\r\nqueued\r", b"\n$1\r\nb\r\n"):
            count.feed(piece)
        self.assertEqual(2, count.n)

    def test_a_body_has_250_bytes(self):
        self.assertEqual([250, 250], [len(load.body(0)), len(load.body(99999999))])


if __name__ == "__main__":
    unittest.main()
