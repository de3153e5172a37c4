"""`foundation trace` as its users meet it: to the program all is as ever, and every case in which
nothing can be recorded is told with its cause.

    wrapper_test.py PROGRAM SOURCE TRACED_PROGRAM STATIC_PROGRAM FEATURE_PROGRAM MPIEXEC
"""

import os
import pathlib
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import program  # noqa: E402
import trace_file  # noqa: E402

TRACED, STATIC, FEATURES, MPIEXEC = sys.argv[3:7]
COUNTER = str(pathlib.Path(__file__).with_name("signal_counter.py"))
LIMIT_S = 100


class WrapperTest(program.ProgramTest):
    def trace(self, *command, options=(), stdin=None, environment=None):
        return subprocess.run(
            [program.PROGRAM, "trace", *options, "--", *command], cwd=self.folder, check=False,
            capture_output=True, text=True, timeout=LIMIT_S, input=stdin,
            env={**self.environment, **(environment or {})})

    def on_ranks(self, ranks, *command, options=()):
        return subprocess.run(
            [MPIEXEC, "-n", str(ranks), "--oversubscribe", "--bind-to", "none", program.PROGRAM,
             "trace", *options, "--", *command], cwd=self.folder, check=False, timeout=LIMIT_S,
            capture_output=True, text=True, stdin=subprocess.DEVNULL, env=self.environment)

    def start(self, *command, **options):
        return subprocess.Popen([program.PROGRAM, "trace", "--quiet", "--", *command],
                                cwd=self.folder, stdout=subprocess.PIPE, text=True,
                                env=self.environment, **options)


class EndingTest(WrapperTest):
    def test_exit_status_is_the_programs(self):
        self.assertEqual(self.trace("/bin/sh", "-c", "exit 7").returncode, 7)

    def test_signal_is_the_programs(self):
        for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM, signal.SIGPIPE):
            result = self.trace("/bin/sh", "-c", f"kill -{number.value} $$")
            self.assertEqual(result.returncode, -number.value)

    def test_output_and_input_are_the_programs(self):
        result = self.trace("/bin/cat", stdin="one\ntwo\n")
        self.assertEqual(result.stdout, "one\ntwo\n")
        result = self.trace("/usr/bin/printf", "%s|", "[a,b]", "", "--", "{c}", "-o")
        self.assertEqual(result.stdout, "[a,b]||--|{c}|-o|")

    def test_how_it_ended_is_in_the_file(self):
        self.trace("/bin/sh", "-c", "kill -9 $$", options=("-o", "t.h5"))
        processes = trace_file.table(self.folder / "t.h5", "processes")
        self.assertEqual(list(processes["ending"]), [2])
        self.assertEqual(list(processes["signal"]), [signal.SIGKILL])
        self.assertGreater(processes["peak_bytes"][0], 0)


class SignalTest(WrapperTest):
    def test_a_signal_to_the_wrapper_reaches_the_program_once(self):
        process = self.start("/usr/bin/python3", COUNTER)
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=LIMIT_S), 1)

    def test_a_signal_to_the_group_reaches_the_program_once(self):
        process = self.start("/usr/bin/python3", COUNTER, start_new_session=True)
        self.assertEqual(process.stdout.readline(), "ready\n")
        os.killpg(process.pid, signal.SIGTERM)
        self.assertEqual(process.wait(timeout=LIMIT_S), 1)

    def test_the_program_dies_with_its_wrapper(self):
        process = self.start("/bin/sh", "-c", "echo $$; exec sleep 1000")
        child = int(process.stdout.readline())
        process.kill()
        process.wait(timeout=LIMIT_S)
        os.set_blocking(process.stdout.fileno(), True)
        self.assertEqual(process.stdout.read(), "")  # ends when the last holder of the pipe does
        self.assertFalse(pathlib.Path(f"/proc/{child}/exe").exists())
        process.stdout.close()


class EnvironmentTest(WrapperTest):
    def children_see(self, environment=None):
        result = self.trace("/bin/sh", "-c", "env", environment=environment)
        return sorted(line for line in result.stdout.splitlines()
                      if not line.startswith(("_=", "PWD=", "SHLVL=", "OLDPWD=")))

    def test_children_find_it_unchanged(self):
        expected = subprocess.run(["/bin/sh", "-c", "env"], capture_output=True, text=True,
                                  check=True, cwd=self.folder, env=self.environment)
        wanted = sorted(line for line in expected.stdout.splitlines()
                        if not line.startswith(("_=", "PWD=", "SHLVL=", "OLDPWD=")))
        self.assertEqual(self.children_see(), wanted)

    def test_a_library_that_the_user_preloads_stays(self):
        library = "/lib/x86_64-linux-gnu/libm.so.6"
        if not pathlib.Path(library).exists():
            self.skipTest(f"no {library}")
        self.assertIn(f"LD_PRELOAD={library}", self.children_see({"LD_PRELOAD": library}))


class CauseTest(WrapperTest):
    def test_a_program_that_is_not_there(self):
        self.refuse("trace", "--", "no-such-program", message="no such program")

    def test_no_program(self):
        self.refuse("trace", message="no program", hint="two dashes")

    def test_a_static_program_runs_and_is_told(self):
        result = self.trace(STATIC, options=("-o", "t.h5"))
        self.assertEqual((result.returncode, result.stdout), (5, "static\n"))
        self.assertIn("is linked statically", result.stderr)
        self.assertIn("nothing was recorded", result.stderr)
        self.assertEqual(len(trace_file.table(self.folder / "t.h5", "events")["time"]), 0)

    def test_a_program_without_mpi_is_told(self):
        result = self.trace("/bin/true")
        self.assertIn("names no MPI library", result.stderr)
        self.assertIn("nothing was recorded: the program made no MPI call", result.stderr)

    def test_a_recorder_that_was_never_switched_on_is_told(self):
        result = self.trace("/bin/true", options=("--off",))
        self.assertIn("nothing was recorded: recording was never switched on", result.stderr)

    def test_an_existing_file_is_not_overwritten(self):
        self.write("t.h5", "mine")
        self.refuse("trace", "-o", "t.h5", "--", "/bin/true", message="exists",
                    hint="--force")
        self.assertEqual((self.folder / "t.h5").read_text(), "mine")
        self.assertEqual(self.trace("/bin/true", options=("-o", "t.h5", "--force")).returncode, 0)
        self.assertEqual(trace_file.attributes(self.folder / "t.h5")["schema"],
                         "foundation.trace")

    def test_wrong_scopes_are_refused(self):
        for scope, hint in (("rank=1", "did you mean 'ranks'"), ("ranks=3-1", "0-3,8"),
                            ("from=5", "10s"), ("[1]", "JSON"), ('{"for": 5}', "10s"),
                            ('{"for": []}', "quotes"), ("regions=", "regions=one"),
                            ("classes=p2", "did you mean 'p2p'"), ("ranks", "ranks=0-3")):
            self.refuse("trace", "--scope", scope, "--", "/bin/true", message="", hint=hint)

    def test_recover_names_what_it_needs(self):
        self.refuse("trace", "recover", "nowhere", message="no folder")
        (self.folder / "x.rings").mkdir()
        self.refuse("trace", "recover", "x.rings", message="is no folder of a traced job")


class RanksTest(WrapperTest):
    def events_of(self, name="t.h5"):
        return list(trace_file.table(self.folder / name, "processes")["kept"])

    def test_all_ranks_are_in_one_file_when_the_command_ends(self):
        result = self.on_ranks(3, TRACED, options=("-o", "t.h5"))
        self.assertEqual(result.returncode, 0, result.stderr)
        path = self.folder / "t.h5"
        self.assertEqual(trace_file.attributes(path)["status"], "complete")
        self.assertEqual(list(trace_file.table(path, "processes")["rank"]), [0, 1, 2])
        calls = trace_file.table(path, "calls")
        whole = {name.decode(): int(count) for name, count, process in
                 zip(calls["name"], calls["count"], calls["process"]) if process == -1}
        self.assertEqual(whole["MPI_Sendrecv"], 300)
        self.assertEqual(whole["MPI_Allreduce"], 300)
        self.assertEqual([file.name for file in self.folder.iterdir()], ["t.h5"])

    def test_the_command_starts_mpirun_itself(self):
        result = self.call("trace", "-n", "2", "-o", "t.h5", "--", TRACED)
        self.assertEqual(result.returncode, 0)
        self.assertEqual(len(self.events_of()), 2)

    def test_ranks_and_classes_outside_the_scope_are_not_recorded(self):
        self.on_ranks(2, TRACED, options=("-o", "t.h5", "--scope", "ranks=1 classes=collective"))
        events = trace_file.table(self.folder / "t.h5", "events")
        names = trace_file.names(self.folder / "t.h5")
        seen = [{names[region] for region in events["region"][events["process"] == process]}
                for process in (0, 1)]
        self.assertNotIn("MPI_Allreduce", seen[0])
        self.assertIn("MPI_Allreduce", seen[1])
        self.assertNotIn("MPI_Sendrecv", seen[1])

    def test_recording_elsewhere_gives_the_same(self):
        elsewhere = self.folder / "node"
        elsewhere.mkdir()
        self.on_ranks(2, TRACED, options=("-o", "t.h5", "--dir", str(elsewhere)))
        self.on_ranks(2, TRACED, options=("-o", "u.h5"))
        self.assertEqual(self.events_of("t.h5"), self.events_of("u.h5"))
        self.assertEqual(list(elsewhere.iterdir()), [])

    def test_recovering_again_gives_the_same(self):
        self.on_ranks(2, TRACED, options=("-o", "t.h5", "--keep-recordings"))
        first = trace_file.table(self.folder / "t.h5", "events")
        folder = trace_file.rings(self.folder)
        for _ in range(2):
            self.call("trace", "recover", "--keep-recordings", str(folder))
            again = trace_file.table(self.folder / "t.h5", "events")
            for column, values in first.items():
                self.assertTrue((again[column] == values).all(), column)
        self.call("trace", "recover", str(folder))
        self.assertFalse(folder.exists())

    def test_newest_events_are_kept_in_a_full_buffer(self):
        # 32768 events fit into the smallest buffer; this program makes 470 a rank.
        self.on_ranks(2, TRACED, options=("-o", "t.h5", "--keep", "newest", "--buffer", "1"))
        threads = trace_file.table(self.folder / "t.h5", "threads")
        self.assertEqual(list(threads["first_sequence"]), [0, 0])


class FullDiskTest(WrapperTest):
    def in_small_place(self, size, place, command):
        """Runs a command where `place` is a file system of this size."""
        if os.getuid() != 0:
            self.skipTest("only root may mount a small file system")
        script = f"mount -t tmpfs -o size={size} none {place} || exit 99\n{command}"
        result = subprocess.run(["unshare", "--mount", "/bin/sh", "-c", script], check=False,
                                capture_output=True, text=True, timeout=LIMIT_S, cwd=self.folder,
                                stdin=subprocess.DEVNULL, env=self.environment)
        if result.returncode == 99 or "unshare failed" in result.stderr:
            self.skipTest("mounting is not allowed here: " + result.stderr.strip())
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def test_the_program_goes_on_without_room(self):
        result = self.in_small_place(
            "200k", self.folder, f"{MPIEXEC} -n 1 --oversubscribe {program.PROGRAM} trace "
            f"-o {self.folder}/t.h5 -- {TRACED}")
        self.assertIn("trace: ", result.stderr)

    def test_what_finds_no_room_is_counted(self):
        """Room for the first of nine threads, and perhaps some more."""
        def trace(name, *options):
            return (f"{MPIEXEC} -n 1 --oversubscribe --bind-to none {program.PROGRAM} trace "
                    f"-o {self.folder}/{name} {' '.join(options)} -- {FEATURES} threads")

        def events(name):
            processes = trace_file.table(self.folder / name, "processes")
            return int(processes["emitted"].sum()), int(processes["dropped"].sum())
        subprocess.run(trace("whole.h5", "-q"), shell=True, check=True, capture_output=True,
                       timeout=LIMIT_S, cwd=self.folder, env=self.environment)
        result = self.in_small_place("5m", "/dev/shm", trace("t.h5", "--dir", "/dev/shm"))
        self.assertEqual(result.stdout, "done\n")
        whole, none = events("whole.h5")
        kept, dropped = events("t.h5")
        self.assertEqual((kept + dropped, none), (whole, 0))
        self.assertGreater(kept, 0)
        self.assertGreater(dropped, 0)
        self.assertIn(f"trace: {dropped} more events found no room", result.stderr)
        self.assertIn(f"{dropped} events found no room", self.call("analyze", "t.h5").stdout)


unittest.main(argv=[sys.argv[0]], module="__main__")
