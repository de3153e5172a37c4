"""Evaluations in processes of their own: what happens in one costs that one only, whatever it does,
and the answer is the same as without them."""

import json
import time
import unittest

import harness
import workload

DEADLY = ("!SIGKILL", "!SIGSEGV", "!SIGABRT", "!exit")
LAUNCHERS = {"serial": harness.SERIAL, "two": harness.mpirun(2), "four": harness.mpirun(4)}


def examples(count, special):
    """Every fiftieth one is one of these words, in turn."""
    lines = []
    for number, line in enumerate(workload.examples(count=count).splitlines()):
        example = json.loads(line)
        if number % 50 == 42:
            example["text"] = special[number // 50 % len(special)]
        lines.append(json.dumps(example))
    return "\n".join(lines) + "\n"


def job(**program):
    return workload.sleeper(program={"kind": "deadly", "sleep_mean": "1ms"} | program,
                            strategy={"candidates": 3, "racing": "none"},
                            trainset__split={"train": 0, "validation": 0.5, "test": 0.5})


class IsolationTest(harness.RunTest):

    def failures(self, runs):
        run = self.latest_run(runs)
        self.assertEqual(self.call("verify", run).returncode, 0)
        return json.loads(self.call("report", run, "--json").stdout)["failures"]

    def test_a_deadly_cell_costs_no_other_one(self):
        self.write("data.jsonl", examples(200, DEADLY))
        self.write_job(job(isolate=True))
        answers = {}
        for name, launcher in LAUNCHERS.items():
            outcome = self.optimize("--set", f"run.folder={name}", launcher=launcher)
            self.assertNotIn("lost", outcome["stderr"], "no rank has ended")
            answers[name] = (outcome["result"]["answer"], self.failures(name))
        self.assertEqual(list(answers["serial"][1]), ["crashed"])
        self.assertEqual(answers["two"], answers["serial"])
        self.assertEqual(answers["four"], answers["serial"])

    def test_the_answer_is_that_of_the_same_program_in_process(self):
        self.write("data.jsonl", workload.examples(count=200))
        self.write_job(workload.classifier(strategy={"candidates": 8}))
        isolated = self.answer("--set", "program.isolate=true", "--set", "run.folder=isolated")
        self.assertEqual(self.answer("--set", "run.folder=in_process"), isolated)

    def test_a_cell_that_hangs_is_ended(self):
        self.write("data.jsonl", examples(100, ("!hang",)))
        self.write_job(job(cell_timeout="500ms"))
        started = time.monotonic()
        self.optimize(launcher=harness.mpirun(2))
        self.assertEqual(list(self.failures("runs")), ["timeout"])
        self.assertLess(time.monotonic() - started, 100)
        run = self.latest_run()
        self.assertIn("took longer than 500ms", self.call("report", run).stdout)

    def test_no_process_outlives_a_killed_run(self):
        self.write("data.jsonl", examples(100, ("!hang",)))
        self.write_job(job(isolate=True))
        started = self.start("optimize", "job.toml")
        harness.wait_until(lambda: len(self.processes()) > 3, "children at work")
        started.process.kill()
        started.process.wait()
        self.wait_for_silence()


if __name__ == "__main__":
    harness.main()
