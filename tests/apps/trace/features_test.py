"""Every feature of MPI can be traced: the program gets through, each call of it is recorded once
and has its end.

    features_test.py PROGRAM SOURCE MPIEXEC
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import trace_file

PROGRAM, MPIEXEC = sys.argv[1], sys.argv[3]
FEATURES = pathlib.Path(__file__).with_name("features.py")
RANKS = 2
# Feature -> calls of all ranks together.
EXPECTED = {
    "threads": {"MPI_Sendrecv": 1600},
    "communicators": {"MPI_Comm_dup": 2000, "MPI_Barrier": 2002, "MPI_Comm_free": 2000},
    "requests": {"MPI_Isend": 100_000, "MPI_Irecv": 100_000, "MPI_Waitall": 2},
    "persistent": {"MPI_Send_init": 2, "MPI_Startall": 100, "MPI_Waitall": 100},
    "one_sided": {"MPI_Win_create": 2, "MPI_Win_fence": 4, "MPI_Put": 4, "MPI_Win_free": 2},
    "files": {"MPI_File_open": 2, "MPI_File_write_at_all": 2, "MPI_File_close": 2},
    "collectives": {"MPI_Iallreduce": 100, "MPI_Wait": 100},
    "spawn": {"MPI_Comm_spawn": 2, "MPI_Comm_disconnect": 2},
    "children": {"MPI_Barrier": 4},
}


class FeaturesTest(unittest.TestCase):
    def test_all(self):
        for feature, expected in EXPECTED.items():
            with self.subTest(feature), tempfile.TemporaryDirectory(dir=os.getcwd()) as folder:
                self.check(pathlib.Path(folder), feature, expected)

    def check(self, folder, feature, expected):
        result = subprocess.run(
            [MPIEXEC, "-n", str(RANKS), "--oversubscribe", "--bind-to", "none", PROGRAM, "trace",
             "-q", "-o", "t.h5", "--", "/usr/bin/python3", str(FEATURES), feature], cwd=folder,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout, "done\n" * RANKS)
        path = folder / "t.h5"
        self.assertEqual(trace_file.attributes(path)["status"], "complete")
        calls = trace_file.table(path, "calls")
        counts = {name.decode(): int(count) for process, name, count in
                  zip(calls["process"], calls["name"], calls["count"]) if process == -1}
        self.assertEqual({name: counts.get(name) for name in expected}, expected)
        self.assertEqual(int(calls["open"].sum()), 0, "calls without an end")


if subprocess.run(["/usr/bin/python3", "-c", "import mpi4py"], check=False,
                  capture_output=True).returncode != 0:
    print("skipped: there is no mpi4py")
    sys.exit(77)
unittest.main(argv=[sys.argv[0]], module="__main__")
