"""Ranks on a Slurm cluster, started by srun in a batch job: one rank a node."""

import json
import os

import h5py
import hosts_case
import program
import slurm
from hosts_case import harness, workload

NODES = 4


class Batch(hosts_case.HostsTest):

    def setUp(self):
        super().setUp()
        self.cluster = self.make_hosts(NODES, kind=slurm.Cluster)

    def submit(self, *options):
        """`foundation optimize job.toml` in the batch job that README shows."""
        outcome = self.folder / "outcome.json"
        outcome.unlink(missing_ok=True)
        return self.cluster.sbatch(
            "#!/bin/bash\n"
            f"srun --mpi=pmix {os.path.abspath(program.PROGRAM)} optimize job.toml --json "
            f"{' '.join(options)} >{outcome}\n",
            f"--nodes={NODES}", "--ntasks-per-node=1", "--cpus-per-task=2")

    def result(self, job):
        self.cluster.wait_for(job, "COMPLETED")
        return json.loads((self.folder / "outcome.json").read_text(encoding="utf-8"))["result"]

    def undisturbed(self):
        return self.optimize("--fresh", "--set", "run.folder=undisturbed",
                             *harness.MANY_SLOTS)["result"]

    def test_the_answer_is_that_of_one_process(self):
        self.write_workload(workload.classifier())
        self.assertEqual(self.result(self.submit()), self.undisturbed())

    def test_a_cancelled_job_can_be_read_and_continued(self):
        self.write_workload(workload.sleeper(program={"sleep_mean": "12ms"}))
        job = self.submit()
        self.cluster.wait_for_output(job, "run (.|\n)* evaluations")
        run = self.latest_run()
        self.cluster.wait_until(job, (run / "run.h5").exists, "a view")
        self.assertEqual(len(self.cluster.ranks()), NODES)
        self.cluster.scancel(job)
        self.cluster.wait_for(job, "CANCELLED")
        with h5py.File(run / "run.h5") as file:
            self.assertIn("job", file)
        self.call("status", run, status=3)
        self.call("verify", run)
        self.assertEqual(self.result(self.submit(*harness.MANY_SLOTS)), self.undisturbed())
        self.assertEqual(self.latest_run(), run)


if __name__ == "__main__":
    hosts_case.main(slurm.unavailable)
