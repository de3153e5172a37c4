"""A run in a real terminal: what Ctrl-C does, and what progress looks like."""

import fcntl
import os
import pty
import select
import struct
import termios
import time
import unittest

import harness
import program
import workload

COLUMNS = 60


class InTerminal:
    """A command whose controlling terminal is a pseudo-terminal of this test."""

    def __init__(self, command, folder, environment):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(command[0], [str(word) for word in command], environment)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        self.shown = b""

    def read_until(self, text, limit_s=harness.LIMIT_S):
        """Reads until `text` was shown; an empty text means the end of everything."""
        deadline = time.monotonic() + limit_s
        while not text or text not in self.shown:
            if not select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"{text!r} not shown after {limit_s} s: {self.shown!r}")
            try:
                part = os.read(self.terminal, 4096)
            except OSError:  # the last process has closed the terminal
                part = b""
            if not part:
                assert not text, f"{text!r} never shown: {self.shown!r}"
                return
            self.shown += part

    def type(self, text):
        os.write(self.terminal, text)

    def wait(self):
        self.read_until(b"")
        status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.terminal)
        return status


class Terminal(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.environment["TERM"] = "xterm"
        self.write("data.jsonl", workload.examples())
        self.write_job(workload.sleeper(program={"sleep_mean": "2ms"}))

    def open(self, launcher=harness.SERIAL):
        return InTerminal([*launcher, program.PROGRAM, "optimize", "job.toml"], self.folder,
                          self.environment)

    def test_ctrl_c_stops_gracefully(self):
        run = self.open()
        run.read_until(b"evaluations,")
        run.type(b"\x03")
        self.assertEqual(run.wait(), 3, run.shown)
        self.assertIn(b"continues where it ended", run.shown)
        self.wait_for_silence()

    def test_progress_is_one_line_that_fits(self):
        run = self.open()
        self.assertEqual(run.wait(), 0, run.shown)
        progress = [part for part in run.shown.split(b"\r\x1b[K") if b"evaluations" in part[:60]]
        self.assertGreater(len(progress), 1, run.shown)
        for line in progress[:-1]:
            self.assertNotIn(b"\n", line)
            self.assertLess(len(line), COLUMNS)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
