"""The end of the granted time: nothing starts that cannot finish, and the run can be continued."""

import datetime
import os
import stat
import time
import unittest

import harness
import workload

# A squeue that says how much time is left, and notes how often it was asked.
SQUEUE = """#!/bin/sh
echo "$@" >>"$SQUEUE_LOG"
echo "$SQUEUE_ANSWER"
"""


class TimeLimit(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples(240))
        self.write_job(self.job("50ms"))

    @staticmethod
    def job(cell, **execution):
        return workload.sleeper(
            program={"sleep_mean": cell, "sleep_sigma": 0.2},
            strategy={"candidates": 24, "heat": 8, "lookahead": 16},
            execution={"end_margin": "2s", **execution})

    def undisturbed(self):
        return self.answer("--fresh", "--set", "run.folder=undisturbed",
                           "--set", "execution.slots=12")

    def fake_squeue(self, answer):
        folder = self.folder / "bin"
        script = self.write("bin/squeue", SQUEUE)
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return {"PATH": f"{folder}:{os.environ['PATH']}", "SQUEUE_ANSWER": answer,
                "SQUEUE_LOG": str(self.folder / "squeue.log"), "SLURM_JOB_ID": "4711"}

    def test_ends_in_time_and_continues_to_the_same_answer(self):
        sessions = 0
        while True:
            started = time.monotonic()
            run = self.start("optimize", "job.toml", "--json", "--end-time", "9s")
            status = run.wait()
            sessions += 1
            if status == 0:
                break
            self.assertEqual(status, 3, run.stderr())
            self.assertLess(time.monotonic() - started, 40)
            self.assertIn('"end of the allocation"', run.stdout())
            self.assertLess(sessions, 20)
        self.assertGreaterEqual(sessions, 2)
        self.assertEqual(self.optimize()["result"]["answer"], self.undisturbed())

    def test_ranks_end_in_time_together(self):
        self.write_job(self.job("90ms"))  # twice the slots: as long as the others
        outcome = self.optimize("--end-time", "9s", launcher=harness.mpirun(2), status=3)
        self.assertEqual(outcome["message"], "end of the allocation")
        self.wait_for_silence()
        self.assertEqual(self.answer(launcher=harness.mpirun(2)), self.undisturbed())

    def test_leaves_cells_behind_that_do_not_end(self):
        self.mpi_leftovers_expected = True
        self.write_job(self.job("100s"))
        for launcher in (harness.SERIAL, harness.mpirun(2)):
            with self.subTest(launcher=launcher):
                started = time.monotonic()
                outcome = self.optimize("--end-time", "in 8s", launcher=launcher, status=3)
                self.assertLess(time.monotonic() - started, 40)
                self.assertEqual(outcome["message"], "end of the allocation")
                self.call("status", outcome["run"], status=3)
                self.call("verify", outcome["run"])
                self.wait_for_silence()

    def test_a_drain_does_not_wait_longer_either(self):
        self.write_job(self.job("100s"))
        started = self.start("optimize", "job.toml", "--end-time", "10s")
        started.run_folder()
        time.sleep(1)
        started.send(harness.signal.SIGUSR1)
        self.assertEqual(started.wait(), 3, started.stderr())
        self.assertIn("stopped by SIGUSR1", started.stdout())
        self.wait_for_silence()

    def test_slurm_says_when_it_is_over(self):
        end = int(time.time()) + 9
        outcome = self.optimize(status=3, environment={"SLURM_JOB_ID": "4711",
                                                       "SLURM_JOB_END_TIME": str(end)})
        self.assertEqual(outcome["message"], "end of the allocation")
        self.assertIn("the granted time ends in ", outcome["stderr"])

    def test_squeue_is_asked_once_where_the_variable_is_not_set(self):
        self.write_job(self.job("90ms"))
        environment = self.fake_squeue("0:09")
        self.optimize(status=3, environment=environment, launcher=harness.mpirun(2))
        self.assertEqual((self.folder / "squeue.log").read_text(), "-h -j 4711 -o %L\n")

    def test_an_unlimited_job_has_no_end(self):
        self.write_job(self.job("1ms"))
        outcome = self.optimize(environment=self.fake_squeue("UNLIMITED"))
        self.assertNotIn("granted time", outcome["stderr"])

    def test_a_failing_squeue_is_no_error(self):
        self.write_job(self.job("1ms"))
        environment = self.fake_squeue("")
        self.write("bin/squeue", "#!/bin/sh\nexit 1\n")
        outcome = self.optimize(environment=environment)
        self.assertIn("squeue did not say when job 4711 ends", outcome["stderr"])

    def test_bad_end_times_are_refused(self):
        past = (datetime.datetime.now() - datetime.timedelta(hours=1)).isoformat(timespec="seconds")
        self.refuse("optimize", "job.toml", "--end-time", past, message="has passed")
        self.refuse("optimize", "job.toml", "--end-time", "soon",
                    message="'soon' is no time, date or duration", hint="55m")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
