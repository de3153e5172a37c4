"""`foundation optimize -n`: its course, its stops, and what it shows."""

import json
import os
import pathlib
import pty
import signal
import time
import unittest

import h5py
import harness
import launcher
import program
import workload


class Course(launcher.LauncherTest):

    def test_same_answer_as_in_one_process_and_one_result(self):
        outcome = self.optimize(*launcher.LAUNCH)
        self.assertEqual(outcome["result"], self.undisturbed())
        self.assertEqual(outcome["exit_status"], 0)
        self.wait_for_silence()
        run = pathlib.Path(outcome["run"])
        self.call("verify", run)
        self.call("status", run)
        with h5py.File(run / "run.h5") as file:
            self.assertEqual(len(file["workers/host"]), launcher.RANKS)
        again = self.optimize(*launcher.LAUNCH)
        self.assertTrue(again["already_complete"])
        self.assertEqual(again["result"], outcome["result"])

    def test_a_text_result_is_shown_once(self):
        started = self.launch()
        self.ended(started, 0)
        self.assertEqual(started.stdout().count("answer "), 1)
        self.assertIn("next: foundation report", started.stdout())

    def test_no_valid_result_is_4(self):
        self.write_job(workload.sleeper(program={"sleep_mean": "1ms"}, budget={"evaluations": 0}))
        alone = self.start("optimize", "job.toml", "--fresh").wait()
        self.ended(self.launch("--fresh"), alone)

    def test_the_plan_is_for_the_ranks(self):
        dry = ("optimize", "job.toml", "--dry-run", "-n", "8")
        plan = json.loads(self.call(*dry, "--json").stdout)
        self.assertEqual((plan["ranks"], plan["hosts"]), (8, "localhost:8"))
        text = self.call(*dry).stdout
        self.assertIn("8 on localhost:8", text)
        self.assertFalse((self.folder / "runs").exists())

    def test_arguments_for_mpirun_are_passed_on(self):
        started = self.launch("--launcher-args", "--tag-output --report-bindings")
        self.ended(started, 0)
        self.assertRegex(started.stderr(), r"\[1,0\]<stderr>.*new run")


class Stops(launcher.LauncherTest):

    def test_signals_ask_for_a_graceful_stop(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            with self.subTest(signal=number):
                started = self.launch()
                run = self.at_work(started)
                started.send(number)
                self.ended(started, 3)
                self.assertIn("continues where it ended", started.stdout())
                self.assertIn("SIGUSR1", (run / "STOPPED").read_text(encoding="utf-8"))
                self.call("verify", run)
        self.assertEqual(self.optimize(*launcher.LAUNCH)["result"], self.undisturbed())

    def test_a_signal_at_any_moment_of_the_start(self):
        for delay_s in (0.0, 0.1, 0.3, 0.6, 1.0):
            with self.subTest(delay=delay_s):
                started = self.launch("--fresh")
                harness.wait_until(lambda run=started: run.is_over() or any(
                    launcher.process_name(pid) == "orterun" for pid in self.processes()), "mpirun")
                time.sleep(delay_s)
                started.send(signal.SIGTERM)
                self.ended(started, 3)

    def in_terminal(self):
        """Starts it as the foreground process of a terminal of its own."""
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.folder)
            words = [program.PROGRAM, "optimize", "job.toml", *launcher.LAUNCH]
            os.execve(words[0], words, self.environment)
        os.set_blocking(terminal, False)
        return process, terminal

    @staticmethod
    def read(terminal):
        try:
            return os.read(terminal, 65536).decode(errors="replace")
        except OSError:  # nothing there, or the other end is gone
            return ""

    def until(self, terminal, text, shown=""):
        def found():
            nonlocal shown
            shown += self.read(terminal)
            return text in shown
        harness.wait_until(found, text)
        return shown

    def test_ctrl_c_in_a_terminal_reaches_the_launcher_only(self):
        process, terminal = self.in_terminal()
        shown = self.until(terminal, "% ")
        groups = {pid: os.getsid(pid) for pid in self.processes() if pid != process}
        self.assertNotIn(process, groups.values(), "all others are in other sessions")
        os.write(terminal, b"\x03")
        shown = self.until(terminal, "continues where it ended", shown)
        self.assertIn("stopped by SIGINT", shown)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), 3)
        self.wait_for_silence()
        os.close(terminal)
        self.assertEqual(self.optimize(*launcher.LAUNCH)["result"], self.undisturbed())

    def test_a_second_ctrl_c_ends_at_once(self):
        self.write_job(workload.sleeper(program={"sleep_mean": "300s", "sleep_sigma": 0.0},
                                        execution={"slots": 1}))
        process, terminal = self.in_terminal()
        shown = self.until(terminal, "0 % ")
        os.write(terminal, b"\x03")
        shown = self.until(terminal, "once more ends everything at once", shown)
        time.sleep(1)
        self.assertEqual(os.waitpid(process, os.WNOHANG)[0], 0, "it waits for what is under way")
        os.write(terminal, b"\x03")
        shown = self.until(terminal, "continues where it ended", shown)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), 3)
        self.wait_for_silence()
        os.close(terminal)

if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
