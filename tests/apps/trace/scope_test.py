"""Scopes by communicator and region: the file holds what is inside, and joins it as it was.

    scope_test.py PROGRAM SOURCE SCOPE_PROGRAM MPIEXEC
"""

import collections
import contextlib
import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
import trace_file  # noqa: E402

SCOPED, MPIEXEC = sys.argv[3], sys.argv[4]
LIMIT_S = 100
ROUNDS = 7
ENTER = 1

# Calls of a round by what they are kept for; of even ranks, of odd ones.
IN_SOLVE = ({"MPI_Isend": 1, "MPI_Send": 1, "MPI_Wait": 1, "MPI_Barrier": 1, "solve": 1, "io": 1,
             "MPI_Allreduce": 1, "MPI_Startall": 1, "MPI_Waitall": 1, "MPI_Sendrecv": 1},
            {"MPI_Recv": 1, "MPI_Irecv": 1, "MPI_Wait": 1, "solve": 1, "io": 1,
             "MPI_Allreduce": 1, "MPI_Startall": 1, "MPI_Waitall": 1, "MPI_Sendrecv": 1})
ON_ROW = ({"MPI_Allreduce": 2, "MPI_Barrier": 1, "MPI_Startall": 1, "MPI_Waitall": 1, "solve": 1,
           "io": 2},) * 2
ON_SPARE = ({"MPI_Allreduce": 1, "solve": 1, "io": 2},) * 2
PREPARED = {"MPI_Send_init": 1, "MPI_Recv_init": 1, "MPI_Request_free": 2}
ALWAYS = {"MPI_Init": 1, "MPI_Finalize": 1}


class ScopeTest(program.ProgramTest):

    def command(self, ranks, *options):
        return [MPIEXEC, "-n", str(ranks), "--oversubscribe", "--bind-to", "none", "--mca",
                "mpi_yield_when_idle", "1", program.PROGRAM, "trace", *options, "--", SCOPED]

    def trace(self, ranks, scope, output="t.h5"):
        """Runs the program under a scope; what was said of it."""
        result = subprocess.run([*self.command(ranks, "-o", output, "--scope", scope), str(ROUNDS)],
                                cwd=self.folder, env=self.environment, timeout=LIMIT_S,
                                check=False, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def counts(self, name="t.h5"):
        """{rank: how often it has called which function}"""
        path = self.folder / name
        events, names = trace_file.table(path, "events"), trace_file.names(path)
        ranks = trace_file.table(path, "processes")["rank"]
        found = {int(rank): collections.Counter() for rank in ranks}
        kinds = set(trace_file.names(path)) - {"steps"}
        for process, region, kind in zip(events["process"], events["region"], events["kind"]):
            if kind == ENTER and names[region] in kinds:
                found[int(ranks[process])][names[region]] += 1
        return found

    def check_counts(self, each_round, once, name="t.h5"):
        for rank, counted in self.counts(name).items():
            expected = {call: ROUNDS * count for call, count in each_round[rank % 2].items()}
            with self.subTest(rank=rank):
                self.assertEqual(counted, {**expected, **once})

    def check_joined(self, lone, messages, name="t.h5"):
        """Nothing lacks an end but what is said to, and each message has its own size."""
        found = json.loads(self.call("analyze", name, "--json").stdout)
        self.assertEqual({key: found[key] for key in
                          ("unbalanced", "unended", "unknown_requests", "outside_messages",
                           "lone_ends")},
                         {"unbalanced": 0, "unended": 0, "unknown_requests": 0,
                          "outside_messages": 0, "lone_ends": lone})
        left = found["diagnosis"]
        for key in ("unreceived_messages", "receives_without_message", "incomplete_collectives",
                    "mismatched_collectives"):
            self.assertEqual(left[key], 0, left)
        events = json.loads(self.call("export", name, "--format", "json").stdout)["events"]
        sizes = collections.Counter((it["tag"], it["bytes"]) for it in events
                                    if it["type"] == "message")
        self.assertEqual(sizes, messages)

    def communicators(self, name="t.h5"):
        """{name: rows}"""
        rows = collections.defaultdict(list)
        names = trace_file.table(self.folder / name, "communicators")["name"]
        for row, it in enumerate(names):
            rows[it.decode()].append(row)
        return rows

    def test_regions(self):
        for ranks in (2, 4):
            with self.subTest(ranks=ranks):
                self.trace(ranks, "regions=solve")
                self.check_counts(IN_SOLVE, PREPARED)
                pairs = ranks // 2
                # Of each pair, without their other ends: two messages, and a barrier.
                self.check_joined(lone=3 * ROUNDS * pairs,
                                  messages={(2, 16): ROUNDS * pairs, (3, 8): ROUNDS * ranks,
                                            (4, 4): ROUNDS * ranks})
                (self.folder / "t.h5").unlink()

    def test_regions_within_regions(self):
        self.trace(2, "regions=io")
        even = {"io": 2, "MPI_Barrier": 1, "MPI_Allreduce": 2}
        odd = {"io": 2, "MPI_Allreduce": 2}
        self.check_counts((even, odd), {})
        self.check_joined(lone=ROUNDS, messages={})

    def test_functions_are_regions_too(self):
        self.trace(2, "regions=MPI_Sendrecv,MPI_Init")
        self.check_counts(({"MPI_Sendrecv": 2},) * 2, {"MPI_Init": 1})
        self.check_joined(lone=0, messages={(4, 4): 2 * ROUNDS * 2})

    def test_communicators(self):
        for ranks in (2, 4):
            with self.subTest(ranks=ranks):
                self.trace(ranks, "communicators=row")
                self.check_counts(ON_ROW, {**PREPARED, **ALWAYS, "MPI_Comm_split": 1,
                                           "MPI_Comm_set_name": 1, "MPI_Comm_free": 1})
                self.check_joined(lone=0, messages={(3, 8): ROUNDS * ranks})
                used = set(trace_file.table(self.folder / "t.h5", "events")["communicator"])
                row = self.communicators()["row"]
                self.assertEqual(len(row), ranks // 2)
                self.assertGreaterEqual(used, set(row))
                (self.folder / "t.h5").unlink()

    def test_communicators_by_their_rows_and_names_that_need_json(self):
        self.trace(2, json.dumps({"communicators": ["with, comma"]}))
        once = {**ALWAYS, "MPI_Comm_dup": 1, "MPI_Comm_set_name": 1, "MPI_Comm_free": 1}
        self.check_counts(ON_SPARE, once)
        row, = self.communicators()["with, comma"]
        self.trace(2, f"communicators={row}", output="again.h5")
        self.check_counts(ON_SPARE, once, "again.h5")

    def test_both(self):
        self.trace(2, "communicators=row regions=io")
        self.check_counts(({"io": 2, "MPI_Allreduce": 1, "MPI_Barrier": 1},
                           {"io": 2, "MPI_Allreduce": 1}), {})
        self.check_joined(lone=ROUNDS, messages={})

    def test_a_name_that_nobody_knows_loses_nothing(self):
        self.trace(2, "ranks=0-1")
        whole = self.counts()
        said = self.trace(2, "regions=slove,io communicators=MPI_COMM_WORLD,column",
                          output="again.h5")
        self.assertEqual(self.counts("again.h5"), whole)
        self.assertIn("the regions 'slove' of its scope (io, solve)", said)
        self.assertIn("the communicators 'column' of its scope (MPI_COMM_SELF, MPI_COMM_WORLD, "
                      "row, with, comma)", said)

    def test_nothing_within_the_scope_is_said(self):
        said = self.trace(2, "regions=MPI_Alltoall")
        self.assertIn("nothing was recorded: all", said)
        self.assertIn("outside of the scope", said)

    @contextlib.contextmanager
    def job(self):
        """A job that is off; it begins when it is told to, and goes on until the block ends."""
        begin, end = self.folder / "begin", self.folder / "end"
        command = [*self.command(2, "-q", "--off", "-o", "t.h5"), str(ROUNDS), str(begin), str(end)]
        with subprocess.Popen(command, cwd=self.folder, env=self.environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as job:
            try:
                yield begin
                end.touch()
                said, _ = job.communicate(timeout=LIMIT_S)
                self.assertEqual((job.returncode, said), (0, ""))
            finally:
                if job.poll() is None:
                    job.terminate()
                    job.communicate(timeout=LIMIT_S)

    def wait_until(self, condition, what):
        deadline = time.monotonic() + LIMIT_S
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {LIMIT_S} s: {what}")
            time.sleep(0.05)

    def events(self):
        jobs = json.loads(self.call("trace", "list", self.folder, "--json").stdout)["jobs"]
        return [it["events"] for job in jobs for it in job["processes"]]

    def test_windows_of_a_running_job(self):
        with self.job() as begin:
            self.wait_until(lambda: len(self.events()) == 2 and min(self.events()) >= 6,
                            "both ranks have made their communicators")
            rings = trace_file.rings(self.folder)
            window = json.loads(self.call("trace", "start", rings, "--json", "--scope",
                                          "regions=solve,missing classes=p2p").stdout)
            self.assertEqual(window["scope"], "classes=p2p regions=solve,missing")
            before = self.events()
            begin.touch()
            in_round = 20  # of point-to-point events and those of regions, at least
            self.wait_until(lambda: all(now >= was + ROUNDS * in_round for now, was
                                        in zip(self.events(), before)), "the rounds are over")
            time.sleep(0.5)
            self.call("trace", "stop", rings)
            collected = json.loads(self.call(
                "trace", "collect", rings, "--json", "--window", window["window"], "-o",
                "w.h5").stdout)
            self.assertIn("the regions 'missing' of its scope (io, solve)", collected["notes"][0])
            self.assertEqual(collected["left_out"], 0)
            window = json.loads(self.call("trace", "start", rings, "--json", "--scope",
                                          "communicators=row").stdout)
        self.wait_until(lambda: trace_file.rings(self.folder) is None, "the trace is written")
        table = trace_file.table(self.folder / "t.h5", "windows")
        self.assertEqual(set(table["scope"]), {b"classes=p2p regions=solve,missing",
                                               b"communicators=row"})
        # The first window leaves nothing out; in the second, one of two communicators was freed.
        counted = self.counts()
        for rank in (0, 1):
            self.assertEqual(counted[rank]["solve"], ROUNDS)
            self.assertEqual(counted[rank]["MPI_Comm_free"], 1)
            self.assertEqual(counted[rank]["MPI_Allreduce"], 0)


program.main()
