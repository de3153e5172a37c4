"""Other users of the machine: they read nothing, change nothing and lead nobody astray. Needs root,
who can act as two users; the attacker is `nobody`."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "apps/e2e"))
import harness  # noqa: E402
import workload  # noqa: E402

NOBODY = 65534


def as_nobody(*command):
    """Exit status and output of a command of the other user."""
    done = subprocess.run([str(word) for word in command], user=NOBODY, group=NOBODY,
                          extra_groups=[], capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


class Places(harness.RunTest):
    """No second user is needed to see who could write."""

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples(300))
        self.write_job(workload.classifier(strategy={"candidates": 8}))

    def test_everything_is_for_the_owner_alone_whatever_the_umask(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.optimize()
        runs = self.folder / "runs"
        self.assertEqual(stat.S_IMODE(runs.stat().st_mode) & 0o022, 0)
        for path in self.latest_run().rglob("*"):
            self.assertEqual(stat.S_IMODE(path.stat().st_mode),
                             0o700 if path.is_dir() else 0o600, path)
        self.assertEqual(stat.S_IMODE(self.latest_run().stat().st_mode), 0o700)

    def test_a_place_where_everybody_may_write_is_refused(self):
        runs = self.folder / "runs"
        runs.mkdir()
        runs.chmod(0o777)
        for _ in range(2):
            self.refuse("optimize", "job.toml", message="everybody may write to",
                        hint="chmod o-w (or +t)")
        self.assertEqual(os.listdir(runs), [])
        for mode in (0o1777, 0o2775):  # a sticky bit protects, a group is trusted
            runs.chmod(mode)
            self.optimize("--fresh")
        runs.chmod(0o777)
        self.refuse("optimize", "job.toml", "--run", self.latest_run(),
                    "--set", "budget.evaluations=5", message="everybody may write to")

    def test_a_folder_above_counts_too(self):
        above = self.folder / "open"
        above.mkdir()
        above.chmod(0o777)
        self.refuse("optimize", "job.toml", "--set", "run.folder=open/deep/runs",
                    message=f"everybody may write to '{above}'")


@unittest.skipUnless(os.geteuid() == 0, "only root can act as two users")
class OtherUsers(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples(300))
        self.write_job(workload.classifier(strategy={"candidates": 8}))
        # Where the other user can look into: else nothing would be shown by a refusal.
        self.shared = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.shared, ignore_errors=True)
        self.shared.chmod(0o755)
        control = self.shared / "readable"
        control.write_text("yes", encoding="utf-8")
        control.chmod(0o644)
        self.assertEqual(as_nobody("cat", control), (0, "yes"))
        self.runs = self.shared / "runs"
        self.in_shared = ("--set", f"run.folder={self.runs}")

    def test_reading_and_writing_is_refused(self):
        self.optimize(*self.in_shared)
        run = (self.runs / "latest").resolve()
        for command in (("ls", run), ("cat", run / "run.h5"), ("cat", run / "job.toml"),
                        ("ls", run / "journal"), ("touch", run / "stop"), ("rm", run / "DONE"),
                        ("ln", "-sfn", "/etc", self.runs / "latest"), ("rmdir", run),
                        ("mv", run, self.runs / "other")):
            status, shown = as_nobody(*command)
            self.assertNotEqual(status, 0, command)
            self.assertIn("ermission denied", shown, command)
        self.call("verify", run)

    def test_a_running_run_is_not_stopped_by_others(self):
        self.write_job(workload.sleeper())
        started = self.start("optimize", "job.toml", *self.in_shared)
        run = started.run_folder()
        self.assertNotEqual(as_nobody("touch", run / "stop")[0], 0)
        for pid in self.processes():
            self.assertNotEqual(as_nobody("kill", "-TERM", str(pid))[0], 0)
        self.assertEqual(started.wait(), 0, started.stderr())

    def test_a_planted_run_is_not_continued(self):
        first = self.optimize(*self.in_shared)
        real = (self.runs / "latest").resolve()
        self.runs.chmod(0o1777)
        # A copy that the other user owns, newer than the real one and willing to be read.
        name = real.name.split("-")[0] + "-29991231T235959-raven"
        planted = shutil.copytree(real, self.runs / name)
        for path in (planted, *planted.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
            path.chmod(0o777)
        again = self.optimize(*self.in_shared)
        self.assertTrue(again["already_complete"])
        self.assertEqual(pathlib.Path(again["run"]).resolve(), real)
        self.assertEqual(again["result"]["answer"], first["result"]["answer"])

    def test_a_link_in_the_place_of_a_run_is_not_followed(self):
        goal = self.shared / "goal"
        goal.mkdir()
        self.runs.mkdir()
        self.runs.chmod(0o1777)
        status, shown = as_nobody("ln", "-s", goal, self.runs / "job-29991231T235959-raven")
        self.assertEqual(status, 0, shown)
        self.optimize(*self.in_shared)
        self.assertEqual(os.listdir(goal), [])

    def test_a_foreign_latest_costs_nothing(self):
        goal = self.shared / "goal"
        goal.mkdir()
        (goal / "kept").touch()
        self.runs.mkdir()
        self.runs.chmod(0o1777)
        for name in ("latest", ".latest.tmp"):
            self.assertEqual(as_nobody("ln", "-s", goal, self.runs / name)[0], 0)
        outcome = self.optimize(*self.in_shared)
        self.assertEqual(outcome["exit_status"], 0)
        self.assertEqual(os.listdir(goal), ["kept"])
        report = self.call("report", outcome["run"], "--json")
        self.assertIn("result", json.loads(report.stdout))


if __name__ == "__main__":
    harness.main()
