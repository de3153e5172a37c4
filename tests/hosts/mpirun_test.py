"""Ranks on several hosts, started by mpirun over the remote shell."""

import hosts_case
from hosts_case import workload


class OverHosts(hosts_case.HostsTest):

    def setUp(self):
        super().setUp()
        self.hosts = self.make_hosts(3)

    def test_the_answer_is_that_of_one_process(self):
        self.write_workload(workload.classifier())
        alone = self.optimize("--fresh")["result"]
        together = self.optimize("--fresh", launcher=self.hosts.mpirun(2))
        self.assertEqual(together["result"], alone)

    def test_ranks_are_where_they_were_asked_for(self):
        self.write_workload(workload.sleeper())
        started = self.start("optimize", "job.toml", launcher=self.hosts.mpirun(2))
        started.run_folder()
        ranks = self.hosts.ranks()
        self.assertEqual([ranks[rank][0].name for rank in sorted(ranks)],
                         ["h0", "h0", "h1", "h1", "h2", "h2"])
        self.assertEqual(started.wait(), 0, started.stderr())


if __name__ == "__main__":
    hosts_case.main()
