"""A traced optimisation is on one timeline with its MPI calls, and its answer is the same."""

import json
import pathlib
import sys

import h5py

import harness
import program
import workload

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "trace"))
import trace_file  # noqa: E402  (the neighbouring folder)

RANKS = 4
OURS = {"lease", "evaluation", "enter results", "decide", "journal commit"}


class TracedRun(harness.RunTest):

    def trace(self, *options):
        return (*harness.mpirun(RANKS), program.PROGRAM, "trace", "-q", "-o", "t.h5", *options,
                "--")

    def run_traced(self, *arguments):
        outcome = self.optimize("--fresh", "--set", "run.folder=traced", *arguments,
                                launcher=self.trace())
        harness.wait_until(lambda: trace_file.rings(self.folder) is None, "the trace is written")
        return outcome

    def counts(self):
        """{name: {rank: calls}}"""
        calls = trace_file.table(self.folder / "t.h5", "calls")
        found = {}
        for rank, name, count in zip(calls["rank"], calls["name"], calls["count"]):
            if rank >= 0:
                found.setdefault(name.decode(), {})[int(rank)] = int(count)
        return found

    def marks(self):
        """{name: [(rank, value)]}"""
        marks, names = (trace_file.table(self.folder / "t.h5", "marks"),
                        trace_file.names(self.folder / "t.h5"))
        found = {}
        for rank, region, value in zip(marks["rank"], marks["region"], marks["value"]):
            found.setdefault(names[region], []).append((int(rank), int(value)))
        return found

    def check_regions(self):
        counts = self.counts()
        with h5py.File(self.latest_run("traced") / "run.h5") as run:
            evaluations = len(run["evaluations/candidate"]) + int(run["result/duplicates"][0])
            candidates = len(run["candidates/candidate"])
        self.assertEqual(sum(counts["evaluation"].values()), evaluations)
        self.assertGreater(len(counts["evaluation"]), 1, "one rank has done everything")
        for name in ("decide", "enter results", "journal commit"):
            self.assertEqual(set(counts[name]), {0}, name)
        self.assertEqual(set(counts["MPI_Init_thread"]), set(range(RANKS)))
        marks = self.marks()
        self.assertEqual(sorted(value for _, value in marks["proposed"]), list(range(candidates)))
        self.assertTrue(marks["kept"])
        self.check_leases(counts, marks)

    def check_leases(self, counts, marks):
        """Whoever follows a lease's number follows the lease."""
        leases = sum(counts["lease"].values())
        self.assertEqual(counts["enter results"][0], leases)
        sent = {value for rank, value in marks["lease sent"]}
        self.assertEqual({rank for rank, _ in marks["lease sent"] + marks["results came"]}, {0})
        for name in ("lease begins", "results sent", "results came"):
            values = [value for _, value in marks[name]]
            self.assertEqual(len(values), leases, name)
            self.assertEqual(len(set(values)), leases, name)
            self.assertLessEqual(set(values), sent, name)

    def check_views(self):
        shown = json.loads(self.call("analyze", "t.h5", "--json").stdout)
        self.assertLessEqual(OURS, {it["region"] for it in shown["regions"]})
        self.assertEqual((shown["unbalanced"], shown["unended"]), (0, 0))
        self.call("export", "t.h5", "--format", "chrome", "-o", "t.json")
        events = json.loads((self.folder / "t.json").read_text(encoding="utf-8"))["traceEvents"]
        slices = [it["name"] for it in events if it["ph"] == "X"]
        self.assertEqual(slices.count("evaluation"), sum(self.counts()["evaluation"].values()))
        self.call("export", "t.h5", "--format", "perfetto", "-o", "t.pftrace")
        packed = (self.folder / "t.pftrace").read_bytes()
        for name in OURS | {"lease sent", "proposed"}:
            self.assertIn(name.encode(), packed)

    def test_it_shows_leases_evaluations_decisions_and_commits(self):
        self.write("data.jsonl", workload.examples(240))
        self.write_job(workload.searcher(strategy={"candidates": 16, "heat": 4}))
        untraced = self.answer("--fresh", launcher=harness.mpirun(RANKS))
        self.assertEqual(self.run_traced()["result"]["answer"], untraced)
        self.assertEqual(trace_file.attributes(self.folder / "t.h5")["status"], "complete")
        self.check_regions()
        self.check_views()

    def test_cells_in_children_are_evaluations_of_their_slots(self):
        self.write("data.jsonl", workload.examples(60))
        self.write_job(workload.searcher(program={"isolate": True},
                                         strategy={"candidates": 8, "heat": 4}))
        untraced = self.answer("--fresh")
        self.assertEqual(self.run_traced()["result"]["answer"], untraced)
        self.check_regions()

    def test_a_run_of_one_process_is_recorded(self):
        self.write("data.jsonl", workload.examples(60))
        self.write_job(workload.classifier(strategy={"candidates": 4, "heat": 2}))
        self.optimize("--fresh", "--set", "run.folder=traced",
                      launcher=(program.PROGRAM, "trace", "-q", "-o", "t.h5", "--"))
        processes = trace_file.table(self.folder / "t.h5", "processes")
        self.assertEqual((len(processes["pid"]), processes["exit_status"][0]), (1, 0))
        names = set(trace_file.names(self.folder / "t.h5"))
        self.assertLessEqual(OURS, names)


if __name__ == "__main__":
    harness.main()
