"""What the tests of `foundation optimize -n` share."""

import os
import pathlib

import harness
import workload


RANKS = 3
LAUNCH = ("-n", str(RANKS), "--silence-timeout", "20s")


def process_name(pid):
    """The file that a process runs, without its folder; nothing if it is gone."""
    try:
        return pathlib.Path(os.readlink(f"/proc/{pid}/exe")).name
    except OSError:
        return ""


class LauncherTest(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples())
        self.write_job(workload.sleeper(program={"sleep_mean": "4ms"}))

    def undisturbed(self):
        return self.optimize("--set", "run.folder=undisturbed", *harness.MANY_SLOTS)["result"]

    def launch(self, *arguments, environment=None):
        return self.start("optimize", "job.toml", *LAUNCH, *arguments, environment=environment)

    def at_work(self, started):
        """Waits for a progress line; returns the run folder."""
        run = started.run_folder()
        harness.wait_until(lambda: "% " in started.stderr() or started.is_over(), "progress")
        self.assertFalse(started.is_over(), started.stderr())
        return run

    def ended(self, started, status):
        self.assertEqual(started.wait(), status, started.stdout() + started.stderr())
        self.wait_for_silence()
        return started.stderr()

    def owner(self, run):
        """Process of rank 0, by the newest claim."""
        claim = max((run / "epoch").glob("*.claim")).read_text(encoding="utf-8")
        return int(dict(line.split("=", 1) for line in claim.splitlines())["pid"])

    def executable(self, name, script):
        path = self.write(f"bin/{name}", "#!/bin/sh\n" + script)
        path.chmod(0o755)
        return path

    def path_with(self, **scripts):
        """An environment whose PATH starts with these scripts."""
        for name, script in scripts.items():
            self.executable(name, script)
        return {"PATH": f"{self.folder / 'bin'}:{self.environment['PATH']}"}

    def check_mpi_files(self):
        self.assertEqual(os.listdir(self.folder / "shm"), [])
        self.assertEqual(list((self.folder / "tmp").rglob("*")), [])
