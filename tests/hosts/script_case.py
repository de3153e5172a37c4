"""What tests of the batch scripts of jobscripts/ on a Slurm cluster share."""

import os

import h5py
import hosts_case
import program
import slurm
from hosts_case import workload

SCRIPTS = program.SOURCE / "jobscripts"
NODES = 2


def on_path(environment):
    """With the program on the PATH, as the scripts want it."""
    folder = os.path.dirname(os.path.abspath(program.PROGRAM))
    return {**environment, "PATH": f"{folder}:{environment['PATH']}"}


class ScriptTest(hosts_case.HostsTest):
    nodes = NODES

    def setUp(self):
        super().setUp()
        self.environment = on_path(self.environment)
        self.cluster = self.make_hosts(self.nodes, kind=slurm.Cluster)

    def write_sleeper(self, cell, candidates):
        """Cells that only sleep: the machine may be busy with something else."""
        self.write("data.jsonl", workload.examples(240))
        self.write_job(workload.sleeper(
            program={"sleep_mean": cell, "sleep_sigma": 0.2},
            strategy={"candidates": candidates, "heat": 8, "lookahead": 16}))

    def undisturbed(self):
        return self.answer("--fresh", "--set", "run.folder=undisturbed",
                           "--set", "execution.slots=16")

    def check_run(self, sessions):
        """The newest run is whole, took as many sessions, and has the undisturbed answer."""
        run = self.latest_run()
        self.call("verify", run)
        with h5py.File(run / "run.h5") as file:
            self.assertGreaterEqual(len(file["sessions/epoch"]), sessions)
            answer = file["result/answer"].asstr()[0]
        self.assertEqual(answer, self.undisturbed())
