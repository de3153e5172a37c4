"""Slurm nodes that crash or lose their cable; the controller takes half a minute to see it."""

import hosts_case
import slurm

HOSTNAMES = "#!/bin/bash\nsrun --ntasks-per-node=1 hostname | sort\n"


class Nodes(hosts_case.HostsTest):

    def test_crashed_and_cut_nodes_are_set_down_and_return(self):
        cluster = self.make_hosts(3, kind=slurm.Cluster, slurmd_timeout_s=5)
        cluster["n2"].crash()
        cluster["n3"].cut()
        cluster.wait_for_nodes("down", "n2", "n3")
        self.assertEqual(cluster.node_state("n1"), "idle")
        cluster.boot("n2")
        cluster["n3"].heal()
        cluster.wait_for_nodes("idle", "n1", "n2", "n3")
        job = cluster.sbatch(HOSTNAMES, "--nodes=3")
        cluster.wait_for(job, "COMPLETED")
        self.assertEqual(cluster.output(job), "n1\nn2\nn3\n")


if __name__ == "__main__":
    hosts_case.main(slurm.unavailable)
