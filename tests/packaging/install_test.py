"""What `cmake --install` puts where: complete, independent of the build tree, movable, usable by
find_package(Foundation). The first arguments are cmake, the build folder and the compilers of C++
and C."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CMAKE, BUILD, COMPILER = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
C_COMPILER = sys.argv[4]
SOURCE = pathlib.Path(__file__).resolve().parents[2]


def run(*command, status=0, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=400, check=False, **options)
    assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def one(folder, name):
    found = list(folder.rglob(name))
    assert len(found) == 1, (name, found)
    return found[0]


class Install(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(dir=os.getcwd()))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.prefix = cls.folder / "prefix"
        run(CMAKE, "--install", BUILD, "--prefix", cls.prefix)

    def test_everything_is_in_its_usual_place(self):
        for name in ("bin/foundation", "share/man/man1/foundation.1",
                     "share/man/man1/foundation-optimize.1", "share/man/man5/foundation-job.5",
                     "share/bash-completion/completions/foundation",
                     "share/zsh/site-functions/_foundation",
                     "share/fish/vendor_completions.d/foundation.fish",
                     "share/foundation/config/packages.toml",
                     "include/foundation/programs/program.hpp", "include/foundation/trace.h",
                     "include/foundation/trace.hpp", "include/foundation/trace.f90"):
            self.assertTrue((self.prefix / name).is_file(), name)
        one(self.prefix, "LICENSE")
        one(self.prefix, "FoundationConfigVersion.cmake")

    def test_every_batch_script_is_there(self):
        scripts = {path.name for path in (SOURCE / "jobscripts").iterdir()
                   if path.suffix == ".sbatch" or path.name == "chain.sh"}
        installed = self.prefix / "share/foundation/jobscripts"
        found = {path.name for path in installed.rglob("*") if path.is_file()}
        self.assertEqual(found, scripts)

    def test_headers_include_nothing_that_stays_behind(self):
        include = self.prefix / "include/foundation"
        for header in include.rglob("*.hpp"):
            text = header.read_text(encoding="utf-8")
            for name in re.findall(r'#\s*include\s*"([^"]+)"', text):
                place = self.prefix / "include" if name.startswith("foundation/") else include
                self.assertTrue((place / name).is_file(), f"{header.name} includes {name}")
        self.assertEqual(list(include.rglob("detail")), [])

    def test_nothing_knows_the_build_or_the_source_tree(self):
        for path in self.prefix.rglob("*"):
            if path.suffix in (".a",) or not path.is_file():
                continue
            content = path.read_bytes()
            for tree in (BUILD, SOURCE):
                self.assertNotIn(f"{tree}/".encode(), content, path)

    def test_destdir(self):
        stage = self.folder / "stage"
        run(CMAKE, "--install", BUILD, "--prefix", "/opt/foundation",
            env={**os.environ, "DESTDIR": str(stage)})
        staged = {path.relative_to(stage / "opt/foundation") for path in stage.rglob("*")
                  if path.is_file()}
        direct = {path.relative_to(self.prefix) for path in self.prefix.rglob("*")
                  if path.is_file()}
        self.assertEqual(staged, direct)

    def test_a_moved_prefix_serves_a_consumer(self):
        moved = self.folder / "else where"
        shutil.copytree(self.prefix, moved)
        away = self.folder / "away"
        self.prefix.rename(away)
        self.addCleanup(away.rename, self.prefix)
        program = moved / "bin/foundation"
        work = self.folder / "work"
        work.mkdir()
        quick = ("--set", "strategy.candidates=8", "--set", "execution.slots=2")
        run(program, "init", "oscillator", "job", cwd=work)
        run(program, "optimize", "--quiet", "job/job.toml", *quick, cwd=work)
        result = one(work, "run.h5")
        run(CMAKE, "-S", SOURCE / "tests/packaging/consumer", "-B", work / "build", "-G", "Ninja",
            f"-DCMAKE_PREFIX_PATH={moved}", f"-DCMAKE_CXX_COMPILER={COMPILER}")
        run(CMAKE, "--build", work / "build")
        consumer = work / "build/consumer"
        self.assertEqual(run(consumer, result), "8 candidates\n")
        run(consumer, work / "job/job.toml", status=2)

    def test_a_plugin_is_built_and_tuned(self):
        work = self.folder / "plugin"
        shutil.copytree(self.prefix / "share/foundation/config", work)
        run(COMPILER, "-std=c++20", "-O2", "-shared", "-fPIC",
            f"-I{self.prefix}/include/foundation", "-o", "relaxation.so", "relaxation.cpp",
            cwd=work)
        program = self.prefix / "bin/foundation"
        run(program, "optimize", "--quiet", "plugin.toml", cwd=work)
        report = json.loads(run(program, "report", "--json", one(work, "run.h5"), cwd=work))
        result = report["result"]
        self.assertLess(result["test_winner"]["estimate"],
                        0.3 * result["test_baseline"]["estimate"])

    def test_a_program_names_its_regions_and_links_nothing(self):
        sources = SOURCE / "tests/packaging/consumer"
        for compiler, source in ((C_COMPILER, "regions.c"), (COMPILER, "regions.cpp")):
            program = self.folder / f"{source}.program"
            run(compiler, "-Wall", "-Wextra", "-Wpedantic", "-Werror",
                f"-I{self.prefix / 'include'}", sources / source, "-o", program)
            self.assertEqual(run(program), "0\n")
            trace = self.folder / f"{source}.h5"
            traced = run(self.prefix / "bin/foundation", "trace", "-q", "-o", trace, "--", program)
            self.assertEqual(traced, "1\n")
            shown = run(self.prefix / "bin/foundation", "analyze", trace)
            self.assertIn("solve", shown)
            self.assertIn("residual (Pa)", shown)

    def test_another_minor_version_is_refused(self):
        project = self.folder / "newer"
        project.mkdir()
        (project / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(Newer LANGUAGES NONE)\n"
            "find_package(Foundation 0.2 REQUIRED)\n", encoding="utf-8")
        done = subprocess.run([CMAKE, "-S", project, "-B", project / "build",
                               f"-DCMAKE_PREFIX_PATH={self.prefix}"], capture_output=True,
                              text=True, timeout=100, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn('requested version "0.2"', " ".join(done.stderr.split()))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]])
