"""Job scripts and example jobs: each is parsed or dry-run, and the batch scripts decide rightly.

Slurm's commands, and the program where it would start ranks, are played by one small script that
notes how it was called: a run is the program itself or a line of JSON. tests/hosts/ runs the same
scripts on a real cluster.
"""

import json
import os
import re
import signal
import stat
import subprocess
import time
import unittest

import program

SCRIPTS = sorted((program.SOURCE / "jobscripts").glob("*.s*h")) + sorted(
    (program.SOURCE / "jobscripts").glob("*.sbatch"))
BATCH = [path for path in SCRIPTS if path.suffix == ".sbatch"]
REQUEUED = -signal.SIGTERM  # Slurm ends the script of a job that it takes back
FAKE = """#!/bin/bash
printf '%s %s\\n' "${0##*/}" "$*" >>"$CALLS"
case "${0##*/}" in
  srun) eval "$STEP" ;;
  foundation) if [ "$1" = optimize ]; then eval "$STEP"; else exec "$PROGRAM" "$@"; fi ;;
  sbatch) echo "$((100 + $(grep -c '^sbatch' "$CALLS")))" ;;
  scontrol)
    if [ "$1" = requeue ]; then kill -TERM "$PPID"; exit 0; fi
    # A line for each task when the number is that of the whole array.
    for task in 1 2; do echo "JobId=$SLURM_JOB_ID JobName=x Command=$COMMAND WorkDir=/"; done ;;
esac
"""


def limits_of_site(text):
    return [line for line in text.splitlines() if "adapt to your site" in line]


class Texts(unittest.TestCase):

    def test_every_script_is_well_formed(self):
        self.assertGreaterEqual(len(SCRIPTS), 6)
        for path in SCRIPTS:
            with self.subTest(path.name):
                subprocess.run(["bash", "-n", path], check=True, timeout=20)

    def test_each_script_for_a_cluster_has_one_block_to_adapt(self):
        for path in [*BATCH, program.SOURCE / "jobscripts/chain.sh"]:
            with self.subTest(path.name):
                first, last = limits_of_site(path.read_text(encoding="utf-8"))
                self.assertTrue(first.startswith("# >>> adapt to your site: "), first)
                self.assertEqual(last, "# <<< adapt to your site")

    def test_sbatch_sees_every_directive(self):
        for path in BATCH:
            with self.subTest(path.name):
                head = re.split(r"^[^#\n]", path.read_text(encoding="utf-8"), 1, re.MULTILINE)[0]
                whole = path.read_text(encoding="utf-8")
                self.assertEqual(head.count("\n#SBATCH "), whole.count("\n#SBATCH "))
                self.assertIn("\n#SBATCH --signal=B:USR1@", head)


class Scripts(program.ProgramTest):

    def setUp(self):
        super().setUp()
        self.calls = self.folder / "calls"
        for name in ("srun", "sbatch", "scontrol", "scancel", "foundation"):
            path = self.write(f"bin/{name}", FAKE)
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self.environment |= {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}", "CALLS": str(self.calls),
            "PROGRAM": os.path.abspath(program.PROGRAM),
            "SLURM_JOB_ID": "7", "SLURM_SUBMIT_DIR": str(self.folder), "OMP_NUM_THREADS": "2",
            "COMMAND": str(program.SOURCE / "jobscripts/optimize-array.sbatch")}
        self.write("job.toml", "")

    def start(self, script, *arguments, step, **environment):
        return subprocess.Popen(
            [program.SOURCE / "jobscripts" / script, *arguments], cwd=self.folder, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            env={**self.environment, "STEP": step, **environment})

    def run_script(self, script, *arguments, step="", status=0, **environment):
        with self.start(script, *arguments, step=step, **environment) as process:
            output, _ = process.communicate(timeout=100)
        self.assertEqual(process.returncode, status, output)
        return output

    def called(self, command):
        lines = self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []
        return [line for line in lines if line.startswith(command)]

    @staticmethod
    def says(status, **more):
        """A step that ends like the program with this status."""
        text = json.dumps({"exit_status": status, "run": "/no/such run, really", **more}, indent=2)
        return f"cat <<'END'\n{text}\nEND\nexit {status}"

    def make_run(self):
        data = [json.dumps({"text": f"word{i % 3} item {i}", "class": f"c{i % 3}"})
                for i in range(60)]
        self.write("data.jsonl", "\n".join(data) + "\n")
        self.write("job.toml", '[trainset]\nfile = "data.jsonl"\ninput = "text"\n'
                               'label = "class"\n[program]\nkind = "text_classifier"\n'
                               '[strategy]\nkind = "random"\ncandidates = 2\n')

    # --- optimize.sbatch --------------------------------------------------------------------------

    def test_outside_of_slurm_everything_is_explained(self):
        del self.environment["SLURM_JOB_ID"]
        for path in BATCH:
            self.assertIn("sbatch ", self.run_script(path.name, "job.toml", status=2))
        self.environment["SLURM_JOB_ID"] = "7"
        self.assertIn("usage: sbatch", self.run_script("optimize.sbatch", status=2))

    def test_a_finished_run_ends_the_job_with_its_report(self):
        self.make_run()
        output = self.run_script("optimize.sbatch", "job.toml", "--set", "job.seed=3",
                                 step='shift 3; "$PROGRAM" optimize "$@"')
        self.assertIn("done: ", output)
        self.assertIn("test", output)
        self.assertEqual(self.called("foundation optimize"),
                         ["foundation optimize --launcher srun job.toml --set job.seed=3 --json"])
        self.assertEqual(self.called("scontrol"), [])
        self.assertEqual(list(self.folder.glob("*.progress")), [])

    def test_errors_end_the_job_with_their_status(self):
        for status, text in ((2, "wrong usage"), (4, "no valid result"), (5, "failed"),
                             (70, "failed")):
            with self.subTest(status=status):
                output = self.run_script("optimize.sbatch", "job.toml", step=self.says(status),
                                         status=status)
                self.assertIn(text, output)
        self.assertEqual(self.called("scontrol"), [])

    def test_a_stopped_run_goes_back_to_the_queue_until_nothing_moves(self):
        for restart in range(3):
            output = self.run_script("optimize.sbatch", "job.toml", step=self.says(3),
                                     status=REQUEUED, SLURM_RESTART_COUNT=str(restart))
            self.assertIn("back to the queue", output)
            self.assertEqual(len(self.called("scontrol requeue 7")), restart + 1)
        output = self.run_script("optimize.sbatch", "job.toml", step=self.says(3), status=5,
                                 SLURM_RESTART_COUNT="3")
        self.assertIn("no new evaluation in 3 allocations", output)
        takes_over = ["--take-over" in line for line in self.called("foundation optimize")]
        self.assertEqual(takes_over, [False, True, True, True])
        self.assertEqual(list(self.folder.glob("*.progress")), [])

    def test_the_run_knows_better_than_its_launcher_how_it_ended(self):
        self.run_script("optimize.sbatch", "job.toml", status=4,
                        step=self.says(4).replace("exit 4", "kill -KILL $$"))

    def test_a_killed_launcher_is_tried_again(self):
        self.run_script("optimize.sbatch", "job.toml", step="kill -KILL $$", status=REQUEUED)
        self.assertEqual(len(self.called("scontrol requeue")), 1)

    def test_signals_reach_the_step_and_a_cancelled_job_is_not_requeued(self):
        for number, requeued in ((signal.SIGUSR1, 1), (signal.SIGTERM, 0)):
            with self.subTest(signal=number):
                self.calls.unlink(missing_ok=True)
                ready = self.folder / "ready"
                ready.unlink(missing_ok=True)
                step = (f"trap 'echo asked >&2; {self.says(3)}' USR1\n" + f"touch {ready}\n"
                        "while true; do sleep 0.05; done").replace("'END'", "END")
                with self.start("optimize.sbatch", "job.toml", step=step) as process:
                    deadline = time.monotonic() + 60
                    while not ready.exists() and time.monotonic() < deadline:
                        time.sleep(0.01)
                    process.send_signal(number)
                    output, _ = process.communicate(timeout=60)
                self.assertIn("asked", output)
                self.assertEqual(process.returncode, REQUEUED if requeued else 3, output)
                self.assertEqual(len(self.called("scontrol requeue")), requeued)

    # --- trace.sbatch -----------------------------------------------------------------------------

    def test_a_traced_program_ends_the_job_with_its_status_and_leaves_its_trace(self):
        output = self.run_script("trace.sbatch", "t.h5", "/bin/sh", "-c", "exit 3",
                                 step='shift 2; "$PROGRAM" "${@:2}"', status=3)
        self.assertIn("ended with status 3; its trace: t.h5", output)
        self.assertTrue((self.folder / "t.h5").exists())
        self.assertIn("foundation trace -o t.h5 -- /bin/sh -c exit 3", self.called("srun")[0])

    def test_a_trace_is_not_overwritten_and_needs_a_program(self):
        self.write("t.h5", "mine")
        output = self.run_script("trace.sbatch", "t.h5", "/bin/true", status=2)
        self.assertIn("is not overwritten", output)
        self.assertIn("usage: sbatch", self.run_script("trace.sbatch", "u.h5", status=2))
        self.assertEqual(self.called("srun"), [])

    # --- the others -------------------------------------------------------------------------------

    def test_tasks_of_an_array_have_their_index_as_seed(self):
        self.run_script("optimize-array.sbatch", "job.toml", step=self.says(4), status=4,
                        SLURM_ARRAY_TASK_ID="5")
        self.assertIn("--launcher srun job.toml --set job.seed=5",
                      self.called("foundation optimize")[0])

    def test_an_array_needs_its_neighbour(self):
        output = self.run_script("optimize-array.sbatch", "job.toml", status=2,
                                 SLURM_ARRAY_TASK_ID="5", COMMAND="/nowhere/x.sbatch")
        self.assertIn("no optimize.sbatch beside '/nowhere/x.sbatch'", output)

    def test_a_chain_depends_link_by_link(self):
        output = self.run_script("chain.sh", "3", "job.toml", "--quiet")
        self.assertIn("submitted: 101 102 103", output)
        first, second, third = self.called("sbatch")
        self.assertNotIn("--dependency", first)
        self.assertIn("--dependency=afterany:101", second)
        self.assertIn("--dependency=afterany:102", third)
        for line in (first, second, third):
            self.assertTrue(line.endswith("jobscripts/optimize.sbatch job.toml --quiet"), line)

    def test_bad_chains_are_refused(self):
        for arguments in ((), ("3",), ("none", "job.toml"), ("0", "job.toml"), ("3", "absent")):
            self.assertIn("error: ", self.run_script("chain.sh", *arguments, status=2))
        self.assertIn("usage: ", self.run_script("chain.sh", "--help"))
        self.assertEqual(self.called("sbatch"), [])

    def test_a_link_leaves_the_rest_to_the_next_and_the_last_ends_the_chain(self):
        chain = {"FOUNDATION_CHAIN": "yes", "SLURM_JOB_NAME": "chain-1"}
        output = self.run_script("optimize.sbatch", "job.toml", step=self.says(3), status=3,
                                 **chain)
        self.assertIn("the next job of the chain continues", output)
        self.assertEqual(self.called("sc"), [])
        self.run_script("optimize.sbatch", "job.toml", step=self.says(4), status=4, **chain)
        self.assertIn("--name=chain-1 --state=PENDING", self.called("scancel")[0])

    def test_every_example_job_is_accepted(self):
        jobs = sorted((program.SOURCE / "config").glob("*.toml"))
        self.assertGreaterEqual(len(jobs), 2)
        self.call("dataset", "oscillator", "-o", "oscillator.jsonl")
        for path in jobs:
            with self.subTest(path.name):
                text = path.read_text(encoding="utf-8")
                self.write(path.name, text)
                if 'file = "oscillator.jsonl"' in text:
                    self.call("optimize", "--dry-run", path.name)
                else:
                    self.call("config", path.name)


if __name__ == "__main__":
    program.main()
