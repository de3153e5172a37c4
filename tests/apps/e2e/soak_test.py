"""Many ranks under the launcher on a machine that has few cores, and a random fault each second:
worker ranks are killed, frozen and thawed; when few are left, rank 0 is killed, and the run is
started again with all of them. Nothing is lost, the answer is the same, no process, file, shared
memory or open file is left over, and memory does not grow.

usage: soak_test.py PROGRAM SOURCE [MINUTES [RANKS [SEED]]]
"""

import collections
import contextlib
import json
import os
import pathlib
import random
import signal
import sys
import time

import harness
import launcher
import workload

MINUTES = float(sys.argv[3]) if len(sys.argv) > 3 else 0.4
RANKS = int(sys.argv[4]) if len(sys.argv) > 4 else 8
SEED = int(sys.argv[5]) if len(sys.argv) > 5 else 1
EVALUATIONS = 9024  # of workload.searcher, as its progress says
FEW = RANKS // 4  # ranks at work: no fewer than this
LIMIT_S = 600 + 60 * MINUTES  # until the end, and for the start of so many processes
GROWTH = 1.2  # of resident memory, at most, from a minute after a process began ...
GROWTH_BYTES = 16 << 20  # ... and this on top
PAGE = os.sysconf("SC_PAGE_SIZE")


def parent_of(pid):
    """Of a process that may be gone."""
    with contextlib.suppress(OSError):
        return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def rank_of(pid):
    with contextlib.suppress(OSError):
        for entry in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
            if entry.startswith(b"OMPI_COMM_WORLD_RANK="):
                return int(entry.partition(b"=")[2])
    return None


class Usage:
    """What a process holds, from its first sample on."""

    def __init__(self, pid):
        self.pid = pid
        self.samples = []  # (moment, bytes, open files)

    def take(self):
        with contextlib.suppress(OSError):
            pages = int(pathlib.Path(f"/proc/{self.pid}/statm").read_text().split()[1])
            files = len(os.listdir(f"/proc/{self.pid}/fd"))
            if pages > 0:  # it is alive
                self.samples.append((time.monotonic(), pages * PAGE, files))

    def settled(self, settle_s=60):
        """Samples from a minute after the first one on."""
        return [it for it in self.samples if it[0] >= self.samples[0][0] + settle_s]


class Soak(launcher.LauncherTest):

    def setUp(self):
        super().setUp()
        self.environment["OMP_NUM_THREADS"] = "1"
        self.chance = random.Random(SEED)
        self.frozen = set()
        self.counts = collections.Counter()
        self.usage = {}

    def write_work(self, mean_s):
        """Cells that only sleep: about the time of the test on half of the ranks."""
        self.write_job(workload.searcher(program={"sleep_mean": f"{mean_s * 1000:.3f}ms"},
                                         strategy={"lookahead": 32}, execution={"slots": 1}))

    def workers(self):
        """{rank: pid} of the ranks that are at work; of a rank and its keeper the rank."""
        keepers = {}
        children = {}
        for pid, command in self.processes().items():
            rank = rank_of(pid)
            if rank is None or " rebuild " in command or " evaluate-cells " in command:
                continue
            if rank_of(parent_of(pid)) == rank:
                children[rank] = pid
            else:
                keepers[rank] = pid
        return {rank: pid for rank, pid in children.items() if rank in keepers}

    @staticmethod
    def sessions(started):
        """How many have begun; not every relaunch gets that far."""
        return started.stderr().count(" workers on ")

    def at_work(self, started, before):
        """Until one more session has begun than there were before; its run folder."""
        harness.wait_until(lambda: started.is_over() or self.sessions(started) > before,
                           "ranks at work", LIMIT_S)
        return started.run_folder()

    # --- faults -----------------------------------------------------------------------------------

    def send(self, what, pid, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            self.counts[what] += 1

    def disturb(self, run):
        """One fault. False if rank 0 was killed."""
        workers = self.workers()
        self.frozen &= set(workers.values())
        awake = [pid for rank, pid in sorted(workers.items())
                 if rank > 0 and pid not in self.frozen]
        if len(awake) < FEW and not self.frozen:
            self.kill_rank_0(run)
            return False
        what = self.chance.choices(("kill", "freeze", "thaw"), (2, 4, 4))[0]
        if self.frozen and (what == "thaw" or not awake):
            pid = self.chance.choice(sorted(self.frozen))
            self.frozen.remove(pid)
            self.send("thaw", pid, signal.SIGCONT)
        elif what == "kill":
            self.send("kill", self.chance.choice(awake), signal.SIGKILL)
        else:
            pid = self.chance.choice(awake)
            self.frozen.add(pid)
            self.send("freeze", pid, signal.SIGSTOP)
        return True

    def kill_rank_0(self, run):
        owner = self.owner(run)
        if owner in self.processes():
            self.send("kill of rank 0", owner, signal.SIGKILL)

    def soak(self, started):
        run = self.at_work(started, 0)
        end = time.monotonic() + 60 * MINUTES
        next_fault = time.monotonic()
        while time.monotonic() < end and not started.is_over():
            before = self.sessions(started)
            if not self.disturb(run):
                self.at_work(started, before)
            self.take_usage(started, run)
            next_fault = max(next_fault + 1, time.monotonic())
            time.sleep(max(0, next_fault - time.monotonic()))
        self.assertFalse(started.is_over(), started.stderr())
        self.kill_rank_0(run)  # all ranks are there again to finish the work

    # --- what must not grow -----------------------------------------------------------------------

    def take_usage(self, started, run):
        for name, pid in (("launcher", started.pid), ("rank 0", self.owner(run))):
            self.usage.setdefault((name, pid), Usage(pid)).take()

    def check_usage(self):
        for (name, _), usage in self.usage.items():
            settled = usage.settled()
            if len(settled) < 2:
                continue
            (_, before, files), (_, after, files_after) = settled[0], settled[-1]
            span = settled[-1][0] - settled[0][0]
            print(f"{name}: {before >> 10} KiB, {files} files; {span:.0f} s later "
                  f"{after >> 10} KiB, {files_after} files")
            self.assertLess(after, before * GROWTH + GROWTH_BYTES)
            self.assertLessEqual(files_after, files + 8)

    def test_a_fault_each_second(self):
        self.write_work(0.001)
        undisturbed = self.answer("--set", "run.folder=undisturbed", *harness.MANY_SLOTS)
        self.write_work(60 * MINUTES * RANKS / 2 / EVALUATIONS)
        begin = time.monotonic()
        started = self.start("optimize", "job.toml", "--json", "-n", RANKS)
        self.soak(started)
        self.assertEqual(started.wait(LIMIT_S), 0, started.stderr())
        result = json.loads(started.stdout())
        print(f"{RANKS} ranks, {time.monotonic() - begin:.0f} s, load {os.getloadavg()[0]:.0f}: "
              f"{dict(self.counts)}; {started.stderr().count(' is lost: ')} ranks given up, "
              f"{started.stderr().count('relaunching on ')} relaunches")
        self.assertEqual(result["result"]["answer"], undisturbed)
        self.call("verify", pathlib.Path(result["run"]))
        self.wait_for_silence(60)
        self.check_mpi_files()
        self.check_usage()


if __name__ == "__main__":
    harness.main()
