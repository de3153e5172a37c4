"""The Slurm cluster itself: jobs run, are requeued and cancelled, and a daemon fails."""

import shutil

import hosts_case
import slurm
from hosts_case import harness

HELLO = """#!/bin/bash
echo "run ${SLURM_RESTART_COUNT:-0}"
srun --ntasks-per-node=1 hostname | sort
"""
REQUEUED_ONCE = HELLO + '[ "${SLURM_RESTART_COUNT:-0}" -gt 0 ] || exit 85\n'
SLEEP = "#!/bin/bash\nsrun --ntasks-per-node=1 /usr/bin/sleep 1000\n"


class Jobs(hosts_case.HostsTest):

    def setUp(self):
        super().setUp()
        self.cluster = self.make_hosts(4, kind=slurm.Cluster)

    def wait_for_sleepers(self, count):
        """Until the tasks of SLEEP run."""
        def running():
            commands = [command for found in self.cluster.processes().values()
                        for command in found.values()]
            return sum(command.startswith("/usr/bin/sleep") for command in commands) == count
        harness.wait_until(running, f"{count} tasks run")

    def test_a_job_runs_on_all_nodes(self):
        job = self.cluster.sbatch(HELLO, "--nodes=4")
        self.assertEqual(self.cluster.wait_for(job, "COMPLETED"), "COMPLETED")
        self.assertEqual(self.cluster.output(job), "run 0\nn1\nn2\nn3\nn4\n")

    def test_jobs_of_another_user(self):
        theirs = self.folder / "theirs"
        theirs.mkdir()
        shutil.chown(theirs, "nobody")
        job = self.cluster.sbatch("#!/bin/bash\nsrun --mpi=pmix id -un\n", "--nodes=2",
                                  f"--chdir={theirs}", user="nobody")
        self.cluster.wait_for(job, "COMPLETED")
        self.assertEqual(self.cluster.output(job), "nobody\nnobody\n")

    def test_failures_are_seen(self):
        job = self.cluster.sbatch("#!/bin/bash\nexit 3\n")
        with self.assertRaisesRegex(AssertionError, "FAILED"):
            self.cluster.wait_for(job, "COMPLETED")
        self.assertEqual(self.cluster.job(job)["ExitCode"], "3:0")

    def test_status_85_queues_the_job_again(self):
        job = self.cluster.sbatch(REQUEUED_ONCE, "--nodes=2", "--open-mode=append")
        self.cluster.wait_for(job, "COMPLETED")
        self.assertEqual(self.cluster.job(job)["Restarts"], "1")
        self.assertRegex(self.cluster.output(job), r"run 0\n(n\d\n){2}run 1\n(n\d\n){2}")

    def test_cancelled_jobs_leave_no_process(self):
        job = self.cluster.sbatch(SLEEP, "--nodes=4")
        self.wait_for_sleepers(4)
        self.cluster.scancel(job)
        self.cluster.wait_for(job, "CANCELLED")

    def test_a_killed_slurmd_may_return(self):
        job = self.cluster.sbatch(SLEEP, "--nodes=1", "--nodelist=n2")
        self.wait_for_sleepers(1)
        self.cluster.kill_daemon("n2")
        self.cluster.start_daemon("n2")
        self.assertEqual(self.cluster.state(job), "RUNNING")
        self.cluster.scancel(job)
        self.cluster.wait_for(job, "CANCELLED")


if __name__ == "__main__":
    hosts_case.main(slurm.unavailable)
