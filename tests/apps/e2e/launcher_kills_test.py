"""SIGKILL at random moments, many times in one run of `foundation optimize -n`: to rank 0, to the
launcher, to everything. Nothing that was reported is lost, and the answer is the same.

usage: launcher_kills_test.py PROGRAM SOURCE [KILLS [SEED]]
"""

import json
import os
import pathlib
import random
import re
import signal
import sys
import time
import unittest

import harness
import launcher
import workload

LIMIT_S = 300
KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 10
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1
EVALUATIONS = re.compile(r"% (\d+)/\d+ evaluations")
PACE_S = 2


class Kills(launcher.LauncherTest):

    def setUp(self):
        super().setUp()
        self.mpi_leftovers_expected = True  # of those runs that nothing was left of
        self.chance = random.Random(SEED)
        self.write_job(workload.searcher(program={"sleep_mean": "10ms"},
                                         strategy={"candidates": 24 + 12 * KILLS}))
        self.reported = 0
        self.lines_seen = 0
        self.killed = {"rank 0": 0, "launcher": 0, "everything": 0}

    def start_or_continue(self):
        started = self.start("optimize", "job.toml", "--json", *launcher.LAUNCH)
        harness.wait_until(lambda: "workers on" in started.stderr() or started.is_over(), "at work",
                           LIMIT_S)
        return started

    def check_reports(self, started):
        """What was shown before a kill is what the next session begins with, at least."""
        lines = started.stderr().rpartition("\n")[0].splitlines()
        seen, self.lines_seen = self.lines_seen, len(lines)
        for line in lines[seen:]:
            if resumed := re.search(r"resumed .*: (\d+) evaluations", line):
                self.assertGreaterEqual(int(resumed.group(1)), self.reported, started.stderr())
            for shown in EVALUATIONS.findall(line):
                self.reported = max(self.reported, int(shown))

    def kill_one_of(self, started):
        what = self.chance.choice(sorted(self.killed))
        if what == "everything":
            self.kill_all(started, self.chance)
        elif what == "launcher":
            os.kill(started.pid, signal.SIGKILL)
            started.wait()
            self.wait_for_silence(60)
        else:
            owner = self.owner(self.latest_run())
            if owner not in self.processes():
                return  # not started anew yet
            os.kill(owner, signal.SIGKILL)
        self.killed[what] += 1

    def test_any_number_of_kills(self):
        undisturbed = self.undisturbed()
        started = self.start_or_continue()
        while sum(self.killed.values()) < KILLS and not started.is_over():
            time.sleep(self.chance.uniform(0, PACE_S))
            if started.is_over():
                break
            self.kill_one_of(started)
            self.check_reports(started)
            if started.is_over():
                self.lines_seen = 0
                started = self.start_or_continue()
        self.assertEqual(started.wait(LIMIT_S), 0, started.stderr())
        self.check_reports(started)
        self.wait_for_silence(60)
        print(f"killed: {self.killed}")
        self.assertEqual(sum(self.killed.values()), KILLS, "the run was over too early")
        self.assertEqual(json.loads(started.stdout())["result"], undisturbed)
        self.call("verify", pathlib.Path(json.loads(started.stdout())["run"]))


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
