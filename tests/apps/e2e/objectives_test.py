"""Several objectives at once: costs that a command reports, the Pareto front in report and tables,
limits, and searches that end by cost. The same answer on any number of ranks and after any kill."""

import json
import shutil

import h5py
import harness
import pandas
import program

LAUNCHERS = {"serial": harness.SERIAL, "one": harness.mpirun(1), "two": harness.mpirun(2),
             "four": harness.mpirun(4)}

# Its score grows with its parameter, and its cost faster.
COUNTER = """#!/usr/bin/env python3
import json
import sys
import time

for line in sys.stdin:
    request = json.loads(line)
    x = request["parameters"]["x"]
    time.sleep({pause})
    print(json.dumps({{"id": request["id"], "score": x, "cost": 100 * x * x}}), flush=True)
"""

JOB = """
[program]
kind = "command"
mode = "persistent"
command = ["./counter"]
trials = 3

[program.parameters]
x = {{kind = "real", low = 0, high = 1, initial = 0.125}}

[program.limits]
time = "20s"

[program.environment]
pass = ["PATH", "{mark}"]

[metric]
kind = "value"
direction = "max"

[objectives]
minimise = ["cost"]
{objectives}

[strategy]
kind = "random"
candidates = {candidates}
lookahead = 6
{strategy}

[execution]
slots = 2
"""


class ObjectivesTest(harness.RunTest):

    def counter(self, pause=0, candidates=24, **sections):
        path = self.write("counter", COUNTER.format(pause=pause))
        path.chmod(0o755)
        words = {"objectives": "", "strategy": "", **sections}
        self.write("job.toml", JOB.format(mark=harness.MARK, candidates=candidates, **words))

    def report(self):
        return json.loads(self.call("report", "last", "--json").stdout)

    def front(self):
        return self.report()["objectives"]["front"]

    def test_front_in_report_and_tables(self):
        self.counter(objectives="cost_limit = 30")
        run = harness.pathlib.Path(self.optimize()["run"])
        front = self.front()
        self.assertEqual(len(front), 24, "each is cheaper than those that are better")
        winner = [it for it in front if it["wins"]]
        self.assertEqual(len(winner), 1)
        kept = [it for it in front if it["limits_kept"]]
        self.assertEqual(max(kept, key=lambda it: it["score"]), winner[0])
        for it in front:
            self.assertAlmostEqual(it["cost"], 100 * it["score"] ** 2)
            self.assertEqual(it["limits_kept"], it["cost"] <= 30)
        with h5py.File(run / "run.h5") as file:
            tables = {name: pandas.DataFrame({k: file[name][k][:] for k in file[name]})
                      for name in ("front", "objectives", "goals", "evaluations")}
            self.assertEqual(file["goals/unit"].asstr()[:].tolist(), ["value", "as reported"])
        self.assertEqual(tables["front"]["candidate"].tolist(), [it["candidate"] for it in front])
        self.assertTrue(tables["front"]["score"].is_monotonic_decreasing)
        costs = tables["objectives"].query("objective == 1").set_index("candidate")
        self.assertEqual(len(costs), 24)
        self.assertEqual(set(costs["cells"]), {3})
        means = tables["evaluations"].query("split == 1").groupby("candidate")["cost"].mean()
        pandas.testing.assert_series_equal(costs["mean"], means, check_names=False,
                                           check_index_type=False)
        text = self.call("report", "last").stdout
        self.assertIn("winner      the best score, of those that keep all limits", text)
        self.assertIn("(breaks a limit)", text)
        self.assertIn("front\t", self.call("report", "last", "--plain").stdout)
        self.call("verify", "last")

    def test_the_answer_depends_on_the_job_alone(self):
        self.counter(objectives='winner = "weights"\nscore_weight = 2', strategy="patience = 20")
        answers = {}
        for name, launcher in LAUNCHERS.items():
            result = self.optimize("--fresh", "--set", "budget.cost=1500",
                                   launcher=launcher)["result"]
            answers[name] = (result["answer"], result["winner"], json.dumps(self.front()))
        self.assertEqual(len(set(answers.values())), 1, answers)

    def test_kills_change_nothing(self):
        self.counter(objectives="cost_limit = 30")
        expected = self.answer("--set", "run.folder=elsewhere/runs")
        self.counter(pause=0.05, objectives="cost_limit = 30")
        self.mpi_leftovers_expected = True
        for launcher in (harness.SERIAL, harness.mpirun(2)):
            started = self.start("optimize", "job.toml", launcher=launcher)
            started.run_folder()
            harness.time.sleep(0.6)
            self.kill_all(started)
        self.assertEqual(self.answer(launcher=harness.mpirun(2)), expected)

    def test_a_search_ends_by_cost(self):
        self.counter()
        whole = self.optimize()["result"]
        ended = self.optimize("--set", "budget.cost=300", "--fresh")["result"]
        self.assertEqual(ended["stop_reason"], "cost budget used up")
        self.assertLess(ended["evaluations"], whole["evaluations"])
        self.assertEqual(self.optimize("--set", "budget.cost=unlimited")["result"]["answer"],
                         whole["answer"], "a larger budget continues the run")

    def test_other_limits_choose_another_winner_of_the_same_run(self):
        self.counter(objectives="cost_limit = 30")
        first = self.optimize()
        self.counter(objectives="cost_limit = 5")
        second = self.optimize()
        self.assertIn("resumed", second["stderr"])
        self.assertNotEqual(second["result"]["winner"], first["result"]["winner"])
        self.assertEqual(second["run"], first["run"])
        self.counter(objectives="cost_limit = 0")
        none = self.start("optimize", "job.toml")
        self.assertEqual(none.wait(), 4, none.stderr())
        self.assertIn("none of the 24 candidates that were evaluated on the whole validation split "
                      "keeps all limits", none.stdout() + none.stderr())
        self.counter(objectives="cost_limit = 5")
        self.assertEqual(self.optimize()["result"]["answer"], second["result"]["answer"])

    def test_latency_is_what_the_journal_holds(self):
        self.counter(candidates=6)
        self.write("job.toml", (self.folder / "job.toml").read_text(encoding="utf-8").replace(
            'minimise = ["cost"]', 'minimise = ["latency", "cost"]\nlatency_limit = "10s"'))
        self.optimize()
        front = self.front()
        self.assertTrue(all(0 < it["latency"] < 10 for it in front), front)
        self.optimize()
        self.assertEqual(self.front(), front, "a continued run measures nothing again")

    def test_example(self):
        for name in ("objectives.toml", "quadrature.py"):
            shutil.copy2(program.SOURCE / "config" / name, self.folder / name)
        serial = self.optimize(job="objectives.toml")["result"]
        self.assertLessEqual(serial["validation"], 1e-6)
        winner = next(it for it in self.front() if it["wins"])
        self.assertLess(winner["cost"], 100)
        self.assertEqual(min(it["cost"] for it in self.front() if it["limits_kept"]),
                         winner["cost"])
        two = self.optimize("--fresh", job="objectives.toml", launcher=harness.mpirun(2))["result"]
        self.assertEqual(two["answer"], serial["answer"])


if __name__ == "__main__":
    harness.main()
