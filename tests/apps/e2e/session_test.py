"""Stopping and continuing a run, and who may work on it."""

import os
import signal
import time
import unittest

import h5py
import harness
import workload


class Sessions(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples())
        self.write_job(workload.sleeper(program={"sleep_mean": "2ms"}))

    def undisturbed(self):
        return self.optimize("--fresh", "--set", "run.folder=undisturbed",
                             *harness.MANY_SLOTS)["result"]

    def start_and_wait_for_work(self, *arguments, launcher=harness.SERIAL):
        started = self.start("optimize", "job.toml", *arguments, launcher=launcher)
        run = started.run_folder()
        harness.wait_until(lambda: " evaluations" in started.stderr().split("run ", 1)[-1],
                           "a progress line")
        return started, run

    def test_stop_signals_end_with_3_and_the_same_command_continues(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            with self.subTest(signal=number):
                started, run = self.start_and_wait_for_work()
                started.send(number)
                self.assertEqual(started.wait(), 3, started.stderr())
                self.assertIn("continues where it ended", started.stdout())
                self.call("status", run, status=3)
        self.assertEqual(self.optimize()["result"], self.undisturbed())

    def test_a_signal_to_the_whole_group_stops_gracefully(self):
        started, _ = self.start_and_wait_for_work()
        os.killpg(started.pid, signal.SIGINT)
        self.assertEqual(started.wait(), 3, started.stderr())

    def test_a_second_interrupt_ends_at_once(self):
        self.half_written_expected = True
        self.write_job(workload.sleeper(program={"sleep_mean": "20s", "sleep_sigma": 0.0}))
        started = self.start("optimize", "job.toml")
        started.run_folder()
        time.sleep(0.5)
        started.send(signal.SIGINT)
        time.sleep(0.5)
        self.assertFalse(started.is_over(), "the first one waits for the cells under way")
        started.send(signal.SIGINT)
        self.assertEqual(started.wait(5), 3)
        self.wait_for_silence()

    def test_a_stop_file_ends_one_session_only(self):
        started, run = self.start_and_wait_for_work()
        (run / "stop").touch()
        self.assertEqual(started.wait(), 3, started.stderr())
        self.assertEqual(self.optimize()["result"], self.undisturbed())

    def test_mpi_ranks_stop_together(self):
        started, run = self.start_and_wait_for_work(launcher=harness.mpirun(3))
        (run / "stop").touch()
        self.assertEqual(started.wait(), 3, started.stderr())
        self.wait_for_silence()

    def test_a_second_command_is_refused_while_the_run_is_at_work(self):
        started, run = self.start_and_wait_for_work()
        self.call("status", run, status=1)
        refused = self.refuse("optimize", "job.toml", message="is at work on it", hint="--fresh")
        self.assertIn("belongs to process", refused.stderr)
        self.assertEqual(started.wait(), 0, started.stderr())
        self.assertEqual(self.optimize()["result"], self.undisturbed())

    def test_a_dead_owner_is_replaced_at_once(self):
        self.mpi_leftovers_expected = True
        started, _ = self.start_and_wait_for_work()
        self.kill_all(started)
        self.assertIn("resumed", self.optimize()["stderr"])

    def test_take_over_fences_the_owner(self):
        started, run = self.start_and_wait_for_work()
        taken = self.optimize("--take-over")
        self.assertEqual(taken["run"], str(run))
        self.assertEqual(started.wait(), 5, started.stderr())
        self.assertIn("taken over", started.stdout() + started.stderr())
        self.assertEqual(taken["result"], self.undisturbed())
        self.call("verify", run)

    def test_fresh_runs_beside(self):
        started, run = self.start_and_wait_for_work()
        other = self.optimize("--fresh")
        self.assertNotEqual(other["run"], str(run))
        self.assertEqual(started.wait(), 0, started.stderr())

    def test_a_larger_budget_continues(self):
        small = self.optimize("--set", "budget.evaluations=2000")
        self.assertEqual(small["result"]["stop_reason"], "budget used up")
        large = self.optimize()
        self.assertEqual(large["run"], small["run"])
        self.assertEqual(large["result"], self.undisturbed())
        self.call("verify", large["run"])
        with h5py.File(harness.pathlib.Path(large["run"]) / "run.h5") as file:
            heats = file["decisions/heat"][:], file["decisions/rung"][:]
            first = (heats[0] == 0) & (heats[1] == 0)
            self.assertEqual(int(first.sum()), 16, "the reopened heat is decided anew, as one")

    def test_repeating_a_finished_command_reuses_everything(self):
        first = self.optimize()
        started = time.monotonic()
        again = self.optimize()
        self.assertTrue(again["already_complete"])
        self.assertEqual(again["result"], first["result"])
        self.assertLess(time.monotonic() - started, 30)

    def test_a_wrong_mpi_start_is_explained(self):
        wrong = self.start("optimize", "job.toml", environment={
            "SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_STEP_NUM_TASKS": "4"})
        self.assertEqual(wrong.wait(), 5)
        self.assertIn("srun --mpi=pmix", wrong.stderr())


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
