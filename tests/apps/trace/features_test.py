"""Every feature of MPI can be traced: the program gets through, each call of it is recorded once
and has its end, all messages and collectives are joined, and nothing else is there.

    features_test.py PROGRAM FEATURE_PROGRAM MPI_VERSION MPIEXEC FORTRAN_2008 FORTRAN_90
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import trace_file

PROGRAM, FEATURES, MPI_VERSION, MPIEXEC, FORTRAN_2008, FORTRAN_90 = sys.argv[1:7]
PYTHON = "/usr/bin/python3"
PYTHON_PROGRAM = pathlib.Path(__file__).with_name("python_program.py")
RANKS = 4
COMMUNICATORS = 1000  # and the rest as feature_program.c has it
REQUESTS = 1_000_000
MIB = 1 << 20


def members(number):
    """Ranks in a communicator of feature_program.c."""
    mask = 1 + number % ((1 << RANKS) - 1)
    return [rank for rank in range(RANKS) if mask >> rank & 1]


class Traced:
    """A run of a program: what it said, its trace, and what the analysis finds in it."""

    def __init__(self, test, folder, command, ranks=RANKS):
        self.path = folder / "t.h5"
        result = subprocess.run(
            [MPIEXEC, "-n", str(ranks), "--oversubscribe", "--bind-to", "none", PROGRAM, "trace",
             "-q", "-o", "t.h5", "--", *command], cwd=folder, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=200, check=False)
        test.assertEqual(result.returncode, 0, result.stderr)
        self.words = result.stdout.splitlines()
        test.assertEqual(self.words.count("done"), ranks)
        test.assertEqual(trace_file.attributes(self.path)["status"], "complete")
        test.assertEqual([file.name for file in folder.iterdir()], ["t.h5"])
        self.processes = trace_file.table(self.path, "processes")
        test.assertEqual(list(self.processes["rank"]), list(range(ranks)))
        test.assertEqual(int(self.processes["dropped"].sum()), 0)
        self.calls = trace_file.table(self.path, "calls")
        test.assertEqual(int(self.calls["open"].sum()), 0, "calls without an end")
        self.counts = {name.decode(): int(count) for process, name, count in
                       zip(self.calls["process"], self.calls["name"], self.calls["count"])
                       if process == -1}
        self.analysis_bytes = 0
        self.found = self.analyze(test)

    def analyze(self, test):
        with subprocess.Popen([PROGRAM, "analyze", "--json", str(self.path)],
                              stdout=subprocess.PIPE, text=True) as analysis:
            found = json.load(analysis.stdout)
            _, status, used = os.wait4(analysis.pid, 0)
            analysis.returncode = os.waitstatus_to_exitcode(status)
        test.assertEqual(analysis.returncode, 0)
        self.analysis_bytes = used.ru_maxrss * 1024
        leftovers = {name: number for name, number in found["diagnosis"].items() if number}
        test.assertEqual(leftovers, {})
        test.assertEqual(found["unknown_requests"], 0)
        test.assertEqual(found["clocks"]["violations"], 0, "messages before they were sent")
        return found

    def messages(self):
        return sum(row["messages"] for row in self.found["messages"])


class TracedTest(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory(dir=os.getcwd())
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name)

    def expect(self, traced, **expected):
        counts = {name: traced.counts.get("MPI_" + name, 0) for name in expected}
        self.assertEqual(counts, expected)


class FeaturesTest(TracedTest):
    def use(self, feature, ranks=RANKS):
        return Traced(self, self.folder, [FEATURES, feature], ranks)

    def test_a_thousand_communicators_are_the_same_on_all_ranks(self):
        traced = self.use("communicators")
        inside = sum(len(members(i)) for i in range(COMMUNICATORS))
        made_by_members = sum(len(members(i)) for i in range(1, COMMUNICATORS, 2))
        self.expect(traced, Comm_split=RANKS * COMMUNICATORS // 2,
                    Comm_create_group=made_by_members, Sendrecv=inside, Barrier=inside + RANKS,
                    Comm_free=inside)
        events = trace_file.table(traced.path, "events")
        region = trace_file.names(traced.path).index("MPI_Sendrecv")
        chosen = (events["region"] == region) & (events["kind"] == 1)
        users, ids = collections.defaultdict(list), collections.defaultdict(set)
        for process, tag, communicator in zip(
                *(events[column][chosen] for column in ("process", "tag", "communicator"))):
            users[int(tag)].append(int(process))
            ids[int(tag)].add(int(communicator))
        for number in range(COMMUNICATORS):
            self.assertEqual(sorted(users[number]), members(number))
            self.assertEqual(len(ids[number]), 1, f"one communicator of number {number}")
        self.assertEqual(len(set.union(*ids.values())), COMMUNICATORS)

    def test_a_million_messages_under_way(self):
        bare = subprocess.run([MPIEXEC, "-n", "1", "--oversubscribe", FEATURES, "requests"],
                              check=True, capture_output=True, text=True, timeout=200,
                              cwd=self.folder, stdin=subprocess.DEVNULL)
        traced = self.use("requests", ranks=1)
        self.expect(traced, Irecv=REQUESTS, Isend=REQUESTS, Waitall=1)
        self.assertEqual(traced.messages(), REQUESTS)
        own = [next(int(line.split()[1]) for line in words if line.startswith("memory "))
               for words in (bare.stdout.splitlines(), traced.words)]
        self.assertLess((own[1] - own[0]) * 1024, 200 * MIB, "of the recorder in the program")
        self.assertLess(traced.analysis_bytes, 800 * MIB)

    def test_threads_that_each_have_messages_of_their_own(self):
        traced = self.use("threads")
        messages = RANKS * 8 * 500
        self.expect(traced, Irecv=messages, Isend=messages, Waitall=messages)
        self.assertEqual(traced.messages(), messages)
        self.assertEqual(len(trace_file.table(traced.path, "threads")["process"]), RANKS * 9)

    def test_spawned_processes_are_not_in_the_trace_and_this_is_said(self):
        traced = self.use("spawn")
        self.expect(traced, Comm_spawn=RANKS, Comm_disconnect=RANKS, Send=1, Recv=1)
        self.assertEqual(traced.messages(), 0)
        self.assertEqual(traced.found["outside_messages"], 2)
        text = subprocess.run([PROGRAM, "analyze", str(traced.path)], check=True,
                              capture_output=True, text=True).stdout
        self.assertIn("2 messages to or from processes that are not in this trace", text)

    def test_children_neither_record_nor_disturb(self):
        traced = self.use("children")
        marks = {row["mark"]: row["count"] for row in traced.found["marks"]}
        self.assertEqual(marks, {"of the parent": RANKS * 20})
        self.assertEqual(traced.counts["MPI_Barrier"], RANKS)

    def test_requests_that_are_used_again(self):
        traced = self.use("persistent")
        self.expect(traced, Send_init=2 * RANKS, Ssend_init=RANKS, Rsend_init=RANKS,
                    Recv_init=4 * RANKS, Start=4 * 50 * RANKS, Startall=50 * RANKS,
                    Waitall=50 * RANKS, Request_free=8 * RANKS)
        self.assertEqual(traced.messages(), 3 * 50 * RANKS)

    @unittest.skipIf(int(MPI_VERSION) < 4, "this MPI library has no partitioned requests")
    def test_partitioned_requests(self):
        self.expect(self.use("partitioned"), Psend_init=RANKS, Precv_init=RANKS,
                    Startall=50 * RANKS, Pready=4 * 50 * RANKS, Waitall=50 * RANKS,
                    Request_free=2 * RANKS)

    def test_collectives_that_do_not_block(self):
        traced = self.use("collectives")
        kinds = ("barrier bcast allreduce reduce allgather alltoall gather scatter scan exscan "
                 "reduce_scatter_block allgatherv alltoallv neighbor_allgather").split()
        self.expect(traced, **{"I" + kind: 50 * RANKS for kind in kinds}, Waitany=50 * RANKS,
                    Comm_idup=2 * RANKS)
        self.assertEqual(traced.messages(), 2 * RANKS)

    def test_memory_of_other_ranks(self):
        self.expect(self.use("one_sided"), Win_create=RANKS, Win_fence=3 * RANKS, Put=3 * RANKS,
                    Get=RANKS, Accumulate=RANKS, Win_post=RANKS, Win_start=RANKS,
                    Win_complete=RANKS, Win_wait=RANKS, Win_lock=RANKS, Win_unlock=RANKS,
                    Win_lock_all=RANKS, Rput=RANKS, Raccumulate=RANKS, Win_flush_all=RANKS,
                    Get_accumulate=RANKS, Fetch_and_op=RANKS, Rget=RANKS, Win_unlock_all=RANKS,
                    Win_free=RANKS)

    def test_files(self):
        self.expect(self.use("files"), File_open=RANKS, File_set_view=RANKS,
                    File_write_at_all=RANKS, File_sync=RANKS, File_read_at=RANKS,
                    File_iwrite_at=RANKS, File_iread_at=RANKS, File_close=RANKS)


class LanguagesTest(TracedTest):
    def check_fortran(self, program):
        if not program:
            self.skipTest("there is no Fortran compiler for this MPI library")
        traced = Traced(self, self.folder, [program])
        self.expect(traced, Init=RANKS, Sendrecv=10 * RANKS, Irecv=20 * RANKS, Isend=20 * RANKS,
                    Waitall=10 * RANKS, Allreduce=10 * RANKS, Comm_split=RANKS, Bcast=RANKS,
                    Comm_free=RANKS, Finalize=RANKS)
        self.assertEqual(traced.messages(), (10 + 20) * RANKS)

    def test_fortran_2008(self):
        self.check_fortran(FORTRAN_2008)

    def test_fortran_90(self):
        self.check_fortran(FORTRAN_90)

    def test_python(self):
        if subprocess.run([PYTHON, "-c", "import mpi4py"], check=False,
                          capture_output=True).returncode != 0:
            self.skipTest("there is no mpi4py")
        traced = Traced(self, self.folder, [PYTHON, str(PYTHON_PROGRAM)])
        self.expect(traced, Isend=510 * RANKS, Mprobe=10 * RANKS, Mrecv=10 * RANKS,
                    Irecv=500 * RANKS, Sendrecv=400 * RANKS, Startall=50 * RANKS,
                    Barrier=20 * RANKS, Put=RANKS * RANKS, File_write_at_all=RANKS)
        self.assertEqual(traced.messages(), (10 + 400 + 500 + 50) * RANKS)


unittest.main(argv=[sys.argv[0]], module="__main__")
