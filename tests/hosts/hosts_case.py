"""The base of tests with hosts: unittest on top of the end-to-end tests' harness.

    class Crash(hosts_case.HostsTest):
        def test_...(self):
            hosts = self.make_hosts(3)
            self.optimize(launcher=hosts.mpirun(2))     # on h0, over all of them
            self.start("optimize", "job.toml", launcher=hosts[0].enter())

A file of tests ends with hosts_case.main(), which skips them with a reason where there can be
no hosts. Folders of tests that were killed are removed by the next test in the same place.
"""

import fcntl
import os
import pathlib
import shutil
import sys
import unittest

import hosts

sys.path.insert(0, str(hosts.HERE.parent / "apps" / "e2e"))
import harness  # noqa: E402  (found by the line above)
import program  # noqa: E402
import workload  # noqa: E402

SKIPPED = 77  # as in FoundationTesting.cmake
OWNER = "owner.lock"  # locked while the test that has made the folder lives


def sweep(folder):
    """Removes what killed tests have left in a folder: theirs are no longer locked."""
    for path in pathlib.Path(folder).glob(f"*/{OWNER}"):
        with open(path, "ab") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(path.parent, ignore_errors=True)


class HostsTest(harness.RunTest):
    """Its runs have the environment of hosts; at the end nothing of them may be left there."""

    def setUp(self):
        super().setUp()
        sweep(os.getcwd())
        owner = open(self.folder / OWNER, "ab")  # pylint: disable=consider-using-with
        fcntl.flock(owner, fcntl.LOCK_EX)
        self.addCleanup(owner.close)
        self.folder.chmod(0o755)  # jobs may run as another user
        for name in ("TMPDIR", "OMPI_MCA_btl_vader_backing_directory"):
            del self.environment[name]  # hosts have their own /tmp and /dev/shm
        self.leftovers_expected = False  # of killed processes: files in /tmp and /dev/shm of hosts

    def make_hosts(self, names, kind=hosts.Hosts, **options):
        """Hosts that see the program and the test's folder, and end with the test. What the test
        starts has their environment from now on."""
        shared = (program.SOURCE, pathlib.Path(program.PROGRAM).parent)
        made = kind(names, self.folder, shared=shared, environment=self.environment, **options)
        self.environment = made.environment
        self.addCleanup(made.close)
        self.addCleanup(self.check_hosts, made)
        return made

    def check_hosts(self, made):
        """Waits until no process that the test has started runs, and looks for files."""
        harness.wait_until(lambda: not made.processes(), "no process left on any host", 20)
        if not self.leftovers_expected:
            self.assertEqual(made.leftovers(), {})

    def write_workload(self, job):
        self.write("data.jsonl", workload.examples())
        self.write_job(job)


def main(*requirements):
    """`requirements`: functions that return why the tests cannot run here, or None."""
    for requirement in (hosts.unavailable, *requirements):
        reason = requirement()
        if reason:
            print(f"skipped: {reason}")
            sys.exit(SKIPPED)
    unittest.TestCase.maxDiff = None
    program.main()
