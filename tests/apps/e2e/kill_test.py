"""kill -9 of everything at any moment, then the same command: the same answer, nothing lost,
nothing durable made again.

usage: kill_test.py PROGRAM SOURCE [KILLS [SEED]]   (KILLS for each way to start, default 8)
"""

import os
import pathlib
import random
import re
import signal
import sys
import time
import unittest

import h5py
import harness
import pandas
import program
import workload

KILLS = int(sys.argv[3]) if len(sys.argv) > 3 else 8
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1
TRAIN, VALIDATION, TEST = 0, 1, 2


def last_progress(stderr):
    """Evaluations of the last progress line: they were reported, so they must not be lost."""
    shown = re.findall(r"(\d+)/\d+ evaluations", stderr)
    return int(shown[-1]) if shown else 0


def reused(stderr):
    """Evaluations the session says it took over; nothing if it did not come to that."""
    found = re.search(r"resumed \S+: (\d+) evaluations", stderr)
    return int(found.group(1)) if found else None


class Killed(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.mpi_leftovers_expected = True
        self.chance = random.Random(SEED)
        self.kills = 0
        self.write("data.jsonl", workload.examples())

    def durable_cells(self, run):
        """What the journal holds now, by `foundation rebuild`: one row an evaluation."""
        self.call("rebuild", run)
        with h5py.File(run / "run.h5") as file:
            if "evaluations" not in file:
                return pandas.DataFrame()
            table = file["evaluations"]
            names = ("candidate", "split", "position", "output", "worker", "received_at")
            return pandas.DataFrame({name: table[name][:] for name in names})

    def check_kept(self, before, after):
        """Every row of `before` is in `after` as it was: nothing was evaluated again."""
        if before.empty:
            return
        both = before.merge(after, how="left", indicator=True)
        self.assertTrue((both["_merge"] == "both").all(), both[both["_merge"] != "both"])

    def session_until_killed(self, launcher, delay_s):
        """Starts or continues the run and kills all of it; None if it was done before that."""
        started = self.start("optimize", "job.toml", launcher=launcher)
        deadline = time.monotonic() + delay_s
        while time.monotonic() < deadline and not started.is_over():
            time.sleep(0.002)
        if started.is_over():
            self.assertEqual(started.process.returncode, 0, started.stderr())
            return None
        self.kill_all(started, self.chance)
        self.kills += 1
        return started.stderr()

    def delays(self):
        """Random moments; now and then a burst of kills that hits recovery itself."""
        while True:
            yield self.chance.uniform(0.1, 1.1)
            if self.chance.random() < 0.3:
                for _ in range(3):
                    yield self.chance.uniform(0.02, 0.3)

    def survive(self, job, launcher):
        """Kills a run again and again; then lets it end and compares."""
        self.write_job(job)
        quickly = harness.MANY_SLOTS if job["program"]["kind"] == "sleep" else ()
        undisturbed = self.optimize("--set", "run.folder=undisturbed", *quickly)["result"]
        delays = self.delays()
        durable, reported = pandas.DataFrame(), 0
        while self.kills < KILLS:
            stderr = self.session_until_killed(launcher, next(delays))
            if stderr is None:
                self.fail(f"the job is too short for {KILLS} kills; {self.kills} were made")
            self.check_reuse(stderr, durable, reported)
            reported = max(reported, last_progress(stderr))
            run = self.latest_run()
            if (run / "journal").is_dir():
                now = self.durable_cells(run)
                self.check_kept(durable, now)
                durable = now
                self.assertGreaterEqual(self.searched(durable), reported)
        finished = self.optimize(launcher=launcher)
        self.check_reuse(finished["stderr"], durable, reported)
        self.assertEqual(finished["result"], undisturbed)
        self.check_kept(durable, self.durable_cells(self.latest_run()))
        self.assertEqual(self.call("verify", self.latest_run()).returncode, 0)
        self.assertEqual(len(list((self.folder / "runs").glob("job-*"))), 1)

    @staticmethod
    def searched(cells):
        return 0 if cells.empty else int((cells["split"] != TEST).sum())

    def check_reuse(self, stderr, durable, reported):
        taken_over = reused(stderr)
        if taken_over is not None:
            self.assertEqual(taken_over, self.searched(durable), stderr)
            self.assertGreaterEqual(taken_over, reported)

    def test_serial_with_bootstraps(self):
        job = workload.classifier(strategy={"candidates": 12_000}, execution={"slots": 2})
        self.survive(job, harness.SERIAL)

    def test_serial_asleep(self):
        job = workload.sleeper(program={"sleep_mean": "2ms"}, execution={"slots": 1})
        self.survive(job, harness.SERIAL)
        report = self.call("report", self.latest_run(), "--json").stdout
        self.assertIn('"duplicates": 0', report, "a lone slot has nothing to do twice")

    def test_two_ranks(self):
        self.survive(workload.sleeper(program={"sleep_mean": "2ms"}), harness.mpirun(2))

    def test_four_ranks(self):
        self.survive(workload.sleeper(program={"sleep_mean": "4ms"}), harness.mpirun(4))


def parent_of(pid):
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        return int(stat.rpartition(")")[2].split()[1])
    except OSError:  # it has ended
        return None


class PartsDie(harness.RunTest):
    """Whichever single process is killed, the others go, and the same command continues."""

    def setUp(self):
        super().setUp()
        self.mpi_leftovers_expected = True
        self.write("data.jsonl", workload.examples())
        self.write_job(workload.sleeper(program={"sleep_mean": "3ms"}))

    def kill_one(self, launcher, number):
        """Kills the process with this place in the tree; False if there is none."""
        started = self.start("optimize", "job.toml", launcher=launcher)
        run = started.run_folder()
        harness.wait_until(lambda: "workers" in self.tables(run), "a view with workers")
        pids = self.working_processes()
        if number >= len(pids):
            self.kill_all(started)
            return False
        os.kill(pids[number], signal.SIGKILL)
        self.wait_for_silence()
        self.assertNotEqual(started.wait(), 0, started.stderr())
        return True

    def working_processes(self):
        """All but those that make views: a failed view is not the end of a run. Such a process is
        a later child of a keeper, which for a moment looks like the run itself."""
        processes = self.processes()
        eldest = {}
        for pid in sorted(processes):
            eldest.setdefault(parent_of(pid), pid)
        return [pid for pid in sorted(processes)
                if eldest.get(parent_of(pid)) == pid
                or "mpirun" in processes.get(parent_of(pid), "")]

    @staticmethod
    def tables(run):
        if not (run / "run.h5").exists():
            return ()
        with h5py.File(run / "run.h5") as file:
            return tuple(file)

    def check_every_process(self, launcher, processes):
        undisturbed = self.answer("--set", "run.folder=undisturbed", *harness.MANY_SLOTS)
        number = 0
        while self.kill_one(launcher, number):
            number += 1
        self.assertGreaterEqual(number, processes)
        self.assertEqual(self.answer(launcher=launcher), undisturbed)

    def test_serial(self):
        self.check_every_process(harness.SERIAL, 2)

    def test_two_ranks(self):
        self.check_every_process(harness.mpirun(2), 5)


if __name__ == "__main__":
    if len(sys.argv) > 3:  # the long form is about the number of kills
        del PartsDie
    harness.main()
