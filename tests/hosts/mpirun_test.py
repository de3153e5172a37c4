"""Ranks on several hosts, started by mpirun over the remote shell."""

import json
import math
import os
import pathlib
import signal

import h5py
import hosts_case
from hosts_case import harness, workload

# mpirun notices a host that falls silent within seconds, not minutes.
KEEPALIVE = [word for name, value in (("time", 1), ("intvl", 1), ("probes", 2))
             for word in ("--mca", f"oob_tcp_keepalive_{name}", str(value))]


def is_stopped(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] == "T"


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

    def test_each_host_has_a_row_of_its_own(self):
        """What it offers, its slots, and samples that one of its ranks has taken."""
        self.write_workload(workload.sleeper(program={"sleep_mean": "12ms"}))
        result = self.optimize("--fresh", launcher=self.hosts.mpirun(2))
        names = [host.name for host in self.hosts.hosts]
        with h5py.File(pathlib.Path(result["run"]) / "run.h5") as file:
            self.assertEqual(list(file["nodes/node"].asstr()), names)
            self.assertEqual(list(file["nodes/ranks"][:]), [2, 2, 2])
            self.assertEqual(list(file["nodes/workers"][:]), [2, 2, 2])
            self.assertEqual(list(file["nodes/slots"][:]), list(file["nodes/planned_slots"][:]))
            takers = sorted(set(zip(file["health/worker"][:], file["health/node"].asstr())))
            self.assertEqual([(rank // 2, node) for rank, node in takers],
                             list(enumerate(names)), "one rank of each")
            trips = file["nodes/round_trip_us"][:]
            self.assertTrue(math.isnan(trips[0]), "rank 0 is there")
            self.assertTrue(all(0 < trip < 1e6 for trip in trips[1:]), trips)
            services = list(file["services/name"].asstr())
        for name in names:
            self.assertIn(f"node_sampler/{name}", services)
            self.assertEqual(sum(service.startswith(f"evaluation_worker/{name}/")
                                 for service in services), 2)
        report = json.loads(self.call("report", result["run"], "--json").stdout)
        self.assertEqual([row["node"] for row in report["nodes"]], names)

    def start_and_wait_for_work(self):
        """A run that takes a while with the slots of its job file, and its answer."""
        self.write_workload(workload.sleeper(program={"sleep_mean": "12ms"}))
        undisturbed = self.answer("--set", "run.folder=undisturbed", *harness.MANY_SLOTS)
        started = self.start("optimize", "job.toml",
                             launcher=self.hosts.mpirun(2, options=KEEPALIVE))
        started.run_folder()
        harness.wait_until(lambda: " evaluations" in started.stderr().split("run ", 1)[-1],
                           "a progress line")
        return started, undisturbed

    def test_a_crashed_host_does_not_cost_the_run(self):
        started, undisturbed = self.start_and_wait_for_work()
        run = started.run_folder()
        self.hosts[2].crash()
        self.assertNotEqual(started.wait(), 0)
        left = self.optimize(*harness.MANY_SLOTS,
                             launcher=self.hosts.mpirun(2, hosts=self.hosts.hosts[:2]))
        self.assertEqual((left["run"], left["result"]["answer"]), (str(run), undisturbed))

    def test_ranks_can_be_frozen_and_killed(self):
        self.leftovers_expected = True
        started, undisturbed = self.start_and_wait_for_work()
        ranks = self.hosts.ranks()
        frozen = ranks[5][1]
        os.kill(frozen, signal.SIGSTOP)
        harness.wait_until(lambda: is_stopped(frozen), "rank 5 is frozen")
        os.kill(frozen, signal.SIGCONT)
        harness.wait_until(lambda: not is_stopped(frozen), "rank 5 goes on")
        os.kill(ranks[3][1], signal.SIGKILL)
        self.assertNotEqual(started.wait(), 0)
        again = self.optimize(*harness.MANY_SLOTS, launcher=self.hosts.mpirun(2))
        self.assertIn("resumed", again["stderr"])
        self.assertEqual(again["result"]["answer"], undisturbed)


if __name__ == "__main__":
    hosts_case.main()
