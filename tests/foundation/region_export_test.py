"""`foundation export`: regions, counters and marks in every format, read by readers that share no
code with the writer."""

import collections
import csv
import io
import json
import pathlib
import struct
import sys

import region_case

sys.path.insert(0, str(pathlib.Path(region_case.SOURCE) / "tests/exports"))
from protobuf import fields  # noqa: E402


def number(bits):
    return struct.unpack("<d", struct.pack("<Q", bits))[0]


class ExportTest(region_case.RegionCase):
    RESIDUALS = sorted(2 * [1 / (i + 1) for i in range(5)])
    REGIONS = {"setup": 2, "solve": 2, "exchange": 10, "compute": 5, "teardown": 2}

    def setUp(self):
        super().setUp()
        self.record_ranks()

    def expect_regions(self, names):
        counts = collections.Counter(it for it in names if not it.startswith("MPI_"))
        self.assertEqual(counts, self.REGIONS)

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.export("csv").decode())))
        kinds = collections.defaultdict(list)
        for row in rows:
            kinds[row["kind"]].append(row)
        self.assertEqual(set(kinds), {"call", "counter", "mark"})
        self.expect_regions(it["region"] for it in kinds["call"])
        self.assertEqual(sorted(float(it["value"]) for it in kinds["counter"]), self.RESIDUALS)
        self.assertEqual({(it["region"], it["unit"], it["caller"]) for it in kinds["counter"]},
                         {("residual", "Pa", "solve")})
        self.assertEqual([(it["region"], it["value"], it["enter_ns"] == it["leave_ns"])
                          for it in kinds["mark"]], 2 * [("converged", "5", True)])

    def test_json(self):
        trace = json.loads(self.export("json"))
        kinds = collections.defaultdict(list)
        for event in trace["events"]:
            kinds[event["type"]].append(event)
        self.expect_regions(it["region"] for it in kinds["call"])
        self.assertEqual(sorted(it["value"] for it in kinds["counter"]), self.RESIDUALS)
        self.assertEqual({(it["name"], it["unit"]) for it in kinds["counter"]},
                         {("residual", "Pa")})
        self.assertEqual([(it["name"], it["value"]) for it in kinds["mark"]],
                         2 * [("converged", 5)])
        self.assertEqual((trace["results"]["counters"], trace["results"]["marks"]), (10, 2))

    def test_chrome(self):
        phases = collections.defaultdict(list)
        for event in json.loads(self.export("chrome"))["traceEvents"]:
            phases[event["ph"]].append(event)
        self.expect_regions(it["name"] for it in phases["X"])
        self.assertEqual({it["cat"] for it in phases["X"] if it["name"] == "solve"}, {"program"})
        self.assertEqual({it["name"] for it in phases["C"]}, {"residual"})
        self.assertEqual(sorted(it["args"]["Pa"] for it in phases["C"]), self.RESIDUALS)
        self.assertEqual([(it["name"], it["s"], it["args"]) for it in phases["i"]],
                         2 * [("converged", "t", {"value": 5})])

    def test_perfetto(self):
        names, tracks, slices, values, marks = {}, {}, [], [], []
        for _, packet in fields(self.export("perfetto")):
            parts = dict(fields(packet))
            for _, name in fields(parts.get(12, b"")):
                entry = dict(fields(name))
                names[entry[1]] = entry[2].decode()
            if 60 in parts:
                track = dict(fields(parts[60]))
                tracks[track[1]] = track
            event = dict(fields(parts.get(11, b"")))
            if event.get(9) == 1:
                slices.append(names[event[10]])
            elif event.get(9) == 4:
                track = tracks[event[11]]  # it comes before its first value
                self.assertEqual(track[2], b"residual")
                self.assertEqual(dict(fields(track[8])), {6: b"Pa"})
                self.assertIn(track[5], tracks)
                values.append(number(event[44]))
            elif event.get(9) == 3 and 10 in event:
                note = dict(fields(event[4]))
                marks.append((names[event[10]], note[10], number(note[5])))
        self.expect_regions(slices)
        self.assertEqual(sorted(values), self.RESIDUALS)
        self.assertEqual(marks, 2 * [("converged", b"value", 5.0)])

    def test_limits(self):
        rows = self.export("csv", "--from", "1h").count(b"\n")
        self.assertEqual(rows, 1)

    def test_odd_names(self):
        self.record("plain_regions", "odd_names")
        rows = list(csv.DictReader(io.StringIO(self.export("csv").decode(), newline="")))
        names = {it["region"] for it in rows}
        self.assertEqual(len(names), 6)
        self.assertIn("comma, \"quotes\" \\ {braces} <tag> %s", names)
        events = json.loads(self.export("chrome"))["traceEvents"]
        self.assertEqual({it["name"] for it in events if it["ph"] == "X"}, names)
        events = json.loads(self.export("json"))["events"]
        self.assertEqual({it["name"] for it in events if it["type"] == "mark"}, names)

    def test_values_that_json_lacks(self):
        self.record("plain_regions", "nested")
        values = [it["value"] for it in json.loads(self.export("json"))["events"]
                  if it["type"] == "counter"]
        self.assertEqual(values[100:], [None, None])
        chrome = json.loads(self.export("chrome"))["traceEvents"]
        self.assertEqual(sum(it["ph"] == "C" for it in chrome), 100)


region_case.main()
