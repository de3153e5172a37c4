"""Eight ranks on cores that others use up: nobody is taken for dead.

usage: busy_test.py PROGRAM SOURCE [MINUTES]
"""

import os
import subprocess
import sys
import time
import unittest

import harness
import workload

MINUTES = float(sys.argv[3]) if len(sys.argv) > 3 else 2
RANKS = 8
SLOTS = 2  # of each
EVALUATIONS = 9024  # of workload.searcher, as its progress says
HOGS_A_CORE = 3
HOG = ("sh", "-c", "while :; do :; done")


class Busy(harness.RunTest):

    def start_hogs(self):
        for _ in range(HOGS_A_CORE * len(os.sched_getaffinity(0))):
            hog = subprocess.Popen(HOG)  # pylint: disable=consider-using-with
            self.addCleanup(hog.wait)
            self.addCleanup(hog.kill)

    def test_nobody_is_taken_for_dead(self):
        seconds = 60 * MINUTES * RANKS * SLOTS / EVALUATIONS  # of an evaluation
        self.write("data.jsonl", workload.examples())
        self.write_job(workload.searcher(program={"sleep_mean": f"{seconds * 1000:.3f}ms"}))
        self.start_hogs()
        begin = time.monotonic()
        started = self.start("optimize", "job.toml", "-n", RANKS)
        self.assertEqual(started.wait(240 * MINUTES), 0, started.stderr())
        log = started.stderr()
        lasted = time.monotonic() - begin
        print(f"{lasted:.0f} s with a load of {os.getloadavg()[0]:.0f}")
        self.assertIn(f"slots: {RANKS} of {RANKS} workers on", log)
        self.assertGreater(lasted, 54 * MINUTES)
        for sign in ("is lost", "relaunching", "coordinator is gone", "no sign of life"):
            self.assertNotIn(sign, log)
        self.wait_for_silence(20)


if __name__ == "__main__":
    harness.main()
