"""`foundation export`: every format is read by a reader that shares no code with the writer."""
import collections
import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from protobuf import fields

FOUNDATION, PRELOADED, PROGRAM, MPIEXEC = sys.argv[1:5]


class ExportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory(dir=".")
        cls.folder = pathlib.Path(cls.scratch.name).resolve()
        script = (f'FOUNDATION_TRACE_FILE="{cls.folder}/$OMPI_COMM_WORLD_RANK.ftr" '
                  f'LD_PRELOAD="{PRELOADED}" exec "{PROGRAM}"')
        subprocess.run([MPIEXEC, "-n", "2", "--oversubscribe", "--bind-to", "none", "sh", "-c",
                        script], check=True, timeout=120)
        done = subprocess.run([FOUNDATION, "analyze", str(cls.folder), "--json", "--rows", "1000"],
                              capture_output=True, check=True, timeout=60)
        cls.analysis = json.loads(done.stdout)
        cls.calls = {it["region"]: it["calls"] for it in cls.analysis["hot_spots"]}
        cls.messages = sum(it["messages"] for it in cls.analysis["messages"])

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def export(self, form, *options):
        done = subprocess.run([FOUNDATION, "export", str(self.folder), "--format", form, *options],
                              capture_output=True, check=True, timeout=60)
        return done.stdout

    def test_csv(self):
        rows = list(csv.DictReader(io.StringIO(self.export("csv").decode())))
        self.assertEqual(collections.Counter(it["region"] for it in rows), self.calls)
        for row in rows:
            self.assertLessEqual(int(row["enter_ns"]), int(row["leave_ns"]))

    def test_chrome(self):
        trace = json.loads(self.export("chrome"))
        by_phase = collections.defaultdict(list)
        for event in trace["traceEvents"]:
            by_phase[event["ph"]].append(event)
        self.assertEqual(set(by_phase), {"M", "X", "s", "f"})
        self.assertEqual(collections.Counter(it["name"] for it in by_phase["X"]), self.calls)
        starts = {it["id"]: it for it in by_phase["s"]}
        ends = {it["id"]: it for it in by_phase["f"]}
        self.assertEqual(len(by_phase["s"]), self.messages)
        self.assertEqual(starts.keys(), ends.keys())
        for flow in by_phase["s"] + by_phase["f"]:
            self.assertTrue(any(it["pid"] == flow["pid"] and it["tid"] == flow["tid"] and
                                it["ts"] <= flow["ts"] <= it["ts"] + it["dur"]
                                for it in by_phase["X"]), flow)

    def test_json(self):
        trace = json.loads(self.export("json"))
        self.assertEqual(set(trace), {"trace_id", "scope", "started_at", "completed_at", "status",
                                      "nodes", "events", "results", "exported_at"})
        self.assertEqual(trace["status"], "completed")
        calls = collections.Counter(it["region"] for it in trace["events"] if it["type"] == "call")
        self.assertEqual(calls, self.calls)
        self.assertEqual(trace["results"], {"calls": sum(calls.values()),
                                            "messages": self.messages, "counters": 0, "marks": 0})
        self.assertLess(trace["completed_at"] - trace["started_at"], 120e9)
        for event in trace["events"]:
            self.assertIn(event["node"], trace["nodes"])

    def test_perfetto(self):
        names, tracks, open_slices = {}, {}, collections.defaultdict(list)
        sent, received, calls, timed = [], [], collections.Counter(), []
        for number, packet in fields(self.export("perfetto")):
            self.assertEqual(number, 1)
            parts = dict(fields(packet))
            if 12 in parts:
                for _, name in fields(parts[12]):
                    entry = dict(fields(name))
                    names[entry[1]] = entry[2].decode()
            if 60 in parts:
                track = dict(fields(parts[60]))
                tracks[track[1]] = track
            if 11 in parts:
                timed.append((parts[8], len(timed), dict(fields(parts[11]))))
        for _, _, event in sorted(timed):
            self.assertIn(event[11], tracks)
            if event[9] == 1:
                open_slices[event[11]].append(names[event[10]])
            elif event[9] == 2:
                calls[open_slices[event[11]].pop()] += 1
            elif 47 in event:
                sent.append(event[47])
            else:
                received.append(event[48])
        self.assertFalse(any(open_slices.values()))
        self.assertEqual(calls, self.calls)
        self.assertEqual(len(sent), self.messages)
        self.assertEqual(sorted(sent), sorted(received))
        for track in tracks.values():
            self.assertTrue(5 not in track or track[5] in tracks or 3 in track)

    def test_limits(self):
        rows = list(csv.DictReader(io.StringIO(self.export("csv", "--min-duration", "1ms")
                                               .decode())))
        self.assertLess(len(rows), sum(self.calls.values()))
        for row in rows:
            self.assertGreaterEqual(int(row["leave_ns"]) - int(row["enter_ns"]), 1_000_000)
        self.assertEqual(self.export("csv", "--from", "1h").count(b"\n"), 1)

    def test_files_are_never_overwritten(self):
        file = self.folder / "out.csv"
        self.export("csv", "--output", str(file))
        self.assertEqual(file.read_bytes(), self.export("csv"))
        again = subprocess.run([FOUNDATION, "export", str(self.folder), "--format", "csv",
                                "--output", str(file)], capture_output=True, timeout=60)
        self.assertEqual(again.returncode, 2)
        self.assertEqual(sorted(it.name for it in self.folder.iterdir()),
                         ["0.ftr", "1.ftr", "out.csv"])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]], verbosity=2)
