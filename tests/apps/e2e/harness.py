"""What the end-to-end tests share: job files, runs in a session of their own, their processes.

Every process that a test starts carries a mark in its environment, so a test finds (and kills)
the whole tree of its own, whoever has adopted it, and nothing else.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program  # noqa: E402  (one folder up)

MARK = "E2E_TEST_MARK"
END_NOTES = ("DONE", "STOPPED", "FAILED")  # each orderly end leaves one
LIMIT_S = 150  # on a machine that does much else
LOOKS = 5
SERIAL = ()
# Cells that only sleep need no core each: their run is over soonest, and with the same answer, so.
MANY_SLOTS = ("--set", "execution.slots=32")


def mpirun(ranks):
    return ("mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(ranks))


def toml(sections):
    """A job file from {"section": {"key": value}}; JSON values of these kinds are TOML, too."""
    text = ""
    for section, keys in sections.items():
        text += f"[{section}]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in keys.items())
    return text


def wait_until(condition, what, limit_s=LIMIT_S):
    deadline = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {limit_s} s still not: {what}")
        time.sleep(0.002)


def ended_in_order(run):
    """Whether the last session of a run has left its note."""
    epoch = max(int(claim.stem) for claim in (run / "epoch").glob("*.claim"))
    notes = [run / name for name in END_NOTES]
    return any(json.loads(note.read_text(encoding="utf-8"))["epoch"] == epoch
               for note in notes if note.exists())


def was_killed_with(path):
    """Whether a half-written file is of a run (or beside one) whose last session was killed: the
    next one removes it."""
    run = path.parent.parent if path.parent.name in ("journal", "epoch") else path.parent
    runs = [run] if (run / "epoch").exists() else run.iterdir()
    return not all(ended_in_order(it) for it in runs if any((it / "epoch").glob("*.claim")))


def marked_processes(mark):
    """Live processes of a test: {pid: command line}. Zombies have no environment any more."""
    wanted = f"{MARK}={mark}".encode()
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            if wanted in pathlib.Path(f"/proc/{entry}/environ").read_bytes().split(b"\0"):
                command = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes()
                found[int(entry)] = command.replace(b"\0", b" ").decode(errors="replace")
    return found


class Started:
    """A command in a session of its own; what it prints goes to files."""

    def __init__(self, command, folder, environment):
        self.output = folder / f"out.{uuid.uuid4().hex}"
        self.errors = folder / f"{self.output.name}.err"
        with open(self.output, "wb") as out, open(self.errors, "wb") as err:
            self.process = subprocess.Popen(
                [str(word) for word in command], cwd=folder, env=environment, stdout=out,
                stderr=err, stdin=subprocess.DEVNULL, start_new_session=True)
        self.pid = self.process.pid

    def stdout(self):
        return self.output.read_text(encoding="utf-8", errors="replace")

    def stderr(self):
        return self.errors.read_text(encoding="utf-8", errors="replace")

    def wait(self, limit_s=LIMIT_S):
        return self.process.wait(limit_s)

    def is_over(self):
        return self.process.poll() is not None

    def send(self, number):
        self.process.send_signal(number)

    def run_folder(self):
        """The run folder, once the start line has named it."""
        def named():
            found = re.search(r"(?:new run|resumed) (\S+?)(?::|$)", self.stderr(), re.MULTILINE)
            assert found or not self.is_over(), self.stderr()
            return found
        return pathlib.Path(wait_until(named, "start line").group(1))


class RunTest(program.ProgramTest):
    """A test in a folder of its own, with helpers to start, kill and continue runs of a job."""

    def setUp(self):
        super().setUp()
        self.mark = uuid.uuid4().hex
        shared_memory = self.folder / "shm"
        temporary = self.folder / "tmp"
        for folder in (shared_memory, temporary):
            folder.mkdir()
        self.environment |= {
            MARK: self.mark, "TMPDIR": str(temporary), "OMP_NUM_THREADS": "2",
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_mpi_yield_when_idle": "1",
            "OMPI_MCA_btl_vader_backing_directory": str(shared_memory)}
        self.mpi_leftovers_expected = False  # mpirun itself cannot tidy up after its own kill -9
        self.half_written_expected = False  # the next session of a run removes it
        self.addCleanup(self.check_nothing_is_left)

    # --- files ------------------------------------------------------------------------------------

    def write_job(self, sections, name="job.toml"):
        return self.write(name, toml(sections))

    def latest_run(self, runs="runs"):
        return (self.folder / runs / "latest").resolve()

    # --- starting ---------------------------------------------------------------------------------

    def start(self, *arguments, launcher=SERIAL, environment=None):
        return Started([*launcher, program.PROGRAM, *arguments], self.folder,
                       {**self.environment, **(environment or {})})

    def optimize(self, *arguments, launcher=SERIAL, status=0, environment=None, job="job.toml"):
        """Runs to the end and returns what --json printed, with stderr beside it."""
        started = self.start("optimize", job, "--json", *arguments, launcher=launcher,
                             environment=environment)
        ended = started.wait()
        shown = f"{launcher} {arguments}: {ended}\n{started.stdout()}\n{started.stderr()}"
        self.assertEqual(ended, status, shown)
        outcome = json.loads(started.stdout())
        outcome["stderr"] = started.stderr()
        return outcome

    def answer(self, *arguments, **options):
        return self.optimize(*arguments, **options)["result"]["answer"]

    # --- killing ----------------------------------------------------------------------------------

    def processes(self):
        return marked_processes(self.mark)

    def all_gone(self):
        """No process of this test is left. While one executes another program it shows no
        environment, so more than one look tells."""
        for _ in range(LOOKS):
            if self.processes():
                return False
            time.sleep(0.02)
        return True

    def kill_all(self, started, chance=None):
        """SIGKILL to every process of this test, in random order, until none is left."""
        while not self.all_gone():
            alive = list(self.processes())
            if chance:
                chance.shuffle(alive)
            for pid in alive:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        started.process.wait(LIMIT_S)

    def wait_for_silence(self, limit_s=10):
        """Waits until no process of this test is left; all of them end by themselves."""
        wait_until(self.all_gone, "every process gone", limit_s)

    def check_nothing_is_left(self):
        alive = self.processes()
        for pid in alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.assertEqual(alive, {})
        temporary = [path for path in self.folder.rglob("*") if path.name.endswith(".tmp")]
        if not self.half_written_expected:
            self.assertEqual([path for path in temporary
                              if "runs" in path.parts and not was_killed_with(path)], [])
        if not self.mpi_leftovers_expected:
            self.assertEqual(os.listdir(self.folder / "shm"), [])
            left = [path for path in (self.folder / "tmp").rglob("*") if path.is_file()]
            self.assertEqual(left, [])


def copy_run(source, target):
    shutil.copytree(source, target, symlinks=True)
    return target


def main():
    program.main()
