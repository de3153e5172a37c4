"""Instructions that a language model writes: what they gain, that they are the same on any number
of ranks, and that no text is asked for twice, whatever happens to the run."""

import json

import harness
import lm_server
import workload

KIND = "copro"
COMMAND = """
import json, sys
for line in sys.stdin:
    request = json.loads(line)
    reply = {"id": request["id"]}
    if "write" in request:
        text = request["write"]["parameters"]["prompt"]
        reply["text"] = text + "!" * (1 + request["seed"] % 20)
    else:
        reply["score"] = request["parameters"]["prompt"].count("!")
    print(json.dumps(reply), flush=True)
"""
IN_FLIGHT = 16


class Texts(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples(240))
        self.server = lm_server.Server(self)

    def write_job(self, server=None, **changes):
        text = lm_server.job((server or self.server).url, in_flight=IN_FLIGHT, **changes)
        # No other instruction than the first is known.
        lines = [line for line in text.splitlines() if not line.startswith("instructions = ")]
        return self.write("job.toml", "\n".join(lines) + "\n")

    def search(self, *arguments, **options):
        return self.optimize("--set", f"strategy.kind={KIND}", *arguments, **options)

    def start_search(self, *arguments, **options):
        return self.start("optimize", "job.toml", "--set", f"strategy.kind={KIND}", *arguments,
                          **options)

    def report(self):
        return json.loads(self.call("report", "last", "--json").stdout)

    def verify(self):
        self.assertEqual(self.call("verify", "last").returncode, 0)

    # --- what they gain ---------------------------------------------------------------------------

    def test_written_instructions_raise_the_score(self):
        self.write("data.jsonl", workload.examples(480))
        self.write_job(candidates=16)
        result = self.search("--set", "strategy.labeled=24")["result"]
        self.assertGreater(result["test"]["estimate"], result["test_baseline"]["estimate"] + 0.05)
        report = self.report()
        self.assertGreater(report["texts"]["requests"], 0)
        self.assertGreaterEqual(report["texts"]["samples"], report["texts"]["requests"])
        self.assertEqual(report["texts"]["failed"], 0)
        self.assertIn("Compare the first 6 words", self.call("report", "last").stdout)
        self.verify()

    def test_a_text_costs_one_evaluation_of_the_budget(self):
        self.write_job()
        stopped = self.search("--set", "budget.evaluations=130")["result"]
        self.assertLessEqual(stopped["evaluations"], 130)
        self.assertEqual(stopped["stop_reason"], "budget used up")
        self.assertGreater(self.search()["result"]["evaluations"], stopped["evaluations"])

    # --- the same answer --------------------------------------------------------------------------

    def test_the_answer_depends_on_the_job_alone(self):
        self.write_job()
        answers = {}
        for name, launcher in {"serial": harness.SERIAL, "1 rank": harness.mpirun(1),
                               "2 ranks": harness.mpirun(2), "4 ranks": harness.mpirun(4)}.items():
            answers[name] = self.search("--fresh", "--set", "program.cache=none",
                                        launcher=launcher)["result"]["answer"]
        answers["isolated"] = self.search("--fresh", "--set", "program.isolate=true", "--set",
                                          "execution.slots=4")["result"]["answer"]
        self.assertEqual(len(set(answers.values())), 1, answers)

    def test_every_strategy_that_asks_for_texts_finds_the_same_everywhere(self):
        self.write_job(candidates=10)
        for kind in ("mipro", "beacon", "gepa", "simba"):
            with self.subTest(kind):
                arguments = ("--fresh", "--set", f"strategy.kind={kind}", "--set",
                             f"run.folder={kind}")
                serial = self.optimize(*arguments)["result"]
                self.assertEqual(self.optimize(*arguments, "--set", "program.cache=none",
                                               launcher=harness.mpirun(2))["result"], serial)
                run = self.latest_run(kind)
                report = json.loads(self.call("report", run, "--json").stdout)
                self.assertGreater(report["texts"]["samples"], 0)
                self.assertEqual(self.call("verify", run).returncode, 0)

    def test_texts_that_cannot_be_read_are_failures_like_any_other(self):
        self.write_job()
        outcome = self.search("--set", 'program.writer_model="nearest:plain"', "--set",
                              "strategy.candidates=6")
        self.assertEqual(outcome["exit_status"], 0)
        report = self.report()
        self.assertEqual(report["texts"]["failed"], report["texts"]["samples"])
        self.assertEqual(report["failures"]["invalid_output"], report["texts"]["failed"])
        self.assertIn("no field is marked in it", self.call("report", "last").stdout)
        self.verify()

    # --- nothing is asked twice -------------------------------------------------------------------

    def test_a_killed_run_asks_for_no_text_again(self):
        self.write_job()
        expected = self.search("--set", "run.folder=elsewhere/runs")["result"]["answer"]
        slow = lm_server.Server(self, "--latency-ms", 20)
        self.write_job(slow)
        self.mpi_leftovers_expected = True
        killed_ranks = 0
        for ranks in (1, 2, 4):
            launcher = harness.mpirun(ranks) if ranks > 1 else harness.SERIAL
            started = self.start_search("--set", "program.cache=none", launcher=launcher)
            started.run_folder()
            asked = slow.stats()["requests"]
            harness.wait_until(lambda: slow.stats()["requests"] > asked + 60, "requests")
            self.kill_all(started)
            killed_ranks += ranks
        outcome = self.search("--set", "program.cache=none")
        self.assertIn("resumed", outcome["stderr"])
        self.assertEqual(outcome["result"]["answer"], expected)
        # What was under way, or on its way to the disk, when the run was killed is asked again.
        self.assertLessEqual(slow.stats()["repeated"], killed_ranks * 2 * IN_FLIGHT)
        self.verify()

    def test_a_finished_run_asks_nothing(self):
        self.write_job()
        first = self.search()
        asked = self.server.stats()["requests"]
        again = self.search()
        self.assertTrue(again["already_complete"])
        self.assertEqual(again["result"]["answer"], first["result"]["answer"])
        more = self.search("--set", "strategy.candidates=16", "--set", "program.cache=none")
        self.assertIn("resumed", more["stderr"])
        stats = self.server.stats()
        self.assertGreater(stats["requests"], asked)
        self.assertEqual(stats["repeated"], 0, "texts and cells come from the journal")

    # --- who can write ----------------------------------------------------------------------------

    def test_a_persistent_command_writes_its_own(self):
        self.write("program.py", COMMAND)
        self.write("job.toml", harness.toml({
            "program": {"kind": "command", "mode": "persistent",
                        "command": ["python3", str(self.folder / "program.py")]},
            "metric": {"kind": "value", "direction": "max"},
            "strategy": {"kind": KIND, "candidates": 12, "heat": 4}})
            + '[program.parameters]\nprompt = {kind = "text", choices = ["Go"]}\n')
        first = self.optimize("--fresh")["result"]
        self.assertGreater(first["validation"], 10)
        self.assertEqual(self.optimize("--fresh", launcher=harness.mpirun(2))["result"], first)
        self.verify()

    def test_a_program_that_cannot_write_is_refused(self):
        self.write("job.toml", harness.toml(workload.classifier(strategy={"kind": KIND})))
        self.refuse("optimize", "job.toml", message=f"strategy '{KIND}'",
                    hint="choose another strategy")

    def test_the_writer_is_part_of_the_job_only_where_it_writes(self):
        self.write_job(candidates=2)
        other = ("--set", 'program.writer_model="larger"')
        self.refuse("optimize", "job.toml", *other, message="'writer_model' means nothing",
                    hint="strategy.kind")
        self.search()
        self.assertTrue(self.search()["already_complete"])
        self.assertFalse(self.search(*other)["already_complete"])


if __name__ == "__main__":
    harness.main()
