"""What the tests of the program share: how it is run and what is expected of every call."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv[1]
SOURCE = pathlib.Path(sys.argv[2])


class ProgramTest(unittest.TestCase):
    """Each test has an empty working folder and a home without a user file."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=os.getcwd()))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith(("FOUNDATION_", "SLURM_", "XDG_"))}
        self.environment["HOME"] = str(self.folder)

    def call(self, *arguments, status=0, environment=None):
        """Runs the program; checks its exit status and that errors look like ours."""
        result = subprocess.run(
            [PROGRAM, *map(str, arguments)], cwd=self.folder, timeout=100, check=False,
            capture_output=True, text=True, stdin=subprocess.DEVNULL,
            env={**self.environment, **(environment or {})})
        shown = f"{arguments}\n{result.stdout}\n{result.stderr}"
        self.assertEqual(result.returncode, status, shown)
        if status in (2, 4, 5, 70):
            self.assertTrue(result.stderr.startswith("error: "), shown)
        else:
            self.assertNotIn("error:", result.stderr, shown)
        return result

    def refuse(self, *arguments, message, hint="", **options):
        """The program ends with status 2 and one message that contains both texts."""
        result = self.call(*arguments, status=2, **options)
        self.assertEqual(result.stderr.count("error: "), 1, result.stderr)
        self.assertIn(message, result.stderr)
        self.assertIn(hint, result.stderr)
        return result

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def main():
    unittest.main(argv=[sys.argv[0]], module="__main__")
