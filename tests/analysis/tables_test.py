"""The HDF5 file of a trace says the same as the recordings that it was made from: in the analysis
and in every export. Damaged files are refused, never believed."""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

FOUNDATION, TRACED, LATE, MPIEXEC = sys.argv[1:5]
BAD_INPUT, CORRUPT = 2, 5


def foundation(*arguments, **options):
    return subprocess.run([FOUNDATION, *map(str, arguments)], capture_output=True, timeout=120,
                          **options)


class TablesTest(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(dir=".")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name).resolve()
        self.file = self.folder / "t.h5"

    def record(self, *program, ranks=2, options=()):
        subprocess.run([MPIEXEC, "-n", str(ranks), "--oversubscribe", "--bind-to", "none",
                        FOUNDATION, "trace", "--keep-recordings", "-o", self.file, *options, "--",
                        *program], capture_output=True, timeout=120)
        deadline = time.monotonic() + 60
        while not self.file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)  # after a death the file is written behind mpirun's back
        (recordings,) = self.folder.glob("t.h5.*.rings")
        return recordings

    def expect_the_same(self, recordings):
        of_file = foundation("analyze", self.file, "--json", "--rows", 100000)
        of_recordings = foundation("analyze", recordings, "--json", "--rows", 100000)
        self.assertIn(of_file.returncode, (0, 1), of_file.stderr)
        self.assertEqual(of_file.returncode, of_recordings.returncode)
        self.assertEqual(json.loads(of_file.stdout), json.loads(of_recordings.stdout))
        for form in ("perfetto", "chrome", "csv"):
            of_file = foundation("export", self.file, "--format", form, check=True)
            of_recordings = foundation("export", recordings, "--format", form, check=True)
            self.assertGreater(len(of_file.stdout), 100)
            self.assertEqual(of_file.stdout, of_recordings.stdout, form)

    def test_every_kind_of_call(self):
        self.expect_the_same(self.record(TRACED))

    def test_waits(self):
        for pattern in ("wait_all", "late_receiver_wait", "nonblocking_barrier", "reduce"):
            with self.subTest(pattern):
                recordings = self.record(LATE, pattern, ranks=3)
                self.expect_the_same(recordings)
                shutil.rmtree(recordings)
                self.file.unlink()

    def test_a_rank_that_died(self):
        self.expect_the_same(self.record(LATE, "death"))

    def test_a_buffer_that_kept_the_newest(self):
        self.expect_the_same(self.record(LATE, "gather", ranks=3, options=["--keep", "newest"]))

    def test_some_ranks_only(self):
        self.expect_the_same(self.record(LATE, "bcast", ranks=3, options=["--scope", "ranks=1-2"]))

    def test_other_files_are_told_apart(self):
        self.record(LATE, "barrier")
        shown = foundation("report", self.file)
        self.assertEqual(shown.returncode, BAD_INPUT)
        self.assertIn(b"`foundation analyze`", shown.stderr)
        text = self.folder / "text"
        text.write_text("no trace " * 1000)
        self.assertEqual(foundation("analyze", text).returncode, BAD_INPUT)
        self.assertEqual(foundation("analyze", self.folder / "absent.h5").returncode, BAD_INPUT)

    def test_damage_is_refused_or_without_effect(self):
        self.record(LATE, "wait_all", ranks=3)
        sound = self.file.read_bytes()
        damaged = self.folder / "damaged.h5"
        draw = random.Random(1)
        environment = {**os.environ, "TMPDIR": str(self.folder)}
        for _ in range(60):
            changed = bytearray(sound)
            if draw.random() < 0.2:
                del changed[draw.randrange(len(changed)):]
            else:
                for _ in range(draw.choice((1, 4, 64))):
                    changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
            damaged.write_bytes(changed)
            done = foundation("analyze", damaged, "--json", env=environment)
            self.assertIn(done.returncode, (0, 1, BAD_INPUT, CORRUPT), done.stderr)
        self.assertEqual(sorted(it.name for it in self.folder.glob("foundation.*")), [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
