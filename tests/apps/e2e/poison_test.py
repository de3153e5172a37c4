"""Cells that end the process which evaluates them: the run ends well, they alone have crashed, and
the answer is the same however the run was started."""

import json
import unittest

import harness
import workload

DEADLY = ("!SIGKILL", "!SIGSEGV", "!SIGABRT", "!exit")
RESUMES = 40


def examples():
    """Every hundredth one is deadly, in four ways in turn."""
    lines = []
    for number, line in enumerate(workload.examples(count=400).splitlines()):
        example = json.loads(line)
        if number % 100 == 42:
            example["text"] = DEADLY[number // 100]
        lines.append(json.dumps(example))
    return "\n".join(lines) + "\n"


class PoisonTest(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.mpi_leftovers_expected = True  # a killed rank cannot remove its shared memory
        self.write("data.jsonl", examples())
        self.write_job(workload.sleeper(program={"kind": "deadly", "sleep_mean": "1ms"},
                                        strategy={"candidates": 6, "racing": "none"},
                                        trainset__split={"train": 0, "validation": 0.5,
                                                         "test": 0.5}))

    def until_done(self, *arguments, launcher=harness.SERIAL, runs):
        """Repeats the command as a user would; how often its process died."""
        for deaths in range(RESUMES):
            started = self.start("optimize", "job.toml", "--json", *arguments, "--set",
                                 f"run.folder={runs}", launcher=launcher)
            status = started.wait(120)
            self.wait_for_silence(20)
            if status == 0:
                return deaths, json.loads(started.stdout())["result"]
            self.assertNotIn("internal error", started.stderr())
        self.fail(f"does not come to its end: {started.stderr()}")

    def check_cells(self, runs):
        """Only the deadly cells have crashed, and none is missing."""
        run = self.latest_run(runs)
        report = json.loads(self.call("report", run, "--json").stdout)
        failures = report["failures"]
        self.assertEqual(list(failures), ["crashed"])
        self.assertEqual(self.call("verify", run).returncode, 0)
        return failures["crashed"]

    def test_the_answer_is_the_same_however_it_is_started(self):
        deaths, answer = self.until_done(runs="serial")
        print(f"serial: died {deaths} times")
        self.assertGreater(deaths, 0)
        crashed = self.check_cells("serial")
        for ranks in (1, 2, 3):
            deaths, launched = self.until_done("-n", str(ranks), runs=f"launched{ranks}")
            self.assertEqual(deaths, 0, "the launcher goes on by itself")
            self.assertEqual(launched["answer"], answer["answer"])
            self.assertEqual(self.check_cells(f"launched{ranks}"), crashed)
        deaths, under_mpi = self.until_done(launcher=harness.mpirun(3), runs="mpi")
        print(f"mpirun: died {deaths} times")
        self.assertEqual(under_mpi["answer"], answer["answer"])
        self.assertEqual(self.check_cells("mpi"), crashed)


if __name__ == "__main__":
    harness.main()
