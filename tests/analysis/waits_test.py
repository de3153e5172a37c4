"""`foundation analyze` finds waits that a program makes on purpose, and blames the right call."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

FOUNDATION, PRELOADED, PROGRAM, MPIEXEC = sys.argv[1:5]


def run(pattern, ranks, folder):
    """Runs a pattern under the recorder; {side: {rank: when it made the call, ns}}."""
    script = (f'FOUNDATION_TRACE_FILE="{folder}/$OMPI_COMM_WORLD_RANK.ftr" '
              f'LD_PRELOAD="{PRELOADED}" exec "{PROGRAM}" {pattern}')
    done = subprocess.run([MPIEXEC, "-n", str(ranks), "--oversubscribe", "--bind-to", "none", "sh",
                           "-c", script], capture_output=True, text=True, timeout=120)
    stamps = {"late": {}, "waits": {}}
    for line in done.stdout.splitlines():
        side, rank, time = line.split()
        stamps[side][int(rank)] = int(time)
    return done.returncode, stamps


def analyze(path, *options):
    done = subprocess.run([FOUNDATION, "analyze", str(path), "--json", *options],
                          capture_output=True, text=True, timeout=120)
    return done.returncode, json.loads(done.stdout)


class WaitsTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(dir=".")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name).resolve()

    def expect(self, pattern, name, call, causer_call, ranks=2, waiters=(0,), causer=1):
        status, stamps = run(pattern, ranks, self.folder)
        self.assertEqual(status, 0)
        status, found = analyze(self.folder)
        self.assertEqual(status, 0, found["diagnosis"])
        for waiter in waiters:
            truth = (stamps["late"][causer] - stamps["waits"][waiter]) * 1e-9
            rows = [it for it in found["waits"] if it["rank"] == waiter
                    and it["causer_rank"] == causer and it["pattern"] == name
                    and it["region"] == call]
            longest = max(rows, key=lambda it: it["longest_s"], default=None)
            self.assertIsNotNone(longest, found["waits"])
            self.assertAlmostEqual(longest["longest_s"], truth, delta=0.05 * truth + 0.0002)
            self.assertEqual(longest["causer_region"], causer_call)
        self.check_sums(found, ranks)
        return found

    def check_sums(self, found, ranks):
        parts = sum(it[part] for it in found["processes"]
                    for part in ("compute_s", "mpi_s", "wait_s", "outside_s"))
        self.assertAlmostEqual(parts, ranks * found["wall_s"], delta=0.01 * found["wall_s"])
        for it in found["processes"]:
            self.assertGreaterEqual(it["mpi_s"], 0)
        path = sum(it["time_s"] for it in found["critical_path"])
        self.assertAlmostEqual(path, found["wall_s"], delta=0.001 * found["wall_s"])

    def test_late_sender(self):
        found = self.expect("late_sender", "late sender", "MPI_Recv", "MPI_Send")
        delay = max(found["delays"], key=lambda it: it["time_s"])
        self.assertEqual((delay["rank"], delay["region"]), (1, "(program)"))
        critical = max(found["critical_path"], key=lambda it:
                       it["time_s"] if it["region"] == "(program)" else 0)
        self.assertEqual(critical["rank"], 1)
        self.assertLess(found["efficiencies"]["load_balance"], 0.75)

    def test_wrong_order(self):
        self.expect("wrong_order", "late sender, wrong order", "MPI_Recv", "MPI_Send")

    def test_the_last_of_several_messages(self):
        found = self.expect("wait_all", "late sender", "MPI_Waitall", "MPI_Send", ranks=3)
        others = [it for it in found["waits"]
                  if it["region"] == "MPI_Waitall" and it["causer_rank"] == 2]
        self.assertEqual(others, [], "hidden behind the wait for rank 1")

    def test_late_receiver(self):
        self.expect("late_receiver", "late receiver", "MPI_Send", "MPI_Recv")

    def test_late_receiver_of_a_synchronous_send(self):
        self.expect("synchronous", "late receiver", "MPI_Ssend", "MPI_Recv")

    def test_late_receiver_in_a_wait(self):
        self.expect("late_receiver_wait", "late receiver", "MPI_Wait", "MPI_Recv")

    def test_barrier(self):
        self.expect("barrier", "wait at barrier", "MPI_Barrier", "MPI_Barrier", 3, (0, 2))

    def test_nonblocking_barrier(self):
        self.expect("nonblocking_barrier", "wait at barrier", "MPI_Wait", "MPI_Wait")

    def test_all_to_all(self):
        self.expect("allreduce", "wait at all-to-all", "MPI_Allreduce", "MPI_Allreduce", 3, (0, 2))

    def test_reduce(self):
        self.expect("reduce", "early reduce", "MPI_Reduce", "MPI_Reduce")

    def test_gather(self):
        self.expect("gather", "early reduce", "MPI_Gather", "MPI_Gather")

    def test_broadcast(self):
        self.expect("bcast", "late broadcast", "MPI_Bcast", "MPI_Bcast")

    def test_scan(self):
        self.expect("scan", "early scan", "MPI_Scan", "MPI_Scan", 3, (1, 2), 0)

    def test_finalize(self):
        self.expect("finalize", "end skew", "MPI_Finalize", "MPI_Finalize")

    def test_one_rank(self):
        status, _ = run("barrier", 1, self.folder)
        self.assertEqual(status, 0)
        status, found = analyze(self.folder)
        self.assertEqual((status, found["waits"]), (0, []))
        self.check_sums(found, 1)

    def test_a_death_is_explained(self):
        status, _ = run("death", 2, self.folder)
        self.assertNotEqual(status, 0)
        status, found = analyze(self.folder)
        self.assertEqual(status, 1)
        sentences = found["diagnosis"]["sentences"]
        self.assertEqual(found["diagnosis"]["unfinished_processes"], 2)
        self.assertTrue(any(it.startswith("rank 0 waits since ") and
                            "in MPI_Recv for rank 1, last seen at " in it and
                            it.endswith("outside of MPI") for it in sentences), sentences)

    def test_tables_open_with_one_line(self):
        run("barrier", 2, self.folder)
        file = self.folder / "analysis.h5"
        status, found = analyze(self.folder, "--output", str(file))
        self.assertEqual(status, 0)
        line = ("import h5py, sys; t = h5py.File(sys.argv[1])['waits']; "
                "print(max(t['duration'][:]), t['region'][0].decode())")
        done = subprocess.run(["/usr/bin/python3", "-c", line, str(file)], capture_output=True,
                              text=True, check=True, timeout=60)
        longest = max(it["longest_s"] for it in found["waits"])
        self.assertAlmostEqual(int(done.stdout.split()[0]) * 1e-9, longest, places=6)

    def test_the_benchmark_analyses_what_it_made(self):
        done = subprocess.run([FOUNDATION, "bench", "analyze", "--folder", str(self.folder),
                               "--events", "64k", "--json"], capture_output=True, text=True,
                              check=True, timeout=120)
        case, = json.loads(done.stdout)["cases"]
        self.assertEqual(case["events"], 64_000)
        self.assertLess(case["analyze"]["peak_mib"], 1024)
        self.assertGreater(case["file_bytes"], 0)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_a_folder_without_recordings(self):
        done = subprocess.run([FOUNDATION, "analyze", str(self.folder)], capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn("holds no recordings", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]], verbosity=2)
