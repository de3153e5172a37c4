"""Programs of MPICH, started by its mpiexec: another library records them, and with the same truth.

    mpich_test.py PROGRAM SOURCE TRACED_PROGRAM PARTITIONED_PROGRAM MPIEXEC
"""

import collections
import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
import trace_file  # noqa: E402

TRACED, PARTITIONED, MPIEXEC = sys.argv[3:6]
LIMIT_S = 100
ROUNDS = 6
ENTER = 1

ALL_KINDS = {"MPI_Init": 1, "MPI_Comm_rank": 1, "MPI_Comm_size": 1, "MPI_Sendrecv": 100,
             "MPI_Irecv": 8, "MPI_Isend": 8, "MPI_Waitall": 1, "MPI_Comm_split": 1,
             "MPI_Comm_dup": 1, "MPI_Allreduce": 100, "MPI_Bcast": 1, "MPI_Comm_free": 2,
             "MPI_Barrier": 1, "MPI_Finalize": 1}
BOTH = {"MPI_Init": 1, "MPI_Comm_rank": 1, "MPI_Allreduce_init": 1, "MPI_Start": 2 * ROUNDS,
        "MPI_Wait": 2 * ROUNDS, "MPI_Bcast_c": ROUNDS, "MPI_Request_free": 2, "MPI_Finalize": 1}
SENDER = {**BOTH, "MPI_Psend_init": 1, "MPI_Pready": ROUNDS, "MPI_Pready_list": ROUNDS,
          "MPI_Pready_range": ROUNDS, "MPI_Send_c": ROUNDS}
RECEIVER = {**BOTH, "MPI_Precv_init": 1, "MPI_Parrived": ROUNDS, "MPI_Recv_c": ROUNDS}


class MpichTest(program.ProgramTest):

    def trace(self, ranks, *command):
        result = subprocess.run(
            [MPIEXEC, "-n", str(ranks), program.PROGRAM, "trace", "-o", "t.h5", "--", *command],
            cwd=self.folder, env=self.environment, timeout=LIMIT_S, check=False,
            capture_output=True, text=True, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + LIMIT_S
        while trace_file.rings(self.folder) is not None and time.monotonic() < deadline:
            time.sleep(0.05)
        return result

    def counts(self):
        """{rank: how often it has called which function}"""
        path = self.folder / "t.h5"
        events, names = trace_file.table(path, "events"), trace_file.names(path)
        ranks = trace_file.table(path, "processes")["rank"]
        found = {int(rank): collections.Counter() for rank in ranks}
        for process, region, kind in zip(events["process"], events["region"], events["kind"]):
            if kind == ENTER:
                found[int(ranks[process])][names[region]] += 1
        return found

    def analyse(self):
        """Nothing may lack an end."""
        found = json.loads(self.call("analyze", "t.h5", "--json").stdout)
        for key in ("unbalanced", "unknown_requests", "outside_messages", "lone_ends"):
            self.assertEqual(found[key], 0, key)
        for key in ("unfinished_processes", "unreceived_messages", "receives_without_message",
                    "incomplete_collectives", "mismatched_collectives"):
            self.assertEqual(found["diagnosis"][key], 0, found["diagnosis"])
        return found

    def sizes(self):
        """How many messages of each tag and size there are."""
        events = json.loads(self.call("export", "t.h5", "--format", "json").stdout)["events"]
        return collections.Counter((it["tag"], it["bytes"]) for it in events
                                   if it["type"] == "message")

    def test_every_kind_of_call(self):
        for ranks in (1, 2, 4):
            with self.subTest(ranks=ranks):
                result = self.trace(ranks, TRACED)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.counts(), {rank: ALL_KINDS for rank in range(ranks)})
                self.analyse()
                self.assertEqual(self.sizes()[(1, 8)], 100 * ranks)
                attributes = trace_file.attributes(self.folder / "t.h5")
                self.assertEqual(attributes["status"], "complete")
                self.assertIn("MPICH", attributes["mpi_library"])
                sizes = trace_file.table(self.folder / "t.h5", "communicators")["size"]
                # The world, one of itself each, the halves and their copies.
                halves = [(ranks + 1) // 2, ranks // 2] if ranks > 1 else [1]
                self.assertEqual(sorted(sizes[1:]), sorted([ranks, *[1] * ranks, *halves * 2]))
                (self.folder / "t.h5").unlink()

    def test_requests_in_partitions(self):
        for ranks in (2, 4):
            with self.subTest(ranks=ranks):
                result = self.trace(ranks, PARTITIONED, str(ROUNDS))
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(self.counts(), {rank: (SENDER, RECEIVER)[rank % 2]
                                                 for rank in range(ranks)})
                self.analyse()
                pairs = ranks // 2
                self.assertEqual(self.sizes(), {(5, 256): ROUNDS * pairs, (6, 64): ROUNDS * pairs})
                (self.folder / "t.h5").unlink()

    def test_who_gives_the_last_partition_late_is_waited_for(self):
        late_us = 50000
        self.trace(2, PARTITIONED, str(ROUNDS), str(late_us))
        waits = {(it["rank"], it["region"], it["causer_rank"], it["causer_region"]): it["total_s"]
                 for it in self.analyse()["waits"] if it["pattern"] == "late sender"}
        waited = waits[(1, "MPI_Wait", 0, "MPI_Pready_range")]
        self.assertGreater(waited, 0.8 * ROUNDS * late_us * 1e-6)

    def test_a_failed_rank_is_passed_on(self):
        result = self.trace(2, "sh", "-c", 'test "$PMI_RANK" = 0 || exit 7')
        self.assertEqual(result.returncode, 7, result.stderr)


program.main()
