"""`foundation optimize -n` keeps the run going whatever dies, and leaves nothing behind."""

import json
import os
import signal
import time
import unittest

import harness
import launcher


class Losses(launcher.LauncherTest):

    def test_rank_0_killed(self):
        started = self.launch()
        run = self.at_work(started)
        killed = time.monotonic()
        os.kill(self.owner(run), signal.SIGKILL)
        harness.wait_until(lambda: "attempt 2" in started.stderr(), "the relaunch")
        self.assertLess(time.monotonic() - killed, 20, "without waiting for the silence")
        said = self.ended(started, 0)
        self.assertIn("the process of rank 0 is gone", said)
        self.assertRegex(said, r"relaunching on localhost:3: attempt 2, \d+ evaluations kept")
        self.assertEqual(self.optimize(*launcher.LAUNCH)["result"], self.undisturbed())

    def test_rank_0_frozen(self):
        started = self.start("optimize", "job.toml", "-n", "2", "--silence-timeout", "5s")
        run = self.at_work(started)
        os.kill(self.owner(run), signal.SIGSTOP)
        self.assertIn("no sign of life from rank 0 for 5s", self.ended(started, 0))
        self.assertEqual(self.optimize(*launcher.LAUNCH)["result"], self.undisturbed())

    def test_whichever_process_is_killed(self):
        """All but the launcher itself: the run goes on and ends with the same answer."""
        undisturbed = self.undisturbed()
        for number in range(2 + 2 * launcher.RANKS):
            with self.subTest(number=number):
                started = self.launch("--fresh", "--json")
                self.at_work(started)
                others = sorted(pid for pid in self.processes() if pid != started.pid and
                                launcher.process_name(pid) in ("foundation", "orterun"))
                self.assertGreaterEqual(len(others), 2 + 2 * launcher.RANKS)
                os.kill(others[number], signal.SIGKILL)
                said = self.ended(started, 0)
                self.assertEqual(json.loads(started.stdout())["result"], undisturbed, said)
                self.check_mpi_files()

    def test_the_launcher_killed(self):
        started = self.launch()
        run = self.at_work(started)
        os.kill(started.pid, signal.SIGKILL)
        started.wait()
        self.wait_for_silence(20)
        self.check_mpi_files()
        self.call("status", run, status=3)
        outcome = self.optimize(*launcher.LAUNCH)
        self.assertEqual(outcome["run"], str(run))
        self.assertIn("resumed", outcome["stderr"])
        self.assertEqual(outcome["result"], self.undisturbed())

    def test_everything_killed(self):
        self.mpi_leftovers_expected = True
        started = self.launch()
        self.at_work(started)
        self.kill_all(started)
        self.assertEqual(self.optimize(*launcher.LAUNCH)["result"], self.undisturbed())

    def test_a_run_that_is_taken_over_is_not_fought_for(self):
        started = self.launch()
        self.at_work(started)
        taken = self.optimize("--take-over")
        self.assertIn("taken over", self.ended(started, 5))
        self.assertEqual(taken["result"], self.undisturbed())

    def test_a_run_at_work_is_refused_before_anything_starts(self):
        started = self.launch()
        self.at_work(started)
        refused = self.refuse("optimize", "job.toml", *launcher.LAUNCH, message="is at work on it")
        self.assertNotIn("attempt", refused.stderr)
        self.ended(started, 0)

if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
