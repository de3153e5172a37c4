"""Command line: help, version, unknown words, starter jobs, data sets, effective configuration."""

import json
import os
import subprocess
import unittest

import program

CATALOGUE = """\
Package: 0ad
Description: Real-time strategy game of ancient warfare
Section: games

Package: gimp
Description: GNU Image Manipulation Program
Section: graphics

"""

SMALLEST = """\
[trainset]
file = "data.jsonl"
input = "text"
label = "class"
[program]
kind = "text_classifier"
"""


class CommandLine(program.ProgramTest):

    def test_help_names_commands_and_exit_statuses(self):
        text = self.call("--help").stdout
        for word in ("init", "dataset", "config", "doctor", "doc", "completions", "Exit status",
                     "70  internal error"):
            self.assertIn(word, text)
        self.assertNotIn("doctor-rank", text)
        self.assertIn("--origin", self.call("config", "--help").stdout)

    def test_version_states_build_facts(self):
        self.assertTrue(self.call("--version").stdout.startswith("foundation "))
        facts = json.loads(self.call("--version", "--json").stdout)
        for key in ("version", "compiler", "mpi", "hdf5", "boost"):
            self.assertTrue(facts[key], key)

    def test_unknown_words_get_the_nearest_known_one(self):
        self.refuse("dcotor", message="unknown command 'dcotor'", hint="did you mean 'doctor'?")
        self.refuse("xyzzy", message="unknown command 'xyzzy'", hint="commands are init")
        self.refuse("doctor", "--jsno", message="unknown option '--jsno' of `foundation doctor`",
                    hint="did you mean '--json'?")
        self.refuse("--verson", message="unknown option '--verson' of `foundation`",
                    hint="did you mean '--version'?")
        self.refuse("doctor", "extra", message="does not take the argument 'extra'")

    def test_incomplete_lines_are_refused(self):
        self.refuse(message="there is no command", hint="foundation --help")
        self.refuse("config", message="JOB is required", hint="`foundation config --help`")
        self.refuse("dataset", "oscillator", message="--output is required")
        self.refuse("dataset", "oscillator", "-o", "x", "--count", "many", message="--count")
        self.refuse("--json", message="--version")

    def test_a_closed_pipe_is_no_error(self):
        reading, writing = os.pipe()
        os.close(reading)
        result = subprocess.run([program.PROGRAM, "doc", "keys"], stdout=writing, check=False,
                                stderr=subprocess.PIPE, text=True, timeout=60)
        os.close(writing)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_a_full_disk_below_stdout_is_one(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            result = subprocess.run([program.PROGRAM, "doc", "keys"], stdout=full, check=False,
                                    stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(result.returncode, 5)
        self.assertIn("cannot write 'standard output': No space left", result.stderr)

    def test_completions_know_every_command(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.call("completions", shell).stdout
            for word in ("init", "doctor", "run-folder", "completions"):
                self.assertIn(word, script)
            self.assertNotIn("doctor-rank", script)
        self.refuse("completions", "bsh", message="'bsh'", hint="did you mean 'bash'?")

    def complete(self, *words):
        script = self.call("completions", "bash").stdout
        call = f"COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}; " \
               "_foundation; echo ${COMPREPLY[@]}"
        return subprocess.run(["bash", "-c", script + call], capture_output=True, text=True,
                              check=True, timeout=60).stdout.split()

    def test_bash_completes(self):
        self.assertEqual(self.complete("foundation", "doct"), ["doctor"])
        self.assertEqual(self.complete("foundation", "config", "--or"), ["--origin"])


class StarterJobs(program.ProgramTest):

    def test_oscillator_is_ready_to_run(self):
        result = self.call("init", "oscillator", "mine")
        self.assertIn("foundation optimize mine/job.toml", result.stdout)
        lines = (self.folder / "mine/oscillator.jsonl").read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(lines), 400)
        self.assertEqual(set(json.loads(lines[0])), {"id", "t", "y"})
        self.assertEqual(sorted(os.listdir(self.folder / "mine")), ["job.toml", "oscillator.jsonl"])
        self.call("config", "mine/job.toml")

    def test_nothing_is_overwritten(self):
        self.call("init", "oscillator")
        self.refuse("init", "oscillator", message="'oscillator/job.toml' exists")
        (self.folder / "oscillator/job.toml").unlink()
        self.refuse("init", "oscillator", message="'oscillator/oscillator.jsonl' exists")

    def test_unknown_kinds_are_refused(self):
        self.refuse("init", "oscilator", message="there is no example 'oscilator'",
                    hint="did you mean 'oscillator'?")

    def put_apt_cache(self, script):
        tool = self.write("bin/apt-cache", "#!/bin/sh\n" + script)
        tool.chmod(0o755)
        return {"PATH": f"{tool.parent}:/usr/bin:/bin"}

    def test_packages_come_from_apt(self):
        self.write("catalogue", CATALOGUE)
        path = self.put_apt_cache(f"test $1 = dumpavail && exec cat {self.folder}/catalogue\n")
        result = self.call("init", environment=path)
        self.assertIn("packages/packages.jsonl: 2 examples", result.stdout)
        self.assertEqual((self.folder / "packages/job.toml").read_bytes(),
                         (program.SOURCE / "config/packages.toml").read_bytes())

    def test_a_machine_without_catalogue_is_told_what_to_do(self):
        other = "`foundation init oscillator`"
        empty = self.put_apt_cache("exit 0\n")
        self.refuse("init", environment=empty, message="no package", hint="`apt-get update`")
        broken = self.put_apt_cache("exit 7\n")
        self.refuse("init", environment=broken, message="ended with status 7", hint=other)
        self.refuse("init", environment={"PATH": "/nowhere"}, hint=other,
                    message="cannot start 'apt-cache': No such file or directory")
        self.assertFalse((self.folder / "packages").exists())


class DataSets(program.ProgramTest):

    def test_samples_depend_on_count_and_seed(self):
        variants = {"a": [], "b": [], "c": ["--seed", "2"], "d": ["--count", "7"]}
        for name, arguments in variants.items():
            self.call("dataset", "oscillator", "-o", name, *arguments)
        text = {name: (self.folder / name).read_text(encoding="utf-8") for name in "abcd"}
        self.assertEqual(text["a"], text["b"])
        self.assertNotEqual(text["a"], text["c"])
        self.assertEqual(text["d"].count("\n"), 7)

    def test_packages_can_come_from_a_file(self):
        self.write("catalogue", CATALOGUE)
        self.call("dataset", "packages", "--catalogue", "catalogue", "-o", "out.jsonl")
        lines = (self.folder / "out.jsonl").read_text(encoding="utf-8").splitlines()
        self.assertEqual([json.loads(line)["section"] for line in lines], ["games", "graphics"])
        self.refuse("dataset", "packages", "--catalogue", "none", "-o", "x",
                    message="cannot read 'none'")

    def test_existing_files_are_kept_unless_forced(self):
        self.write("out", "precious")
        self.refuse("dataset", "oscillator", "-o", "out", message="'out' exists")
        self.assertEqual((self.folder / "out").read_text(encoding="utf-8"), "precious")
        self.call("dataset", "oscillator", "-o", "out", "--force")
        self.assertEqual(os.listdir(self.folder), ["out"])

    def test_options_of_another_kind_are_refused(self):
        self.refuse("dataset", "packages", "-o", "x", "--seed", "1",
                    message="'--seed' means nothing")
        self.refuse("dataset", "oscillator", "-o", "x", "--catalogue", "y",
                    message="'--catalogue' means nothing")

    def test_an_unwritable_place_is_an_error_of_the_system(self):
        result = self.call("dataset", "oscillator", "-o", "no/such/folder/x", status=5)
        self.assertIn("cannot create 'no/such/folder/x': No such file", result.stderr)


class EffectiveConfiguration(program.ProgramTest):

    def test_prints_a_job_file_that_means_the_same(self):
        self.write("job.toml", SMALLEST)
        first = self.call("config", "job.toml").stdout
        self.write("again/job.toml", first)
        self.assertEqual(self.call("config", "again/job.toml").stdout, first)

    def test_says_where_values_come_from(self):
        self.write("job.toml", SMALLEST + "[strategy]\nheat = 8\n")
        self.write(".config/foundation/config.toml", "[execution]\nslots = 3\n")
        result = self.call("config", "job.toml", "--json", "--set", "strategy.keep=0.25", "-s",
                           "job.seed=9", environment={"FOUNDATION_STRATEGY_CANDIDATES": "64"})
        origins = {f"{key['section']}.{key['key']}": (key["value"], key["origin"])
                   for key in json.loads(result.stdout)["keys"]}
        self.assertEqual(origins["strategy.heat"], ("8", "job.toml:8"))
        self.assertEqual(origins["strategy.keep"], ("0.25", "command line"))
        self.assertEqual(origins["job.seed"], ("9", "command line"))
        self.assertEqual(origins["strategy.candidates"],
                         ("64", "environment variable FOUNDATION_STRATEGY_CANDIDATES"))
        self.assertEqual(origins["execution.slots"][0], "3")
        self.assertIn("config.toml:2", origins["execution.slots"][1])
        self.assertEqual(origins["metric.kind"], ('"accuracy"', "default"))
        self.assertIn("# job.toml:8", self.call("config", "job.toml", "--origin").stdout)

    def test_errors_look_like_a_compilers(self):
        self.write("job.toml", SMALLEST + "[strategy]\ncandiates = 8\n")
        result = self.refuse("config", "job.toml", message="unknown key 'candiates' in [strategy]",
                             hint="help: did you mean 'candidates'?")
        self.assertIn("\n  --> job.toml:8:1\n    8 | candiates = 8\n      | ^\n", result.stderr)

    def test_errors_come_as_json_where_that_was_asked_for(self):
        self.write("job.toml", SMALLEST + "trials = 0\n")
        error = json.loads(self.call("config", "job.toml", "--json", status=2).stdout)["error"]
        self.assertEqual((error["file"], error["line"], error["status"]), ("job.toml", 7, 2))
        self.assertIn("trials", error["message"])

    def test_a_missing_file_gets_the_nearest_name(self):
        self.write("packages.toml", SMALLEST)
        self.refuse("config", "package.toml", message="cannot read 'package.toml'",
                    hint="did you mean 'packages.toml'?")


class Documentation(program.ProgramTest):

    def test_the_list_of_keys_is_the_one_the_parser_uses(self):
        page = (program.SOURCE / "config/README.md").read_text(encoding="utf-8")
        begin, end = "<!-- keys: begin -->\n\n", "\n<!-- keys: end -->"
        listed = page[page.index(begin) + len(begin):page.index(end)]
        self.assertEqual(listed, self.call("doc", "keys").stdout,
                         "put the output of `foundation doc keys` into config/README.md")
        self.refuse("doc", "nothing", message="nothing on 'nothing'")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    program.main()
