"""Ranks and hosts are lost while a run over hosts is at work: it ends by itself all the same."""

import os
import signal

import hosts_case
import survival_case
from hosts_case import harness


class WorkersLost(survival_case.SurvivalTest):
    """None of these is on the host of rank 0."""

    def setUp(self):
        super().setUp()
        self.prepare(3)
        self.ranks = self.launch(self.hosts)

    def test_a_rank_is_killed(self):
        self.kill(5)
        self.wait_for_loss(5, "its process ended", 0.5)
        self.check_end()

    def test_a_rank_is_frozen(self):
        frozen = self.ranks[3][1]
        os.kill(frozen, signal.SIGSTOP)
        self.wait_for_loss(3, "no sign of life", survival_case.HEARTBEAT_LIMIT_S)
        self.check_end()

    def test_a_host_crashes(self):
        self.hosts[2].crash()
        self.wait_for_loss(4, "its connection is cut", 3)
        self.check_end()

    def test_two_hosts_crash_one_after_the_other(self):
        self.hosts[1].crash()
        self.wait_for_loss(2, "its connection is cut", 3)
        self.hosts[2].crash()
        self.wait_for_loss(5, "its connection is cut", 3)
        self.check_end()

    def test_workers_behind_a_cut_cable_are_fenced(self):
        self.hosts[1].cut()
        self.wait_for_loss(2, "its connection is cut", 3)
        self.wait_for_log("rank 3 is lost")
        self.hosts[1].heal()
        harness.wait_until(lambda: not self.hosts[1].ranks(), "the returned workers leave", 30)
        self.check_end()


class Relaunched(survival_case.SurvivalTest):
    """Given on a host of its own, h0; the ranks are on h1, h2 and h3."""

    def setUp(self):
        super().setUp()
        self.prepare(4)
        self.ranks = self.launch(self.hosts.hosts[1:])
        self.wait_for_log("% ")

    def test_rank_0_is_killed(self):
        self.kill(0)
        self.wait_for_log("relaunching")
        self.check_end(attempts=2)

    def test_the_host_of_rank_0_crashes(self):
        self.hosts[1].crash()
        self.wait_for_log("relaunching on h2:2,h3:2")
        self.check_end(attempts=2)

    def test_mpirun_is_killed(self):
        mpirun = [pid for pid, command in self.hosts[0].processes().items()
                  if os.readlink(f"/proc/{pid}/exe").endswith("orterun")]
        self.assertEqual(len(mpirun), 1)
        os.kill(mpirun[0], signal.SIGKILL)
        self.wait_for_log("relaunching")
        self.check_end(attempts=2)


if __name__ == "__main__":
    hosts_case.main()
