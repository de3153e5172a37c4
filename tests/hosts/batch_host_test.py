"""jobscripts/optimize.sbatch when the node is lost that its script runs on: Slurm leaves such a job
running without it, since it asks not to be killed (--no-kill); another node puts it back in the
queue."""

import hosts_case
import script_case
import slurm


class BatchHost(script_case.ScriptTest):
    nodes = script_case.NODES + 1

    def test_its_loss_costs_an_allocation_and_no_more(self):
        self.write_sleeper("200ms", 32)
        cluster = self.cluster
        job = cluster.sbatch(script_case.SCRIPTS / "optimize.sbatch", "--time=5",
                             f"--nodes={script_case.NODES}", "--cpus-per-task=2",
                             "--export=ALL,FOUNDATION_WATCH_S=2", arguments=("job.toml",))
        self.cluster.wait_for_output(job, " evaluations")
        cluster[cluster.job(job)["BatchHost"]].crash()
        cluster.wait_for(job, "COMPLETED", limit_s=400)
        self.assertEqual(cluster.job(job)["Restarts"], "1")
        self.assertIn("evaluations of ", cluster.output(job), "what was done is reused")
        self.check_run(2)


if __name__ == "__main__":
    hosts_case.main(slurm.unavailable)
