"""Every strategy that has instructions written, with a language model, from job file to answer."""

import json

import harness
import lm_server
import workload

KINDS = ("copro", "mipro", "beacon", "gepa", "simba")


class TextStrategies(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.server = lm_server.Server(self)

    def write_job(self):
        self.write("data.jsonl", workload.examples(240))
        text = lm_server.job(self.server.url, candidates=24)
        # No other instruction than the first is known.
        lines = [line for line in text.splitlines()
                 if not line.startswith(("instructions = ", "bootstrapped = "))]
        self.write("job.toml", "\n".join(lines) + "\n")

    def texts(self):
        return json.loads(self.call("report", "last", "--json").stdout)["texts"]

    def test_each_finds_the_same_better_program_on_any_number_of_ranks(self):
        self.write_job()
        for kind in KINDS:
            with self.subTest(strategy=kind):
                chosen = ("--fresh", "--set", f"strategy.kind={kind}")
                result = self.optimize(*chosen)["result"]
                self.assertGreater(result["winner"], 0)
                self.assertGreater(self.texts()["samples"], 0)
                self.assertEqual(self.call("verify", "last").returncode, 0)
                parallel = self.optimize(*chosen, "--set", "program.cache=none",
                                         launcher=harness.mpirun(2))["result"]
                self.assertEqual(parallel["answer"], result["answer"])

    def test_each_goes_on_where_it_was_stopped(self):
        self.write_job()
        for kind in KINDS:
            with self.subTest(strategy=kind):
                chosen = ("--set", f"strategy.kind={kind}")
                whole = self.optimize(*chosen, "--set", "run.folder=whole")["result"]
                self.optimize(*chosen, "--set", "strategy.candidates=10")
                continued = self.optimize(*chosen)["result"]
                for name in ("winner", "validation", "test", "evaluations"):
                    self.assertEqual(continued[name], whole[name])

    def test_the_example_job_runs_with_each(self):
        lines = [json.dumps({"id": str(number), "description": row["text"],
                             "section": row["class"]})
                 for number, row in enumerate(map(json.loads, workload.examples(800).split("\n")
                                                  [:800]))]
        self.write("packages.jsonl", "\n".join(lines) + "\n")
        example = harness.program.SOURCE / "config/lm_instructions.toml"
        self.write("lm_instructions.toml", example.read_text(encoding="utf-8"))
        for kind in KINDS:
            with self.subTest(strategy=kind):
                result = self.optimize(
                    "--set", f'program.endpoints=[{{url = "{self.server.url}"}}]', "--set",
                    f"strategy.kind={kind}", "--set", "strategy.candidates=10", "--set",
                    "trainset.split.train=0.1", "--set", "trainset.split.validation=0.1", "--set",
                    "trainset.split.test=0.8", job="lm_instructions.toml")
                self.assertEqual(result["exit_status"], 0)


if __name__ == "__main__":
    harness.main()
