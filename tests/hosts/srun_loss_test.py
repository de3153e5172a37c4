"""`foundation optimize -n` in a batch job, ranks started by srun, one a node: a node is lost.

srun_loss_long_test.py has more of these.
"""

import json
import os

import hosts_case
import program
import slurm
from hosts_case import harness, workload

NODES = 4


class LaunchedBatch(hosts_case.HostsTest):

    job = {}  # changes to workload.searcher

    def setUp(self):
        super().setUp()
        self.cluster = self.make_hosts(NODES, kind=slurm.Cluster)
        self.write_workload(workload.searcher(**self.job))
        self.undisturbed = self.answer("--set", "run.folder=undisturbed", *harness.MANY_SLOTS)
        self.outcome = self.folder / "outcome.json"

    def submit(self, *options, arguments=()):
        """Submits the batch job; returns its number."""
        self.outcome.unlink(missing_ok=True)
        script = (f"#!/bin/bash\n{os.path.abspath(program.PROGRAM)} optimize job.toml --json "
                  f"--launcher srun -n {NODES} {' '.join(arguments)} >{self.outcome}\n")
        return self.cluster.sbatch(script, f"--nodes={NODES}", "--ntasks-per-node=1",
                                   "--cpus-per-task=2", "--open-mode=append", *options)

    def wait_for_work(self, job):
        """Until every rank is at work; the numbers of ranks by the node they are on."""
        self.cluster.wait_for_output(job, rf"{NODES} of {NODES} workers on(.|\n)* evaluations")
        return {host.name: rank for rank, (host, _) in self.cluster.ranks().items()}

    def check_end(self, job):
        """The job ends by itself, with status 0 and the answer of an undisturbed run."""
        self.cluster.wait_for(job, "COMPLETED", limit_s=240)
        outcome = json.loads(self.outcome.read_text(encoding="utf-8"))
        self.assertEqual(outcome["result"]["answer"], self.undisturbed, self.cluster.output(job))
        self.call("verify", outcome["run"])
        return self.cluster.output(job)


class NodeLost(LaunchedBatch):

    def test_a_node_crashes_in_an_allocation_that_survives_it(self):
        job = self.submit("--no-kill")
        victim = self.wait_for_work(job)["n3"]
        self.cluster["n3"].crash()
        self.cluster.wait_for_output(job, f"rank {victim} is lost")
        self.check_end(job)


if __name__ == "__main__":
    hosts_case.main(slurm.unavailable)
