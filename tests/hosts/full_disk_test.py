"""A run folder on a disk that fills up: the run ends with a reason, and nothing done is lost."""

import json
import os
import re
import subprocess

import h5py
import hosts_case
import program
from hosts_case import harness, workload

SMALL = "160k"  # the journal and the view of the job need four times as much
LARGE = "100m"


class FullDisk(hosts_case.HostsTest):

    def setUp(self):
        super().setUp()
        self.hosts = self.make_hosts(2, disks={"runs": SMALL})
        self.write_workload(workload.sleeper(program={"sleep_mean": "100us"}))
        self.answer_alone = self.answer("--set", "run.folder=undisturbed")

    def foundation(self, *arguments, status=0, launcher=()):
        """Runs on the first host: only hosts see the disk."""
        result = self.hosts[0].run(*launcher, os.path.abspath(program.PROGRAM), *arguments,
                                   check=False)
        self.assertEqual(result.returncode, status, result)
        return result

    def check_that_it_continues(self, launcher=()):
        """What the journal says is done stays so; the rest follows, once there is space."""
        status = self.foundation("status", "runs/latest", status=3).stdout
        done = int(re.search(r"evaluations +(\d+)", status).group(1))
        self.check_use_of_space(done)
        self.hosts.resize_disk("runs", LARGE)
        continued = self.foundation("optimize", "job.toml", "--json", launcher=launcher)
        self.assertRegex(continued.stderr, rf"resumed .*: {done} evaluations")
        self.assertEqual(json.loads(continued.stdout)["result"]["answer"], self.answer_alone)
        self.foundation("verify", "runs/latest")
        left = [path.name for path in self.hosts.disk("runs").rglob("*.tmp")]
        self.assertEqual(left, [])

    def check_use_of_space(self, done):
        """Whether the first view found space is chance. If not, the journal has had all of it:
        what does not fit gives its part back."""
        view = self.hosts.disk("runs") / self.hosts.disk("runs/latest").readlink() / "run.h5"
        if view.exists():
            self.foundation("verify", "runs/latest")
            with h5py.File(view) as file:
                self.assertIn("job", file, "an older view, but a whole one")
        else:
            self.assertGreater(done, 1000)
            found = self.foundation("verify", "runs/latest", status=1).stdout
            self.assertEqual(re.findall("damage: (.*)", found), ["there is no run.h5"])

    def test_one_process(self):
        full = self.foundation("optimize", "job.toml", status=5)
        self.assertRegex(full.stdout, "cannot write 'journal/.*': No space left on device")
        self.check_that_it_continues()

    def test_ranks_on_two_hosts(self):
        launcher = self.hosts.mpirun_words(1)
        full = self.foundation("optimize", "job.toml", status=5, launcher=launcher)
        self.assertRegex(full.stdout, "cannot write 'journal/.*': No space left on device")
        self.check_that_it_continues(launcher)

    def test_space_that_comes_back_in_time(self):
        command = (os.path.abspath(program.PROGRAM), "optimize", "job.toml", "--json")
        run = self.hosts[0].start(*command, stdout=subprocess.PIPE, text=True)
        disk = self.hosts.disk("runs")
        harness.wait_until(lambda: os.statvfs(disk).f_bavail == 0, "the disk is full")
        self.hosts.resize_disk("runs", LARGE)
        shown, _ = run.communicate(timeout=harness.LIMIT_S)
        self.assertEqual(run.returncode, 0)
        self.assertEqual(json.loads(shown)["result"]["answer"], self.answer_alone)
        self.foundation("verify", "runs/latest")

    def test_no_space_at_the_start(self):
        self.hosts[0].run("dd", "if=/dev/zero", "of=runs/filler", "bs=4k", check=False)
        full = self.foundation("optimize", "job.toml", status=5)
        self.assertRegex(full.stderr, "error: .*No space left on device")
        self.hosts[0].run("rm", "runs/filler")
        self.hosts.resize_disk("runs", LARGE)
        started = self.foundation("optimize", "job.toml", "--json")
        self.assertEqual(json.loads(started.stdout)["result"]["answer"], self.answer_alone)


if __name__ == "__main__":
    hosts_case.main()
