"""The wall-clock limit of Slurm: work for three allocations of one minute."""

import hosts_case
import script_case
import slurm


class Limit(script_case.ScriptTest):

    def test_a_run_of_three_allocations_is_requeued_twice_and_done(self):
        self.write_sleeper("400ms", 48)
        job = self.cluster.sbatch(script_case.SCRIPTS / "optimize.sbatch",
                                  f"--nodes={script_case.NODES}", "--cpus-per-task=2",
                                  "--time=1", "--signal=B:USR1@10", arguments=("job.toml",))
        self.cluster.wait_for(job, "COMPLETED", limit_s=1200)
        restarts = int(self.cluster.job(job)["Restarts"])
        self.assertGreaterEqual(restarts, 2, self.cluster.output(job))
        self.check_run(restarts + 1)


if __name__ == "__main__":
    hosts_case.main(slurm.unavailable)
