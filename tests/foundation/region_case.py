"""What the tests of foundation/trace.h share: programs that are recorded, and their traces.

    <topic>_test.py PROGRAM SOURCE PRELOADED MPIEXEC FOLDER_OF_PROGRAMS
"""

import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

FOUNDATION, SOURCE, PRELOADED, MPIEXEC = sys.argv[1:5]
PROGRAMS = pathlib.Path(sys.argv[5])
LIMIT_S = 120
ENTER, LEAVE, COUNTER, MARK = 1, 2, 6, 7

sys.path.insert(0, str(pathlib.Path(SOURCE) / "tests/apps/trace"))
import trace_file  # noqa: E402


class RegionCase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=os.getcwd()))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.trace = self.folder / "t.h5"

    def run_command(self, *command, status=0, **options):
        done = subprocess.run([str(word) for word in command], cwd=self.folder, check=False,
                              capture_output=True, timeout=LIMIT_S, **options)
        self.assertEqual(done.returncode, status, done.stderr.decode(errors="replace"))
        return done

    def record(self, program, *arguments, options=(), status=0):
        return self.run_command(FOUNDATION, "trace", "-o", self.trace, "--force", *options, "--",
                                PROGRAMS / program, *arguments, status=status)

    def record_ranks(self, *options):
        """Runs mpi_regions on two ranks; the seconds for which rank 1 has slept."""
        done = self.run_command(MPIEXEC, "-n", "2", "--oversubscribe", "--bind-to", "none",
                                FOUNDATION, "trace", "-q", "-o", self.trace, *options, "--",
                                PROGRAMS / "mpi_regions", stdin=subprocess.DEVNULL)
        return int(done.stdout) * 1e-9

    def table(self, name):
        return trace_file.table(self.trace, name)

    def names(self):
        return trace_file.names(self.trace)

    def calls(self):
        """{name: (calls, without an end)} of all processes, without those of MPI."""
        calls = self.table("calls")
        return {name.decode(): (int(count), int(still))
                for process, name, count, still in zip(calls["process"], calls["name"],
                                                       calls["count"], calls["open"])
                if process == -1 and not name.startswith(b"MPI_")}

    def points(self, table):
        """{name: values in their order}."""
        found, rows, names = collections.defaultdict(list), self.table(table), self.names()
        for region, value in zip(rows["region"], rows["value"]):
            found[names[region]].append(float(value))
        return dict(found)

    def analyze(self, *options, status=0):
        done = self.run_command(FOUNDATION, "analyze", self.trace, "--json", *options,
                                status=status)
        return json.loads(done.stdout)

    def analyze_text(self, status=0):
        return self.run_command(FOUNDATION, "analyze", self.trace, status=status).stdout.decode()

    def export(self, form, *options):
        return self.run_command(FOUNDATION, "export", self.trace, "--format", form,
                                *options).stdout


def main():
    unittest.main(argv=[sys.argv[0]], module="__main__", verbosity=2)
