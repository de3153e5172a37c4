"""A program that was built without OTF2 says so, and what to do about it."""
import pathlib
import subprocess
import sys
import unittest

FOUNDATION = sys.argv[1]


class Otf2AbsentTest(unittest.TestCase):
    def test_one_clear_error(self):
        done = subprocess.run([FOUNDATION, "export", "t.h5", "--format", "otf2", "-o", "archive"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 2)
        self.assertIn("libopen-trace-format2-dev", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 2, done.stderr)
        self.assertFalse(pathlib.Path("archive").exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
