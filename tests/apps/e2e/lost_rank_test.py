"""Ranks that die or freeze inside one MPI job: the others do their work, the answer is the same.

The ranks are started as our launcher starts them: ends without MPI_Finalize are allowed, and the
death of one does not end the job.
"""

import contextlib
import json
import os
import pathlib
import re
import signal
import time
import unittest

import h5py
import harness
import numpy
import workload

LAUNCHED = {"FOUNDATION_LAUNCH": "1"}


def mpirun(ranks):
    return ("mpirun", "--enable-recovery", "--mca", "orte_allowed_exit_without_sync", "1",
            "--mca", "async_mpi_finalize", "1", "--mca", "pml", "ob1",
            "--mca", "btl", "vader,tcp,self", "--oversubscribe", "--bind-to", "none",
            "-n", str(ranks))


def environment_of(pid):
    with contextlib.suppress(OSError):
        entries = pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return dict(entry.split(b"=", 1) for entry in entries if b"=" in entry)
    return {}


def parent_of(pid):
    with contextlib.suppress(OSError):
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        return int(stat.rpartition(")")[2].split()[1])
    return 0


class LostRanks(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.mpi_leftovers_expected = True  # a killed rank cannot remove its shared memory
        self.write("data.jsonl", workload.examples())
        self.write_job(workload.sleeper(program={"sleep_mean": "6ms"},
                                        strategy={"candidates": 160}))

    def working_process(self, rank):
        """The process that evaluates on this rank: the child of its keeper."""
        wanted = str(rank).encode()
        pids = [pid for pid, command in self.processes().items()
                if " optimize " in command and "mpirun" not in command
                and environment_of(pid).get(b"OMPI_COMM_WORLD_RANK") == wanted]
        children = [pid for pid in pids if parent_of(pid) in pids]
        return children[0] if len(children) == 1 else None

    def start_ranks(self, ranks, *arguments):
        """A run at work on all its ranks; the pids of their working processes."""
        started = self.start("optimize", "job.toml", *arguments, launcher=mpirun(ranks),
                             environment=LAUNCHED)
        run = started.run_folder()
        joined = f": {ranks} of {ranks} workers on "
        harness.wait_until(lambda: joined in started.stderr(), "all at work")
        pids = [harness.wait_until(lambda rank=rank: self.working_process(rank), f"rank {rank}")
                for rank in range(ranks)]
        return started, run, pids

    def wait_for_loss(self, started, rank, why):
        """Waits until the coordinator gives the rank up; the seconds it took."""
        before = time.monotonic()
        pattern = re.compile(rf"rank {rank} is lost: .*{why}")
        harness.wait_until(lambda: pattern.search(started.stderr()), f"rank {rank} lost: {why}")
        return time.monotonic() - before

    def undisturbed(self):
        return self.optimize("--fresh", "--set", "run.folder=undisturbed", *harness.MANY_SLOTS)

    def check_end(self, started, run, lost):
        """It came to its end by itself, with the answer of an undisturbed run."""
        harness.wait_until(lambda: (run / "DONE").exists(), "the end")
        started.wait()
        self.wait_for_silence()
        self.assertEqual(started.stderr().count("is lost:"), lost, started.stderr())
        report = self.call("report", run, "--json")
        undisturbed = self.undisturbed()
        again = self.optimize("--run", str(run))  # nothing is left to do: prints the answer
        self.assertEqual(again["result"], undisturbed["result"])
        self.assertEqual(self.call("verify", run).returncode, 0)
        return report.stdout

    def test_killed_ranks_in_two_waves(self):
        started, run, pids = self.start_ranks(4)
        os.kill(pids[1], signal.SIGKILL)
        first = self.wait_for_loss(started, 1, "its process ended")
        os.kill(pids[3], signal.SIGKILL)
        second = self.wait_for_loss(started, 3, "its process ended")
        print(f"noticed after {first:.3f} s and {second:.3f} s")
        self.assertLess(max(first, second), 5)
        self.check_end(started, run, lost=2)

    def status(self, run, *words, phase=1):
        """What `foundation status --json` says of a run that is at work (1) or done (0)."""
        return json.loads(self.call("status", run, "--json", *words, status=phase).stdout)

    def test_status_report_and_tables_name_a_lost_rank(self):
        started, run, pids = self.start_ranks(4)
        before = harness.wait_until(lambda: self.whole(run), "all four in the journal")
        self.assertEqual(before["health"]["overall"], "healthy")
        self.assertIsNotNone(before["optimization_started"])
        os.kill(pids[2], signal.SIGKILL)
        self.wait_for_loss(started, 2, "its process ended")
        harness.wait_until(lambda: self.status(run)["health"]["workers_lost"] == 1, "the loss")
        after = self.status(run)
        self.assertEqual(after["health"]["overall"], "degraded")
        node = after["health"]["nodes"][0]
        self.assertEqual([lost["rank"] for lost in node["lost"]], [2])
        gone = {service["name"] for service in before["services"]} - {
            service["name"] for service in after["services"]}
        self.assertEqual(gone, {f"evaluation_worker/{node['node']}/2"})
        self.check_end(started, run, lost=1)
        text = self.call("status", run).stdout
        self.assertIn("  nodes        degraded: 1 of 1 healthy, 3 workers", text)
        self.assertIn(f"  lost         rank 2 on {node['node']}: its process ended", text)
        report = json.loads(self.call("report", run, "--json").stdout)
        self.assertEqual([(row["ranks"], row["workers"], row["workers_lost"])
                          for row in report["nodes"]], [(4, 3, 1)])
        self.assertIn("\nnodes\n", self.call("report", run).stdout)
        self.check_services(run)

    def whole(self, run):
        """The status once all four have registered."""
        status = self.status(run)
        return status if status["health"]["workers"] == 4 else None

    def check_services(self, run):
        """What `--services` filters, and how the table tells of the end of one."""
        journal = self.status(run, "--capability", "journal", phase=0)["services"]
        self.assertEqual([service["name"] for service in journal], ["journal"])
        none = self.status(run, "--capability", "journal", "--capability", "dspy_evaluation",
                           phase=0)
        self.assertEqual(none["services"], [])
        self.assertIn("coordinator", self.call("status", run, "--services").stdout)
        with h5py.File(run / "run.h5") as file:
            names = list(file["services/name"].asstr())
            ended = [name for name, at in zip(names, file["services/ended_at"][:])
                     if at != numpy.iinfo(numpy.int64).min]
        self.assertEqual([name.rsplit("/", 1)[1] for name in ended], ["2"])
        self.assertEqual(sum(name.startswith("evaluation_worker/") for name in names), 4)

    def test_a_frozen_rank_is_given_up_and_leaves_when_it_wakes(self):
        started, run, pids = self.start_ranks(3, "--set", "execution.heartbeat_timeout=2s")
        os.kill(pids[2], signal.SIGSTOP)
        noticed = self.wait_for_loss(started, 2, "no sign of life for 2s")
        print(f"noticed after {noticed:.3f} s")
        self.assertLess(noticed, 20)
        self.assertFalse(started.is_over(), "the others go on")
        os.kill(pids[2], signal.SIGCONT)
        harness.wait_until(lambda: self.working_process(2) is None, "the fenced rank gone", 20)
        harness.wait_until(lambda: "the coordinator is gone" in started.stderr(), "its last word")
        self.check_end(started, run, lost=1)

    def test_a_killed_rank_without_sockets(self):
        started, run, pids = self.start_ranks(3, "--set", "execution.heartbeat_timeout=3s",
                                              "--set", "execution.liveness=mpi")
        os.kill(pids[1], signal.SIGKILL)
        noticed = self.wait_for_loss(started, 1, "no sign of life for 3s")
        print(f"noticed after {noticed:.3f} s")
        self.check_end(started, run, lost=1)

    def test_all_ranks_leave_when_the_coordinator_is_killed(self):
        started, run, pids = self.start_ranks(3)
        os.kill(pids[0], signal.SIGKILL)
        self.wait_for_silence(20)
        self.assertFalse((run / "DONE").exists())
        self.assertEqual(started.stderr().count("the coordinator is gone"), 2, started.stderr())
        again = self.optimize(*harness.MANY_SLOTS)
        self.assertEqual(again["result"], self.undisturbed()["result"])

    def test_a_launched_run_without_losses_ends_by_itself(self):
        started, run, _ = self.start_ranks(3)
        self.assertEqual(started.wait(), 0, started.stderr())
        self.assertIn("  answer  ", started.stdout())
        self.check_end(started, run, lost=0)


if __name__ == "__main__":
    harness.main()
