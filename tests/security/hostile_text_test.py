"""Hostile strings as data, labels, names of files and of folders, and on the command line: nothing
that a terminal or a reader would obey is ever printed raw, and JSON and HDF5 stay valid."""

import json
import os
import pathlib
import pty
import re
import sys
import unicodedata

import h5py

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "apps/e2e"))
import harness  # noqa: E402

HOSTILE = [
    "\x1b[2J\x1b[31mred",                # clears the screen
    "\x1b]0;title\x07",                  # sets the window's title
    "\x1b]52;c;cm0gLXJmIH4=\x07",        # writes to the clipboard
    "\x9b31mC1",                         # CSI in one character
    "abc\u202egpj.exe",                  # turns the direction of writing
    "\u2066isolated\u2069",
    "pay\u200bpal\ufeff",                # no width
    "tag\U000e0041\U000e007f",           # invisible tags
    "over\rwritten", "two\nerror: lines", "tab\there", "del\x7f", "back\x08\x08space",
    "</script><script>alert(1)</script>", "'; DROP TABLE runs; --", "$(touch owned)", "`id`",
    "{0} {} %s %n", "\u2028line\u2029", "\u0301combining", "x" * 20000,
]

OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069"
                    "\ufeff\U000e0000-\U000e007f]")
# What the program itself says to a terminal: colours, and the line of progress made anew.
OF_OURS = re.compile(r"\x1b\[(?:0|3[1-3])m|\r\x1b\[K|\r\n")

JOB = {
    "trainset": {"file": "data.jsonl", "input": "text", "label": "class", "id": "id"},
    "program": {"kind": "text_classifier"},
    "strategy": {"kind": "bootstrap_random_search", "candidates": 8},
    "execution": {"keep_outputs": True, "slots": 2},
}


def printable_name(text):
    """As a file name: what a file system takes."""
    return text.replace("/", "_").replace("\0", "")[:60]


class HostileText(harness.RunTest):

    def write_job(self, sections, name="job.toml"):
        """As harness.toml, but raw: TOML knows no surrogates, and wants DEL escaped only."""
        text = ""
        for section, keys in sections.items():
            text += f"[{section}]\n"
            for key, value in keys.items():
                text += f"{key} = {json.dumps(value, ensure_ascii=False)}\n"
        return self.write(name, text.replace("\x7f", "\\u007f"))

    def check(self, text, what):
        """No character that is obeyed; a tab or line break of ours is a separator."""
        found = OBEYED.search(text)
        shown = found and text[max(0, found.start() - 80):found.end() + 40]
        self.assertIsNone(found, f"{what}: {shown!r}")

    def printed(self, *arguments, status=0, tabs=False):
        started = self.start(*arguments)
        ended = started.wait()
        output, errors = started.output.read_bytes(), started.errors.read_bytes()
        shown = f"{arguments}: {ended}\n{output[-2000:]}\n{errors[-2000:]}"
        self.assertEqual(ended, status, shown)
        for stream in (output, errors):
            text = stream.decode("utf-8")  # strict
            self.check(text.replace("\t", "") if tabs else text, arguments)
        return output.decode(), errors.decode()

    def write_hostile_data(self):
        lines = []
        for number in range(240):
            hostile = HOSTILE[number % len(HOSTILE)]
            lines.append(json.dumps({
                "id": f"{hostile}{number}", "class": HOSTILE[number % 4],
                "text": f"{hostile} word{number % 4} other{number % 7}"}))
        self.write("data.jsonl", "\n".join(lines) + "\n")

    def test_data_and_labels(self):
        self.write_hostile_data()
        self.write_job(JOB)
        for option in ("--dry-run", "--json", "--fresh"):
            self.printed("optimize", "job.toml", option)
        for arguments in (("report", "last"), ("report", "last", "--candidates", "8"),
                          ("report", "last", "--json"), ("status", "last"),
                          ("status", "last", "--json"), ("verify", "last"),
                          ("verify", "last", "--json"), ("config", "job.toml"),
                          ("config", "job.toml", "--origin"), ("config", "job.toml", "--json")):
            output, _ = self.printed(*arguments)
            if "--json" in arguments:
                json.loads(output)
        self.printed("report", "last", "--plain", tabs=True)
        self.check_file(self.latest_run() / "run.h5")

    def check_file(self, path):
        texts = []

        def collect(_, item):
            for value in item.attrs.values():
                if isinstance(value, (str, bytes)):
                    texts.append(value if isinstance(value, str) else value.decode("utf-8"))
            if isinstance(item, h5py.Dataset) and h5py.check_string_dtype(item.dtype):
                texts.extend(value.decode("utf-8") for value in item[...].ravel())
        with h5py.File(path) as file:
            file.visititems(collect)
        # Stored as it is: what is shown escaped is not lost.
        for label in HOSTILE[:4]:
            self.assertTrue(any(label in text for text in texts), repr(label))

    def test_on_a_terminal(self):
        self.write_hostile_data()
        self.write_job(JOB | {"execution": {"progress_interval": "20ms", "slots": 2}})
        self.environment |= {"TERM": "xterm", "FORCE_COLOR": "1"}
        for arguments in (("optimize", "job.toml"), ("report", "last"), ("status", "last"),
                          ("report", HOSTILE[0])):
            text = self.on_terminal(*arguments)
            self.assertTrue(text)
            self.check(OF_OURS.sub("", text), arguments)

    def on_terminal(self, *arguments):
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            os.execvpe(harness.program.PROGRAM, [harness.program.PROGRAM, *arguments],
                       self.environment)
        parts = []
        while True:
            try:
                part = os.read(terminal, 65536)
            except OSError:  # how Linux says that nobody holds the other end any more
                break
            if not part:
                break
            parts.append(part)
        os.close(terminal)
        os.waitpid(process, 0)
        return b"".join(parts).decode("utf-8")

    def test_file_names(self):
        data = "".join(json.dumps({"id": str(i), "class": "ab"[i % 2], "text": f"w{i % 2} v{i}"})
                       + "\n" for i in range(120))
        for hostile in map(printable_name, HOSTILE):
            self.write(f"{hostile}.jsonl", data)
            sections = JOB | {"trainset": JOB["trainset"] | {"file": f"{hostile}.jsonl"},
                              "run": {"folder": f"runs {hostile}"}}
            self.write_job(sections, f"{hostile}.toml")
            self.printed("config", f"{hostile}.toml", "--origin")
            self.printed("optimize", f"./{hostile}.toml", "--dry-run")
        for hostile in (HOSTILE[0], HOSTILE[4], HOSTILE[9]):
            self.printed("optimize", f"./{hostile}.toml", "--quiet")
            self.printed("report", "--runs", f"runs {hostile}", "last")
            self.printed("status", "--runs", f"runs {hostile}", "last", "--json")
            self.printed("report", "--runs", f"runs {hostile}", "none", status=2)

    def test_words_of_the_command_line(self):
        for hostile in HOSTILE[:-1]:
            for arguments in (("report", hostile), ("status", hostile), ("verify", hostile),
                              (hostile,), ("optimize", hostile), ("doc", hostile),
                              ("completions", hostile), ("init", hostile), ("config", hostile),
                              ("report", f"--{hostile}"), ("optimize", f"{hostile}.toml", "--json"),
                              ("dataset", hostile, "-o", "x")):
                self.printed(*arguments, status=2)
        self.assertFalse((self.folder / "owned").exists())

    def test_wrong_keys_and_values(self):
        for hostile in HOSTILE:
            quoted = json.dumps(hostile).replace("\\u007f", "\x7f")
            for text in (f"{quoted} = 1\n", f"[program]\nkind = {quoted}\n",
                         f"[job]\nname = {quoted}\n", f"[{quoted}]\n", f"x = [{hostile}\n",
                         f"[trainset]\nfile = {quoted}\ninput = \"i\"\nlabel = \"l\"\n"
                         "[program]\nkind = \"text_classifier\"\n"):
                self.write("bad.toml", text)
                for options in ((), ("--json",)):
                    output, _ = self.printed("optimize", "bad.toml", *options, status=2)
                    if options:
                        json.loads(output)

    def test_bytes_that_are_no_text(self):
        (self.folder / "data.jsonl").write_bytes(b'{"id": "\xff\xfe", "class": "a"}\n')
        self.write_job(JOB)
        self.printed("optimize", "job.toml", status=2)
        (self.folder / "bad.toml").write_bytes(b'[job]\nname = "\xc3\x28\x1b[31m"\n')
        self.printed("optimize", "bad.toml", "--json", status=2)
        name = os.fsdecode(b"\xff\xfe\x1b[31m")
        self.printed("report", name, status=2)
        self.printed("optimize", f"{name}.toml", "--json", status=2)

    def test_the_pattern_finds_what_it_should(self):
        harmless = "plain äöü 日本 ✓\n"
        self.assertIsNone(OBEYED.search(harmless))
        for text in HOSTILE[:9]:
            if not all(unicodedata.category(c)[0] in "LNPSZM" for c in text):
                self.assertIsNotNone(OBEYED.search(text), repr(text))


if __name__ == "__main__":
    harness.main()
