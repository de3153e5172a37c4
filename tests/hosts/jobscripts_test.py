"""The batch scripts of jobscripts/ on a Slurm cluster: requeue, job arrays, chains.

Sessions end by --end-time, which is quick and passes through the scripts like any option; the
limits of Slurm itself, whole minutes, are in slurm_limit_test.py.
"""

import json
import os
import pathlib
import signal

import h5py
import hosts_case
import script_case
import slurm
from hosts_case import harness, workload
from script_case import NODES, SCRIPTS


class Scripts(script_case.ScriptTest):

    def test_a_job_goes_back_to_the_queue_until_the_run_is_done(self):
        self.write_sleeper("200ms", 16)
        job = self.cluster.sbatch(SCRIPTS / "optimize.sbatch", f"--nodes={NODES}",
                                  "--cpus-per-task=2", "--time=5",
                                  arguments=("job.toml", "--end-time", "14s"))
        self.cluster.wait_for(job, "COMPLETED", limit_s=400)
        restarts = int(self.cluster.job(job)["Restarts"])
        output = self.cluster.output(job)
        self.assertGreaterEqual(restarts, 1, output)
        self.assertIn("back to the queue", output)
        self.assertIn("done: ", output)
        self.check_run(restarts + 1)
        self.assertEqual(list(self.folder.glob("*.progress")), [])

    def test_a_chain_ends_with_the_run(self):
        self.write_sleeper("200ms", 16)
        submitted = self.cluster.call(SCRIPTS / "chain.sh", "12", "job.toml", "--end-time", "14s",
                                      cwd=self.folder,
                                      env={**self.cluster.environment, "SBATCH_TIMELIMIT": "5"})
        jobs = submitted.splitlines()[0].split()[1:]
        self.assertEqual(len(jobs), 12)
        states = []
        for job in jobs:
            harness.wait_until(lambda job=job: self.cluster.state(job) in slurm.ENDED,
                               f"job {job} ended", 400)
            states.append(self.cluster.state(job))
        self.assertIn("COMPLETED", states)
        done = states.index("COMPLETED")
        self.assertGreaterEqual(done, 1)
        self.assertEqual(states[:done], ["FAILED"] * done, "exit status 3: stopped, not done")
        self.assertEqual(states[done + 1:], ["CANCELLED"] * (11 - done))
        self.check_run(done + 1)

    def test_an_array_of_seeds_is_merged(self):
        self.write_workload(workload.classifier(strategy={"candidates": 8, "heat": 4}))
        array = self.cluster.sbatch(SCRIPTS / "optimize-array.sbatch", "--array=1-4", "--time=5",
                                    "--cpus-per-task=2", arguments=("job.toml",))
        for task in range(1, 5):
            self.cluster.wait_for(f"{array}_{task}", "COMPLETED", limit_s=400)
        runs = sorted((self.folder / "runs").glob("*"))
        merged = json.loads(self.call("merge", *runs, "-o", "merged.h5", "--json").stdout)
        self.assertEqual([run["seed"] for run in sorted(merged["runs"], key=lambda it: it["seed"])],
                         [1, 2, 3, 4])
        with h5py.File(self.folder / "merged.h5") as file:
            self.assertEqual(len(file["runs/seed"]), 4)
            self.assertEqual(sorted(set(file["evaluations/run"][:])), [0, 1, 2, 3])
        seed_two = next(run for run in merged["runs"] if run["seed"] == 2)
        alone = self.optimize("--fresh", "--set", "run.folder=alone", "--set", "job.seed=2")
        self.assertEqual(seed_two["answer"], alone["result"]["answer"])
        self.assertTrue(pathlib.Path(seed_two["folder"]).is_dir())

    def test_a_lost_node_and_a_lost_rank_0_cost_no_allocation(self):
        self.write_sleeper("200ms", 32)
        cluster = self.cluster
        job = cluster.sbatch(SCRIPTS / "optimize.sbatch", f"--nodes={NODES}", "--time=5",
                             "--cpus-per-task=2", arguments=("job.toml",))
        self.cluster.wait_for_output(job, " evaluations")
        ranks = {rank: (host.name, pid) for rank, (host, pid) in cluster.ranks().items()}
        cluster[ranks[1][0]].crash()
        cluster.wait_for_nodes("down", ranks[1][0])
        os.kill(ranks[0][1], signal.SIGKILL)
        self.cluster.wait_for_output(job, f"relaunching on {ranks[0][0]}:1: attempt 2")
        cluster.wait_for(job, "COMPLETED", limit_s=400)
        self.assertEqual(cluster.job(job)["Restarts"], "0")
        self.check_run(2)

    def test_a_cancelled_job_stays_out_of_the_queue(self):
        self.write_sleeper("200ms", 64)
        job = self.cluster.sbatch(SCRIPTS / "optimize.sbatch", f"--nodes={NODES}", "--time=5",
                                  "--cpus-per-task=2", arguments=("job.toml",))
        self.cluster.wait_for_output(job, " evaluations")
        self.cluster.scancel(job)
        self.cluster.wait_for(job, "CANCELLED")
        harness.wait_until(lambda: not self.cluster.ranks(), "no rank is left", 60)
        self.assertEqual(self.cluster.state(job), "CANCELLED")
        self.assertEqual(self.cluster.job(job)["Restarts"], "0")
        self.call("verify", self.latest_run())


if __name__ == "__main__":
    hosts_case.main(slurm.unavailable)
