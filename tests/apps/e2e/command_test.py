"""Programs of kind `command`: any executable, run or asked for each evaluation. The same answer
however it is started and whatever is killed, every failure told as itself, nothing left behind."""

import json
import os
import random
import shutil
import signal
import subprocess
import time

import harness
import program

LAUNCHERS = {"serial": harness.SERIAL, "one": harness.mpirun(1), "two": harness.mpirun(2),
             "four": harness.mpirun(4)}

# What the test's own processes are found by must reach the programs, too.
JOB = f"""
[program]
kind = "command"
trials = 2
{{program}}

[program.parameters]
x = {{{{kind = "real", low = 0, high = 1}}}}
rule = {{{{kind = "categorical", choices = ["a", "b"]}}}}
n = {{{{kind = "integer", low = 1, high = 9, when = {{{{rule = "b"}}}}}}}}

[program.limits]
time = "20s"
grace = "100ms"
{{limits}}

[program.environment]
pass = ["PATH", "{harness.MARK}"]

[metric]
kind = "value"
failure_value = 1000

[strategy]
kind = "random"
candidates = {{candidates}}
heat = 4
lookahead = 8

[execution]
slots = 2
"""

SOLVER = """#!/bin/sh
# x, seed, and n if there is one
echo "cost: $(printf '%s' "$*" | cksum | cut -c1-4)"
"""

# Each of these is an evaluation of one example.
FAILURES = {
    "exit": ("crashed", "exit status 3", "echo why >&2; exit 3"),
    "signal": ("crashed", "ended by SIGSEGV", "kill -SEGV $$"),
    "sleep": ("timeout", "ran longer than", "echo begun >&2; sleep 1000"),
    "ignore": ("timeout", "ran longer than", "trap '' TERM; while :; do sleep 1; done"),
    "memory": ("out_of_memory", "used more memory than",
               "exec python3 -c 'x = bytearray(250 << 20); import time; time.sleep(1000)'"),
    "forks": ("crashed", "had more than",
              "i=0; while [ $i -lt 1000 ]; do sleep 1000 & i=$((i+1)); done; wait"),
    "prints": ("invalid_output", "printed more than", "yes"),
    "nonsense": ("invalid_output", "matches nothing", "echo nothing of use"),
    "daemon": ("ok", "", "setsid sh -c \"trap '' TERM HUP; sleep 1000\" & echo cost: 5"),
}


class CommandTest(harness.RunTest):

    def executable(self, name, text):
        path = self.write(name, text)
        path.chmod(0o755)
        return path

    def black_box(self, command='["./solve", "{x}", "{seed}", ["-n", "{n}"]]', candidates=12,
                  limits="", more=""):
        lines = f'command = {command}\nanswer = "regex"\nanswer_pattern = "cost: ([0-9.]+)"\n{more}'
        self.write("job.toml", JOB.format(program=lines, limits=limits, candidates=candidates))

    def failures(self, runs="runs"):
        run = self.latest_run(runs)
        self.assertEqual(self.call("verify", run).returncode, 0)
        return json.loads(self.call("report", run, "--json").stdout)["failures"]

    def no_scratch(self):
        self.assertEqual([path.name for path in (self.folder / "tmp").iterdir()
                          if path.name.startswith("foundation-")], [])

    def test_the_answer_is_the_same_however_it_is_started(self):
        self.executable("solve", SOLVER)
        self.black_box()
        answers = {name: self.answer("--set", f"run.folder={name}", launcher=launcher)
                   for name, launcher in LAUNCHERS.items()}
        self.assertEqual(len(set(answers.values())), 1, answers)
        self.no_scratch()

    def test_a_killed_run_goes_on(self):
        self.executable("solve", SOLVER + "sleep 0.05\n")
        self.black_box(candidates=96)
        whole = self.answer("--set", "run.folder=whole")
        self.mpi_leftovers_expected = True
        chance = random.Random(5)
        for launcher in (harness.SERIAL, harness.mpirun(2)):
            started = self.start("optimize", "job.toml", launcher=launcher)
            started.run_folder()
            time.sleep(0.5)
            self.kill_all(started, chance)
        outcome = self.optimize()
        self.assertEqual(outcome["result"]["answer"], whole)
        self.assertIn("resumed", outcome["stderr"])
        self.no_scratch()  # those of the killed processes, too

    def test_every_failure_is_told_as_itself(self):
        lines = "".join(f"{name}\n" for name in (*FAILURES, *(f"fine{n}" for n in range(20))))
        self.write("data.csv", "what\n" + lines)
        cases = "".join(f"{name}) {script} ;;\n" for name, (_, _, script) in FAILURES.items())
        self.executable("solve", f"#!/bin/sh\ncase $1 in\n{cases}fine*) echo cost: 1 ;;\nesac\n")
        self.black_box('["./solve", "{example.what}"]', 1,
                       'memory = "100MiB"\nprocesses = 50\noutput = "64KiB"')
        trainset = ('[trainset]\nfile = "data.csv"\ninput = "what"\nlabel = ""\nid = "what"\n'
                    '[trainset.split]\ntrain = 0\nvalidation = 1\ntest = 0\nstratify = false\n')
        job = self.folder / "job.toml"
        job.write_text(trainset + job.read_text().replace('time = "20s"', 'time = "15s"'))
        answers = set()
        # Beside a thousand processes mpirun may be too slow for the goodbye of a rank, which waits
        # two seconds for it (PMIx_Finalize).
        patient = (*harness.mpirun(2), "--mca", "orte_allowed_exit_without_sync", "1")
        for name, launcher in (("serial", harness.SERIAL), ("two", patient)):
            outcome = self.optimize("--set", f"run.folder={name}", launcher=launcher)
            self.assertNotIn("lost", outcome["stderr"], "no rank has ended")
            answers.add(outcome["result"]["answer"])
            expected = {}
            for status, _, _ in FAILURES.values():
                if status != "ok":
                    expected[status] = expected.get(status, 0) + 2
            self.assertEqual(self.failures(name), expected)
            self.no_scratch()
        self.assertEqual(len(answers), 1)

    def test_a_failure_says_what_has_happened(self):
        self.executable("solve", "#!/bin/sh\necho out of luck >&2\nexit 7\n")
        self.black_box(candidates=2)
        self.optimize(status=0)
        text = self.call("report", self.latest_run()).stdout
        self.assertIn("exit status 7", text)

    def test_nothing_outlives_a_killed_worker(self):
        self.executable("solve", "#!/bin/sh\nsetsid sleep 1000 &\nsleep 1000\n")
        self.black_box()
        started = self.start("optimize", "job.toml")
        harness.wait_until(lambda: sum("sleep 1000" in it for it in self.processes().values()) > 3,
                           "programs at work")
        workers = [pid for pid, command in self.processes().items()
                   if "optimize job.toml" in command and pid != started.pid]
        for pid in workers:
            os.kill(pid, signal.SIGKILL)
        started.process.wait(harness.LIMIT_S)
        self.wait_for_silence()
        self.no_scratch()

    def test_a_rebuilt_program_starts_a_new_run(self):
        self.executable("solve", SOLVER)
        self.black_box(candidates=4)
        self.optimize()
        first = self.latest_run()
        self.assertNotIn("new run", self.optimize()["stderr"])
        self.executable("solve", SOLVER + "# another version\n")
        self.assertIn("new run", self.optimize()["stderr"])
        self.assertNotEqual(self.latest_run(), first)

    def test_a_missing_program_is_an_error_of_the_job_file(self):
        self.black_box()
        result = self.refuse("optimize", "job.toml",
                             message="the program './solve' does not exist")
        self.assertIn("job.toml:5:12", result.stderr)


class ExampleTest(harness.RunTest):
    """The examples of config/."""

    def example(self, name, *files):
        for file in (f"{name}.toml", *files):
            shutil.copy2(program.SOURCE / "config" / file, self.folder / file)

    def test_command(self):
        self.call("init", "command", "mine")
        outcome = self.optimize("--set", "strategy.candidates=16", job="mine/job.toml")
        self.assertLess(outcome["result"]["validation"], 400)

    def test_persistent(self):
        self.example("persistent", "persistent.py", "words.csv")
        serial = self.answer(job="persistent.toml")
        two = self.answer("--set", "run.folder=two", job="persistent.toml",
                          launcher=harness.mpirun(2))
        self.assertEqual(serial, two)

    def test_the_benchmark_measures_a_slot(self):
        figures = json.loads(self.call("bench", "command", "--json", "--starts", "20",
                                       "--repetitions", "1").stdout)
        self.assertGreater(min(case["per_second"] for case in figures["cases"]), 0)

    def test_mpi_solver(self):
        self.example("mpi_solver", "mpi_solver.c")
        subprocess.run(["mpicc", "-O2", "-o", "mpi_solver", "mpi_solver.c", "-lm"],
                       cwd=self.folder, check=True)
        serial = self.answer("--set", "strategy.candidates=8", job="mpi_solver.toml")
        two = self.answer("--set", "strategy.candidates=8", "--set", "run.folder=two",
                          job="mpi_solver.toml", launcher=harness.mpirun(2))
        self.assertEqual(serial, two)


if __name__ == "__main__":
    harness.main()
