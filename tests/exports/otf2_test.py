"""`foundation export --format otf2`: the archive says what the analysis and the JSON export say, to
readers that are not ours."""
import collections
import csv
import io
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

FOUNDATION, PRELOADED, PROGRAM, PRINT_MARKERS, MPIEXEC = sys.argv[1:6]

try:
    import otf2_archive
except ImportError as error:
    print(f"skipped: {error}: install python3-otf2")
    sys.exit(77)
if shutil.which("otf2-print") is None:
    print("skipped: there is no otf2-print: install otf2-tools")
    sys.exit(77)

SCOPE_PROCESS = 2  # OTF2_MARKER_SCOPE_LOCATION_GROUP
COLLECTIVES = {"MPI_Barrier": "BARRIER", "MPI_Bcast": "BCAST", "MPI_Ibcast": "BCAST",
               "MPI_Reduce": "REDUCE", "MPI_Gather": "GATHER", "MPI_Scatter": "SCATTER",
               "MPI_Allgather": "ALLGATHER", "MPI_Allreduce": "ALLREDUCE",
               "MPI_Iallreduce": "ALLREDUCE", "MPI_Scan": "SCAN"}


def launch(ranks, *command, **options):
    return subprocess.run([MPIEXEC, "-n", str(ranks), "--oversubscribe", "--bind-to", "none",
                           *command], timeout=120, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, **options)


def record(folder, ranks, *arguments):
    """Recordings of the program, without our launcher; what it printed."""
    folder.mkdir()
    script = (f'FOUNDATION_TRACE_FILE="{folder}/$OMPI_COMM_WORLD_RANK.ftr" '
              f'LD_PRELOAD="{PRELOADED}" exec "{PROGRAM}" "$@"')
    return launch(ranks, "sh", "-c", script, "sh", *arguments)


def run(*arguments, **options):
    return subprocess.run([FOUNDATION, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, **options)


class Run:
    """A recording and all that is made of it."""

    def __init__(self, recording, output):
        self.recording = recording
        self.archive_folder = output
        self.analysis = json.loads(run("analyze", recording, "--json", "--rows", 1000).stdout)
        self.json = json.loads(self.made("export", recording, "--format", "json"))
        self.made("export", recording, "--format", "otf2", "-o", output)
        self.archive = otf2_archive.Archive(output)

    @staticmethod
    def made(*arguments):
        done = run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def calls(self):
        return collections.Counter({it["region"]: it["calls"] for it in self.analysis["hot_spots"]})

    def messages(self):
        return collections.Counter(
            otf2_archive.Message(it["source"], it["target"], it["tag"], it["bytes"])
            for it in self.json["events"] if it["type"] == "message")


class Recorded:
    """A run of the program on so many ranks."""
    ranks = 0

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(dir=".")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name).resolve()
        recording = cls.folder / "recording"
        done = record(recording, cls.ranks)
        if done.returncode == 77:
            raise unittest.SkipTest("the MPI library has no threads that all make calls")
        assert done.returncode == 0, done.stderr
        cls.told = [tuple(map(int, line.split()[1:])) for line in done.stdout.splitlines()
                    if line.startswith("members")]
        cls.made = Run(recording, cls.folder / "archive")
        cls.archive = cls.made.archive

    def test_calls_are_those_of_the_analysis_and_of_json(self):
        self.assertEqual(self.archive.calls, self.made.calls())
        self.assertEqual(self.archive.calls, collections.Counter(
            it["region"] for it in self.made.json["events"] if it["type"] == "call"))
        self.assertFalse(self.archive.unfinished)

    def test_messages_have_the_ends_that_the_analysis_finds(self):
        self.assertEqual(self.made.analysis["diagnosis"]["sentences"], [])
        self.assertEqual(self.archive.sends, self.archive.receives)
        self.assertEqual(self.archive.sends, self.made.messages())
        self.assertEqual(sum(self.archive.sends.values()),
                         sum(it["messages"] for it in self.made.analysis["messages"]))

    def test_each_request_is_started_and_ended(self):
        lives = collections.Counter(map(tuple, self.archive.requests.values()))
        self.assertEqual(set(lives), {
            ("MpiIsend", "MpiIsendComplete"), ("MpiIrecvRequest", "MpiIrecv"),
            ("MpiIrecvRequest", "MpiRequestCancelled"),
            ("NonBlockingCollectiveRequest", "NonBlockingCollectiveComplete")})
        self.assertEqual(lives["MpiIrecvRequest", "MpiRequestCancelled"], self.ranks)

    def test_collectives_are_those_of_the_analysis(self):
        expected = collections.Counter()
        for name, calls in self.made.calls().items():
            if name in COLLECTIVES:
                expected[COLLECTIVES[name]] += calls
        self.assertEqual(collections.Counter(it.function for it in self.archive.collectives),
                         expected)
        self.assertEqual(self.archive.kinds["MpiCollectiveBegin"],
                         self.archive.kinds["MpiCollectiveEnd"])

    def test_collectives_have_root_and_sizes(self):
        everybody = tuple(range(self.ranks))
        of = {(it.function, it.root): it for it in self.archive.collectives
              if it.members == everybody and it.rank == it.root}
        self.assertEqual(of["BCAST", self.ranks - 1][3:5], (8, 0))
        self.assertEqual(of["REDUCE", 0][3:5], (8, 8))
        self.assertEqual(of["GATHER", 0][3:5], (8, 8 * self.ranks))
        self.assertEqual(of["SCATTER", 0][3:5], (8 * self.ranks, 8))
        for it in self.archive.collectives:
            if it.function == "ALLREDUCE":
                self.assertEqual(it[2:5], (None, 8, 8))
            if it.function == "ALLGATHER":
                self.assertEqual(it[2:5], (None, 8, 8 * self.ranks))

    def test_communicators_have_their_members(self):
        world = tuple(range(self.ranks))
        expected = self.told + [world] + [(rank,) for rank in world]
        sides = [it for it, comm in zip(self.archive.members, self.archive.comms)
                 if comm.name == "inter-communicator"]
        self.assertEqual(len(sides), 1 if self.ranks > 1 else 0)
        if sides:  # each half in its own order, the even ranks first: rank 0 has seen it first
            even = [it for it in range(self.ranks - 1, -1, -1) if it % 2 == 0]
            odd = [it for it in range(self.ranks - 1, -1, -1) if it % 2 == 1]
            self.assertEqual(sides[0], (*even, *odd))
        self.assertEqual(sorted(self.archive.members), sorted(expected + sides))
        self.assertEqual([it for it, comm in zip(self.archive.members, self.archive.comms)
                          if comm.name == "MPI_COMM_WORLD"], [world])

    def test_between_two_groups_the_root_is_known_to_the_others(self):
        if self.ranks == 1:
            self.skipTest("one rank has no two groups")
        sides = next(it for it, comm in zip(self.archive.members, self.archive.comms)
                     if comm.name == "inter-communicator")
        broadcast = {it.rank: it for it in self.archive.collectives if it.members == sides}
        self.assertEqual(sorted(broadcast), list(range(self.ranks)))
        for rank, it in broadcast.items():
            is_idle = rank % 2 == 0 and rank != sides[0]
            self.assertEqual(it.root, None if is_idle else sides[0])

    def test_processes_and_threads_have_their_places(self):
        self.assertEqual(self.archive.numbers, {f"rank {it}": it for it in range(self.ranks)})
        self.assertEqual(set(self.archive.hosts.values()), set(self.made.json["nodes"]))
        expected = {f"rank {rank}, thread {thread}" for rank in range(self.ranks)
                    for thread in range(2)}
        self.assertEqual({it.name for it in self.archive.locations}, expected)
        self.assertTrue(all(it.number_of_events > 0 for it in self.archive.locations))

    def test_regions_say_what_they_are(self):
        roles = {"MPI_Send": "POINT2POINT", "MPI_Waitall": "POINT2POINT",
                 "MPI_Barrier": "BARRIER", "MPI_Bcast": "COLL_ONE2ALL",
                 "MPI_Reduce": "COLL_ALL2ONE", "MPI_Iallreduce": "COLL_ALL2ALL",
                 "MPI_Scan": "COLL_OTHER", "MPI_Init_thread": "FUNCTION"}
        for name, role in roles.items():
            self.assertEqual(otf2_archive.name_of(self.archive.regions[name].region_role), role)
        self.assertEqual({otf2_archive.name_of(it.paradigm)
                          for it in self.archive.regions.values()}, {"MPI"})
        self.assertEqual(set(self.archive.regions), set(self.archive.calls))

    def test_times_are_nanoseconds_since_the_start(self):
        self.assertEqual(self.archive.clock.timer_resolution, 1_000_000_000)
        self.assertEqual(self.archive.clock.global_offset, 0)
        self.assertEqual(self.archive.clock.realtime_timestamp, self.made.json["started_at"])
        self.assertEqual(sorted(self.archive.spans), sorted(
            (it["region"], it["enter_ns"], it["leave_ns"]) for it in self.made.json["events"]
            if it["type"] == "call"))

    def test_otf2_print_reads_the_same(self):
        printed = otf2_archive.print_kinds(pathlib.Path(self.archive.anchor).parent)
        self.assertEqual({kind.replace("_", "").lower(): count
                          for kind, count in printed.items()},
                         {kind.lower(): count for kind, count in self.archive.kinds.items()})


class OneRank(Recorded, unittest.TestCase):
    ranks = 1


class TwoRanks(Recorded, unittest.TestCase):
    ranks = 2

    def test_limits_are_those_of_other_formats(self):
        recording = self.made.recording
        spans = self.made.archive.spans
        middle = sorted(leave for _, _, leave in spans)[len(spans) // 2]
        for number, options in enumerate([("--min-duration", "20us"), ("--from", f"{middle}ns"),
                                          ("--to", f"{middle}ns"), ("--from", "1h")]):
            with self.subTest(options=options):
                made = Run.made("export", recording, "--format", "csv", *options)
                expected = sorted((it["region"], int(it["enter_ns"]), int(it["leave_ns"]))
                                  for it in csv.DictReader(io.StringIO(made)))
                output = self.folder / f"limited{number}"
                Run.made("export", recording, "--format", "otf2", "-o", output, *options)
                archive = otf2_archive.Archive(output)
                self.assertEqual(sorted(archive.spans), expected)
                otf2_archive.print_kinds(output)

    def test_the_file_of_a_trace_says_the_same_as_its_recordings(self):
        trace, output = self.folder / "t.h5", self.folder / "from_file"
        done = launch(2, FOUNDATION, "trace", "-o", str(trace), "--", PROGRAM)
        self.assertEqual(done.returncode, 0, done.stderr)
        made = Run(trace, output)
        self.assertEqual(made.archive.calls, self.made.archive.calls)
        self.assertEqual(made.archive.sends, self.made.archive.sends)
        self.assertEqual(made.archive.kinds, self.made.archive.kinds)
        self.assertEqual(sorted(made.archive.members), sorted(self.made.archive.members))

    def test_a_killed_job_is_told_as_far_as_it_came(self):
        recording, output = self.folder / "killed", self.folder / "killed_archive"
        self.assertNotEqual(record(recording, 2, "die").returncode, 0)
        made = Run(recording, output)
        self.assertEqual(made.archive.calls, made.calls())
        self.assertEqual(made.archive.unfinished, {"MPI_Recv": 1})
        self.assertEqual(made.archive.sends, {(1, 0, 9, 4): 1})
        self.assertEqual(made.archive.receives, made.archive.sends)
        otf2_archive.print_kinds(output)
        done = subprocess.run([PRINT_MARKERS, made.archive.anchor], capture_output=True, text=True,
                              check=True, timeout=60)
        markers = [line.split(maxsplit=3) for line in done.stdout.splitlines()]
        self.assertEqual([(int(scope), int(what)) for scope, what, _, _ in markers],
                         [(SCOPE_PROCESS, 0), (SCOPE_PROCESS, 1)])
        self.assertIn("rank 0 ends here, inside MPI_Recv", markers[0][3])
        self.assertIn("rank 1 ends here, before", markers[1][3])

    def test_nothing_is_overwritten_and_the_folder_must_have_a_name(self):
        recording = self.made.recording
        taken = self.folder / "taken"
        taken.mkdir()
        done = run("export", recording, "--format", "otf2", "-o", taken)
        self.assertEqual(done.returncode, 2)
        self.assertIn("exists and is not overwritten", done.stderr)
        self.assertEqual(list(taken.iterdir()), [])
        done = run("export", recording, "--format", "otf2")
        self.assertEqual(done.returncode, 2)
        self.assertIn("-o", done.stderr)
        slash = self.folder / "slash"
        Run.made("export", recording, "--format", "otf2", "-o", f"{slash}/")
        self.assertTrue((slash / "traces.otf2").is_file())


class FourRanks(Recorded, unittest.TestCase):
    ranks = 4

    def test_a_rank_without_a_recording_keeps_its_place(self):
        partial, output = self.folder / "partial", self.folder / "partial_archive"
        partial.mkdir()
        os.link(self.made.recording / "2.ftr", partial / "2.ftr")
        made = Run(partial, output)
        self.assertEqual(sum(made.archive.receives.values()),
                         sum(count for it, count in self.made.archive.receives.items()
                             if it.target == 2))
        self.assertEqual(made.archive.members[0], (0, 1, 2, 3))
        self.assertEqual(sorted(made.archive.numbers),
                         ["rank 0 (not recorded)", "rank 1 (not recorded)", "rank 2",
                          "rank 3 (not recorded)"])
        otf2_archive.print_kinds(output)

    def test_an_export_that_fails_leaves_nothing(self):
        alone = self.folder / "alone"
        alone.mkdir()

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

        # Python ignores SIGXFSZ, and so does its child: writes fail instead.
        done = run("export", self.made.recording, "--format", "otf2", "-o", alone / "archive",
                   preexec_fn=limit, restore_signals=False,
                   env={**os.environ, "TMPDIR": str(alone)})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("cannot write the OTF2 archive", done.stderr)
        self.assertNotIn("[OTF2]", done.stderr)
        self.assertEqual(list(alone.iterdir()), [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[6:]], verbosity=2)
