"""What else can happen to `foundation optimize -n` in a batch job: see srun_loss_test.py."""

import os
import signal

import h5py
import hosts_case
import slurm
import srun_loss_test


class Losses(srun_loss_test.LaunchedBatch):

    def test_a_rank_is_killed(self):
        job = self.submit("--no-kill")
        victim = self.wait_for_work(job)["n2"]
        os.kill(self.cluster.ranks()[victim][1], signal.SIGKILL)
        self.cluster.wait_for_output(job, f"rank {victim} is lost: its process ended")
        self.check_end(job)

    def test_a_cancelled_job_can_be_read_and_continued(self):
        job = self.submit()
        self.wait_for_work(job)
        run = self.latest_run()
        self.cluster.scancel(job)
        self.cluster.wait_for(job, "CANCELLED")
        self.call("rebuild", run)
        with h5py.File(run / "run.h5") as file:
            self.assertIn("job", file)
        self.call("status", run, status=3)
        self.call("verify", run)
        self.assertIn("resumed", self.check_end(self.submit()))
        self.assertEqual(self.latest_run(), run)


class UntilDown(srun_loss_test.LaunchedBatch):
    """A minute of work: a node that has crashed is given up by Slurm before the end."""

    job = {"program": {"sleep_mean": "60ms", "sleep_mistakes": 0.8}}

    def crash(self, job):
        self.wait_for_work(job)
        self.cluster["n3"].crash()
        self.cluster.wait_for_nodes("down", "n3")

    def test_the_allocation_survives(self):
        job = self.submit("--no-kill")
        self.crash(job)
        self.check_end(job)
        self.assertEqual(self.cluster.job(job)["Restarts"], "0")

    def test_the_job_is_queued_again(self):
        job = self.submit("--requeue")
        self.crash(job)
        self.cluster.boot("n3")
        self.cluster.wait_for_output(job, "resumed", 200)
        self.check_end(job)
        self.assertEqual(self.cluster.job(job)["Restarts"], "1")


if __name__ == "__main__":
    hosts_case.main(slurm.unavailable)
