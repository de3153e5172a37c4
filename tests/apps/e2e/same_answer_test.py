"""The answer of a deterministic program depends on the job alone: not on ranks, threads, the
instructions of the CPU, or timing."""

import json
import os
import pathlib
import subprocess
import sys
import unittest

import h5py
import harness
import workload

LAYOUTS = {
    "serial, 1 slot": (harness.SERIAL, 1),
    "serial, 4 slots": (harness.SERIAL, 4),
    "1 rank": (harness.mpirun(1), 1),
    "2 ranks": (harness.mpirun(2), 1),
    "3 ranks, 4 slots": (harness.mpirun(3), 4),
    "4 ranks": (harness.mpirun(4), 1),
    "8 ranks": (harness.mpirun(8), 1),
}
OLD_CPU = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F"}


LIBM_VALUES = """
import hashlib, math
values = [f(x / 1000) for x in range(1, 20000)
          for f in (math.exp, math.log, math.sin, math.cos, lambda x: x ** 1.7)]
print(hashlib.sha256(repr(values).encode()).hexdigest())
"""


def libm_digest(environment):
    """Digest of some values of the C library's mathematics, to the last bit."""
    return subprocess.run([sys.executable, "-c", LIBM_VALUES], check=True, capture_output=True,
                          env={**os.environ, **environment}, timeout=60).stdout


class SameAnswer(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples())

    def check_all_layouts(self, layouts, **changes):
        self.write_job(workload.classifier(**changes))
        answers = {}
        for name, (launcher, slots) in layouts.items():
            outcome = self.optimize("--fresh", "--set", f"execution.slots={slots}",
                                    launcher=launcher)
            self.assertFalse(outcome["already_complete"])
            answers[name] = outcome["result"]
        first = answers["serial, 1 slot"]
        self.assertEqual({name: first for name in answers}, answers)
        return first

    def test_every_layout_with_racing(self):
        result = self.check_all_layouts(LAYOUTS)
        self.assertGreater(result["winner"], 0)
        self.assertGreater(result["test_difference"]["low"], 0)

    def test_every_layout_without_racing(self):
        self.check_all_layouts(LAYOUTS, strategy={"racing": "none", "candidates": 24})

    def test_every_strategy(self):
        few = {name: LAYOUTS[name] for name in ("serial, 1 slot", "serial, 4 slots", "3 ranks, "
                                                "4 slots")}
        for strategy in ("random", "grid", "sobol", "cma_es", "labeled_few_shot",
                         "bootstrap_random_search"):
            for racing in ("halving", "none"):
                with self.subTest(strategy=strategy, racing=racing):
                    self.check_all_layouts(few, strategy={"kind": strategy, "racing": racing,
                                                          "candidates": 40, "lookahead": 36})

    def test_every_race(self):
        few = {name: LAYOUTS[name] for name in ("serial, 1 slot", "3 ranks, 4 slots")}
        for strategy, racing in (("random", "paired"), ("bootstrap_random_search", "asha"),
                                 ("irace", "friedman"), ("irace", "paired")):
            with self.subTest(strategy=strategy, racing=racing):
                heat = {} if racing == "asha" else {"heat": 8}
                self.check_all_layouts(few, metric={"kind": "accuracy"},
                                       strategy={"kind": strategy, "racing": racing,
                                                 "candidates": 64, **heat},
                                       budget={"evaluations": 6000})

    def test_races_that_compare_cells_refuse_f1(self):
        self.write_job(workload.classifier(strategy={"racing": "paired"}))
        refused = self.call("optimize", "job.toml", status=2)
        self.assertIn("not the mean of its cells' scores", refused.stderr)
        self.assertIn("job.toml:", refused.stderr)

    def test_fewer_slots_than_ranks(self):
        """The ranks without a slot wait; the plan, what started and the tables agree."""
        # Long enough for both workers to join before it is over.
        job = workload.sleeper(program={"sleep_mean": "2ms"}, strategy={"candidates": 8})
        del job["execution"]["slots"]
        self.write_job(job)
        usual = self.optimize("--fresh")["result"]
        limited = self.optimize("--fresh", "--set", "execution.max_workers=2",
                                launcher=harness.mpirun(4))
        self.assertEqual(limited["result"], usual)
        self.assertIn("started 2 of 2 slots: 2 of 2 workers on 1 of 1 nodes", limited["stderr"])
        run = self.latest_run()
        with h5py.File(run / "run.h5") as file:
            self.assertEqual(list(file["workers/slots"][:]), [1, 1])
            self.assertEqual(list(file["nodes/planned_slots"][:]), [2])
            self.assertEqual(list(file["nodes/slots"][:]), [2])
            self.assertGreaterEqual(len(file["health/load"]), 1)
        health = json.loads(self.call("status", run, "--health", "--json").stdout)
        self.assertEqual(health["overall"], "healthy")
        self.assertEqual([node["slots"] for node in health["nodes"]], [2])

    def test_more_slots_than_work_ahead(self):
        """What is proposed ahead may keep fewer slots busy than there are: said, not refused."""
        self.write("data.jsonl", workload.examples(12))
        job = workload.sleeper(strategy={"candidates": 8, "racing": "none", "lookahead": 1},
                               trainset__split={"stratify": False})
        self.write_job(job)
        said = self.optimize("--fresh", "--set", "execution.slots=4")["stderr"]
        self.assertIn("of 4 slots at most 3 will be busy: lookahead = 1 proposals, each with 3 "
                      "evaluations at first; raise strategy.lookahead", said)
        self.assertNotIn("will be busy",
                         self.optimize("--fresh", "--set", "execution.slots=3")["stderr"])

    def test_a_cpu_without_fma_and_avx2(self):
        self.write_job(workload.classifier())
        cpu = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
        if " fma " in cpu and " avx2 " in cpu:
            self.assertNotEqual(libm_digest({}), libm_digest(OLD_CPU), "the tunable has no effect")
        usual = self.optimize("--fresh")["result"]
        for launcher in (harness.SERIAL, harness.mpirun(2)):
            self.assertEqual(self.optimize("--fresh", environment=OLD_CPU,
                                           launcher=launcher)["result"], usual)

    def test_other_seeds_have_other_answers(self):
        self.write_job(workload.classifier())
        self.assertNotEqual(self.answer(), self.answer("--set", "job.seed=2"))


class LowerIsBetter(harness.RunTest):

    def test_the_oscillator(self):
        self.call("init", "oscillator", ".")
        results = [self.optimize("--fresh", "--set", f"execution.slots={slots}", launcher=launcher,
                                 environment=environment)["result"]
                   for launcher, slots, environment in [
                       (harness.SERIAL, 1, None), (harness.SERIAL, 4, None),
                       (harness.SERIAL, 2, OLD_CPU), (harness.mpirun(2), 1, None),
                       (harness.mpirun(4), 1, OLD_CPU)]]
        self.assertEqual(results, [results[0]] * len(results))
        self.assertLess(results[0]["test_difference"]["high"], 0, "the error shrinks")


class PackageCatalogue(harness.RunTest):
    """The README's example on this machine's own catalogue, where there is one."""

    def setUp(self):
        super().setUp()
        catalogue = subprocess.run(["sh", "-c", "apt-cache dumpavail | grep -c ^Section"],
                                   capture_output=True, text=True, check=False, timeout=60)
        if int(catalogue.stdout or 0) < 20_000:
            self.skipTest("no package catalogue here (apt-get update fetches it)")

    def test_serial_and_ranks_agree(self):
        self.call("init", "packages", ".")
        self.assertGreater(len(json.loads(self.call("optimize", "job.toml", "--dry-run", "--json")
                                          .stdout)["rungs"]), 1)
        usual = self.optimize("--fresh")["result"]
        self.assertEqual(self.optimize("--fresh", launcher=harness.mpirun(4))["result"], usual)
        self.assertGreater(usual["test_difference"]["low"], 0)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = None
    harness.main()
