"""Independent runs of one job, merged."""

import json
import unittest

import h5py
import harness
import workload


class Merge(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples(240))
        self.write_job(workload.classifier(strategy={"candidates": 4, "heat": 4}))

    def run_seed(self, seed):
        return self.optimize("--set", f"job.seed={seed}")

    def test_runs_of_three_seeds_become_one_file(self):
        outcomes = [self.run_seed(seed) for seed in (1, 2, 3)]
        runs = sorted((self.folder / "runs").glob("*"))
        self.assertIn("latest", [path.name for path in runs], "it names one of them again")
        merged = json.loads(self.call("merge", *runs, "-o", "m.h5", "--json").stdout)
        answers = {run["seed"]: run["answer"] for run in merged["runs"]}
        self.assertEqual(answers, {seed: outcome["result"]["answer"]
                                   for seed, outcome in zip((1, 2, 3), outcomes)})
        with h5py.File(self.folder / "m.h5") as file:
            self.assertEqual(sorted(file["runs/seed"][:]), [1, 2, 3])
            self.assertEqual(file["summary/runs"][0], 3)
            scores = file["runs/validation_winner"][:]
            self.assertEqual(scores[file["summary/best_run"][0]], max(scores))
            cells = 0
            for outcome in outcomes:
                with h5py.File(harness.pathlib.Path(outcome["run"]) / "run.h5") as single:
                    cells += len(single["evaluations/score"])
            self.assertEqual(len(file["evaluations/run"]), cells)
            self.assertEqual(list(file["result/run"][:]), [0, 1, 2])
        self.assertIn("3 runs of 'job'", self.call("merge", *runs, "-o", "m.h5", "--force").stdout)
        self.refuse("report", "m.h5", message="several merged runs", hint="/summary")

    def test_what_does_not_belong_together_is_refused(self):
        one = self.run_seed(1)["run"]
        other = self.optimize("--set", "job.seed=2", "--set", "strategy.labeled=3")["run"]
        self.refuse("merge", one, other, "-o", "m.h5", message="differs from that of",
                    hint="strategy.labeled: 16 and 3")
        self.refuse("merge", one, "absent", "-o", "m.h5", message="absent")
        self.assertFalse((self.folder / "m.h5").exists())
        self.write("m.h5", "mine")
        self.refuse("merge", one, "-o", "m.h5", message="exists and is not overwritten")
        self.refuse("merge", "-o", "m.h5", message="RUN is required")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
