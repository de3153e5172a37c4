"""The manual pages: well-formed, and each says what --help says. Arguments: the program and, where
there are any, the checkers mandoc and man."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = sys.argv[1]
CHECKERS = {pathlib.Path(path).name: path for path in sys.argv[2:]}


def output(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=50, check=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "200",
                               "COLUMNS": "200"})


def words(text):
    return " ".join(re.sub(r"\\f.|\\&", "", text).replace("\\-", "-").replace("\\(aq", "'")
                    .replace("\\(ga", "`").split())


class ManualPages(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(dir=os.getcwd()))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        output(PROGRAM, "man", cls.folder)
        cls.pages = sorted(path for path in cls.folder.rglob("*") if path.is_file())
        cls.commands = re.findall(r"^  ([a-z]+) ", output(PROGRAM, "--help").stdout
                                  .split("Subcommands:")[1], re.MULTILINE)

    def test_one_page_a_command(self):
        names = {page.name for page in self.pages}
        self.assertEqual(names, {"foundation.1", "foundation-job.5",
                                 *(f"foundation-{name}.1" for name in self.commands)})

    def test_every_option_of_help_is_there(self):
        for name in self.commands:
            shown = output(PROGRAM, name, "--help").stdout
            page = words((self.folder / f"man1/foundation-{name}.1").read_text(encoding="utf-8"))
            options = re.findall(r"--[a-z][a-z-]+", shown)
            self.assertIn("--help", options)
            for option in options:
                self.assertIn(option, page, name)

    def test_every_key_of_doc_is_there(self):
        page = words((self.folder / "man5/foundation-job.5").read_text(encoding="utf-8"))
        rows = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", output(PROGRAM, "doc").stdout,
                          re.MULTILINE)
        self.assertGreater(len(rows), 20)
        for key, meaning in rows:
            self.assertIn(f"{key} (", page)
            self.assertIn(words(meaning), page)

    @unittest.skipUnless("mandoc" in CHECKERS, "no mandoc on this machine")
    def test_mandoc_finds_nothing(self):
        for page in self.pages:
            done = subprocess.run([CHECKERS["mandoc"], "-Tlint", "-Wwarning", page], timeout=50,
                                  capture_output=True, text=True, check=False)
            # No date: pages of one version are the same whenever they are built.
            findings = [line for line in done.stdout.splitlines() if "missing date" not in line]
            self.assertEqual(findings, [])

    @unittest.skipUnless("man" in CHECKERS, "no man on this machine")
    def test_man_shows_them_without_warnings(self):
        for page in self.pages:
            shown = output(CHECKERS["man"], "--warnings=w", "-E", "UTF-8", "-l", "-Tutf8", "-Z",
                           page)
            self.assertEqual(shown.stderr, "", page)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
