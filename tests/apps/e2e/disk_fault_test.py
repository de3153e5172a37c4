"""The n-th call on the disk fails: a clean end with the right status, nothing reported lost, and
the same command afterwards gives the right answer.

usage: disk_fault_test.py PROGRAM SOURCE SHIM [STEP]   (every STEP-th call, default 23)
"""

import errno
import os
import pathlib
import re
import signal
import struct
import sys
import time
import unittest

import harness
import program
import workload

SHIM = sys.argv[3]
STEP = int(sys.argv[4]) if len(sys.argv) > 4 else 23
SAMPLED = STEP > 1
FAILURES = [(errno.EIO, "once"), (errno.ENOSPC, "on"), (errno.EDQUOT, "once"), (errno.EIO, "on"),
            (errno.ENOSPC, "short"), (errno.ENOSPC, "once"), (errno.EDQUOT, "on")]


class DiskFaults(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples(count=150))
        self.write_job(workload.classifier(
            strategy={"candidates": 8}, execution={"slots": 1, "publish_interval": "50ms"}))

    def write_long_job(self):
        """Seconds of work on any machine, with progress to be seen."""
        self.write("data.jsonl", workload.examples())
        self.write_job(workload.sleeper())

    def shim(self, runs="runs", **settings):
        (self.folder / "counter").write_bytes(struct.pack("Q", 0))
        return {"LD_PRELOAD": SHIM, "DISK_SHIM_FOLDER": str(self.folder / runs),
                "DISK_SHIM_COUNTER": str(self.folder / "counter"),
                **{f"DISK_SHIM_{name}": str(value) for name, value in settings.items()}}

    def calls(self):
        return struct.unpack("Q", (self.folder / "counter").read_bytes())[0]

    def begin(self, runs, environment, *options):
        return self.start("optimize", "job.toml", "--json", "--set", f"run.folder={runs}", *options,
                          environment=environment)

    def check_reported(self, started, runs):
        """What was shown as progress before the end is in the journal."""
        shown = re.findall(r"(\d+)/\d+ evaluations", started.stderr())
        latest = self.folder / runs / "latest"
        if not shown or not latest.exists():
            return
        kept = self.call("recover", latest, "--json").stdout
        evaluations = int(re.search(r'"evaluations": (\d+)', kept).group(1))
        self.assertGreaterEqual(evaluations, int(shown[-1]), started.stderr())

    def check_failing(self, number, error, how):
        runs = f"runs{number}-{error}-{how}"
        started = self.begin(runs, self.shim(runs, FAIL=f"{number} {error} {how}"))
        status = started.wait()
        shown = f"{number} {error} {how}: {status}\n{started.stdout()}\n{started.stderr()}"
        self.assertIn(status, (0, 5), shown)
        if status == 5:
            self.assertRegex(started.stdout() + started.stderr(), os.strerror(error), shown)
        self.check_reported(started, runs)
        if status == 0:
            self.assertIn(self.expected, started.stdout(), shown)
        again = self.optimize("--set", f"run.folder={runs}")
        self.assertEqual(again["result"]["answer"], self.expected, shown)
        self.call("verify", again["run"])  # the link to the latest run may be what failed
        return status

    def test_every_call_can_fail(self):
        self.expected = self.answer("--set", "run.folder=whole", environment=self.shim("whole"))
        calls = self.calls()
        self.assertGreater(calls, 40)
        ended = {0: 0, 5: 0}
        for number in range(0, calls, STEP):
            failures = [FAILURES[number % len(FAILURES)]] if SAMPLED else FAILURES
            for error, how in failures:
                ended[self.check_failing(number, error, how)] += 1
        print(f"{calls} calls; with one of them failing {ended[5]} sessions ended with status 5, "
              f"{ended[0]} did not need it")
        self.assertGreater(ended[5], 0)

    def test_quota_that_is_only_noticed_at_close(self):
        expected = self.answer("--set", "run.folder=whole")
        self.begin("runs", self.shim(FAIL=f"0 {errno.EDQUOT} on", KINDS="x")).wait()
        self.assertEqual(self.optimize()["result"]["answer"], expected)

    def test_a_sync_that_fails_once_ends_the_session(self):
        """Linux calls the lost pages clean: the next sync would lie."""
        expected = self.answer("--set", "run.folder=whole")
        counted = self.begin("counted", self.shim("counted", KINDS="s"))
        self.assertEqual(counted.wait(), 0)
        statuses = set()
        for number in range(0, self.calls(), 1 if not SAMPLED else 4):
            runs = f"sync{number}"
            started = self.begin(runs, self.shim(runs, KINDS="s", FAIL=f"{number} 5 once"))
            statuses.add(started.wait())
            self.check_reported(started, runs)
            self.assertEqual(self.answer("--set", f"run.folder={runs}"), expected)
        self.assertIn(5, statuses)
        self.assertLessEqual(statuses, {0, 5})

    def test_a_slow_disk_delays_reports_but_not_the_work(self):
        self.write_long_job()
        expected = self.answer("--set", "run.folder=whole")
        started = self.begin("runs", self.shim(SLOW_MS=700))
        run = started.run_folder()
        compared = 0
        while not started.is_over():
            shown = re.findall(r"(\d+)/\d+ evaluations", started.stderr())
            if shown:
                kept = self.call("recover", run, "--json").stdout
                evaluations = int(re.search(r'"evaluations": (\d+)', kept).group(1))
                self.assertGreaterEqual(evaluations, int(shown[-1]))
                compared += 1
            time.sleep(0.05)
        self.assertEqual(started.process.returncode, 0, started.stderr())
        self.assertIn(expected, started.stdout())
        self.assertGreater(compared, 0)

    def test_a_read_only_folder_is_refused_with_a_remedy(self):
        started = self.begin("runs", self.shim(FAIL=f"0 {errno.EROFS} on"))
        self.assertEqual(started.wait(), 5)
        self.assertIn("Read-only file system", started.stderr())
        self.assertIn("help: ", started.stderr())
        self.optimize()

    def test_two_sessions_of_one_run_at_once(self):
        """One works, the other is refused and told who works."""
        self.write_long_job()
        first = self.begin("runs", {})
        first.run_folder()
        second = self.begin("runs", {})
        self.assertEqual(second.wait(), 2)
        self.assertRegex(second.stderr(), r"belongs to process \d+ on \S+, which is at work on it")
        self.assertEqual(first.wait(), 0)

    def test_a_frozen_writer_cannot_harm_its_successor(self):
        self.write_long_job()
        expected = self.answer("--set", "run.folder=whole")
        stale = self.begin("runs", {})
        run = stale.run_folder()
        harness.wait_until(lambda: "evaluations," in stale.stderr(), "a progress line")
        frozen = list(self.processes())
        for pid in frozen:
            os.kill(pid, signal.SIGSTOP)
        successor = self.begin("runs", {}, "--take-over")
        harness.wait_until(lambda: "evaluations," in successor.stderr(), "a progress line")
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)
        self.assertEqual(stale.wait(), 5, stale.stderr())
        self.assertIn("has taken over", stale.stdout() + stale.stderr())
        self.assertEqual(successor.wait(), 0, successor.stderr())
        self.assertIn(expected, successor.stdout())
        self.call("verify", run)


if __name__ == "__main__":
    assert pathlib.Path(program.PROGRAM).exists() and pathlib.Path(SHIM).exists()
    harness.main()
