"""No event is lost, however a traced job ends: every one that is in the recordings is in the HDF5
file, and each process's events have no gap.

    crash_test.py PROGRAM SOURCE DYING_PROGRAM MPIEXEC ROUNDS
"""

import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import trace_file

PROGRAM, DYING, MPIEXEC = sys.argv[1], sys.argv[3], sys.argv[4]
ROUNDS = int(sys.argv[5])
RANKS = 2
LIMIT_S = 120
WAYS = ["kill", "segv", "abort", "mpi_abort", "exit", "wrapper", "launcher", "finaliser", "all",
        "none"]


def finalisers(folder):
    """Processes that write the trace of this folder, and no others."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"trace-finaliser" in words and any(
                word.startswith(os.fsencode(folder)) for word in words):
            found.append(int(entry.name))
    return found


def wait_until(condition):
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


class CrashTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=os.getcwd()))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.trace = self.folder / "t.h5"

    def start(self, how, victim, moment):
        command = [MPIEXEC, "-n", str(RANKS), "--oversubscribe", "--bind-to", "none", PROGRAM,
                   "trace", "--keep-recordings", "-o", str(self.trace), "--", DYING, how,
                   str(victim), str(moment)]
        # A killed mpirun cannot remove its ranks' shared memory: it goes with the folder.
        segments = self.folder / "shm"
        segments.mkdir()
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL, cwd=self.folder, start_new_session=True,
                                env={**os.environ, "OMPI_MCA_btl_vader_backing_directory":
                                     str(segments)})

    def recover(self):
        subprocess.run([PROGRAM, "trace", "recover", "--keep-recordings",
                        str(trace_file.rings(self.folder))], check=True, timeout=LIMIT_S,
                       capture_output=True)

    def run_round(self, how, victim, moment):
        """Ends a job in this way; True if the file had to be made by hand."""
        by_hand = how in ("finaliser", "all")
        job = self.start("none" if by_hand else how, victim, moment)
        if by_hand:
            self.assertTrue(wait_until(lambda: finalisers(self.folder)), "no finaliser")
            time.sleep(moment / 20000)
            for process in finalisers(self.folder):
                os.kill(process, signal.SIGKILL)
            if how == "all":
                self.kill_job(job)
        job.wait(timeout=LIMIT_S)
        if by_hand:
            self.assertTrue(wait_until(lambda: not self.anybody_alive()), "somebody goes on")
            if not self.trace.exists():
                self.recover()
        self.assertTrue(wait_until(self.trace.exists), f"{how}: no trace")
        self.assertTrue(wait_until(lambda: not finalisers(self.folder)), f"{how}: finaliser stays")
        return by_hand

    def recorded_processes(self):
        folder = trace_file.rings(self.folder)
        found = [trace_file.published(file) for file in folder.glob("*.ftr")] if folder else []
        return [it for it in found if it is not None]

    def anybody_alive(self):
        return any(pathlib.Path(f"/proc/{process}/exe").exists()
                   for process, _, _ in self.recorded_processes())

    def kill_job(self, job):
        """SIGKILL for mpirun, then for everything below it: nobody may tidy up."""
        children = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                text = (entry / "stat").read_text()
            except OSError:
                continue
            parent = int(text.rsplit(")", 1)[1].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
        pending = [job.pid]
        while pending:
            process = pending.pop()
            pending += children.get(process, [])
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def check(self, how):
        recorded = {process: (events, dropped)
                    for process, events, dropped in self.recorded_processes()}
        processes = trace_file.table(self.trace, "processes")
        in_file = {}
        for row, process in enumerate(processes["pid"]):
            kept = int(processes["kept"][row])
            if kept == 0 and int(process) not in recorded:
                continue
            in_file[int(process)] = (kept, int(processes["dropped"][row]))
            tags = list(trace_file.tags_of(self.trace, row, "MPI_Sendrecv"))
            self.assertEqual(tags, list(range(len(tags))), f"{how}: a gap in row {row}")
        self.assertEqual(in_file, recorded, how)
        return sum(events for events, _ in recorded.values())

    def test_every_way_to_end(self):
        chance = random.Random(20261125)
        by_themselves = events = 0
        for number in range(ROUNDS):
            how = WAYS[number % len(WAYS)]
            victim, moment = chance.randrange(RANKS), chance.randrange(1, 20000)
            with self.subTest(how=how, victim=victim, moment=moment):
                by_hand = self.run_round(how, victim, moment)
                events += self.check(how)
                by_themselves += not by_hand
            shutil.rmtree(self.folder)
            self.folder.mkdir()
        # Clopper and Pearson for `ROUNDS` successes of `ROUNDS`: 95 %, one side.
        print(f"{ROUNDS} of {ROUNDS} traces complete, {events} events; at least "
              f"{100 * 0.05 ** (1 / ROUNDS):.1f} % with 95 % confidence; {by_themselves} without "
              f"`trace recover`")


unittest.main(argv=[sys.argv[0]], module="__main__")
