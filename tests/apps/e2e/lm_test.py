"""Language-model pipelines against a real HTTP server: what a search gains, that its answer depends
on nothing but the job, that nothing is asked twice, and that no key leaks."""

import json
import uuid

import harness
import lm_server
import workload


class LanguageModel(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples(240))
        self.server = lm_server.Server(self)

    def write_job(self, server=None, name="job.toml", **changes):
        return self.write(name, lm_server.job((server or self.server).url, **changes))

    # --- what it gains ----------------------------------------------------------------------------

    def test_demonstrations_and_instructions_raise_the_score(self):
        self.write_job()
        zero_shot = self.optimize(
            "--set", "program.parameters={sort_demonstrations = 0}", "--set",
            "strategy.candidates=1", "--set", "strategy.kind=random")["result"]
        found = self.optimize()["result"]
        self.assertGreater(found["test"]["estimate"],
                           zero_shot["test"]["estimate"] + 0.2)
        report = self.call("report", "last").stdout
        self.assertIn("compare all words", report)

    def test_random_and_labelled_few_shot_work_too(self):
        self.write_job()
        for kind in ("random", "labeled_few_shot"):
            self.assertEqual(self.optimize("--set", f"strategy.kind={kind}")["exit_status"], 0)

    def test_a_judge_grades_the_answers(self):
        self.write_job()
        judged = ("--set", "metric.kind=judge",
                  "--set", "metric.criteria=Only the right word counts.",
                  "--set", "strategy.candidates=6", "--fresh", "--set", "program.cache=none")
        by_judge = self.optimize(*judged)
        plain = self.optimize("--set", "strategy.candidates=6", "--fresh")["result"]
        self.assertEqual(by_judge["result"]["validation"], plain["validation"],
                         "this judge knows right from wrong, as accuracy does")
        self.assertRegex(by_judge["stderr"], "the judge: [0-9]+ requests")
        self.assertEqual(self.optimize(*judged, launcher=harness.mpirun(2))["result"],
                         by_judge["result"])

    def test_a_judge_that_cannot_be_asked_stops_the_run(self):
        self.write_job()
        outcome = self.optimize("--set", "metric.kind=judge", "--set", "metric.criteria=any",
                                "--set", "metric.model=nearest:401", status=3)
        self.assertIn("the judge has not graded it", json.dumps(outcome))

    def test_several_stages_each_with_its_own_demonstrations(self):
        self.write("passages.jsonl", "".join(
            json.dumps({"text": f"{words} belong to {topic}"}) + "\n"
            for topic, words in workload.TOPICS.items()))
        stages = """
[[program.stages]]
name = "look_up"
kind = "retrieve"
inputs = "text"
outputs = "hints"
corpus = "passages.jsonl"
passages = 2

[[program.stages]]
name = "guess"
kind = "chain_of_thought"
inputs = "text"
outputs = "class"
instruction = "Guess and compare all words."
max_demonstrations = 12

[[program.stages]]
name = "decide"
kind = "predict"
inputs = ["text", "hints", "guess.class"]
outputs = [{name = "topic", description = "the final word"}]
instruction = "Decide and compare all words."
max_demonstrations = 12
format = "json"
"""
        text = lm_server.job(self.server.url)
        begin, end = text.index("[[program.stages]]"), text.index("[[program.endpoints]]")
        self.write("job.toml", text[:begin] + stages + text[end:])
        result = self.optimize()["result"]
        self.assertGreater(result["test"]["estimate"], 0.4)
        effective = self.call("config", "job.toml").stdout
        self.write("again.toml", effective)
        self.assertEqual(self.call("config", "again.toml").stdout, effective)

    # --- the same answer --------------------------------------------------------------------------

    def test_the_answer_depends_on_the_job_alone(self):
        self.write_job()
        answers = {}
        for name, launcher in {"serial": harness.SERIAL, "1 rank": harness.mpirun(1),
                               "2 ranks": harness.mpirun(2), "4 ranks": harness.mpirun(4)}.items():
            answers[name] = self.answer("--fresh", "--set", "program.cache=none",
                                        launcher=launcher)
        self.assertEqual(len(set(answers.values())), 1, answers)

    def test_troubles_that_pass_change_nothing_but_the_time(self):
        self.write_job(candidates=4)
        expected = self.optimize()["result"]
        for trouble in ("500x1", "429x2", "cut-beforex1", "emptyx1", "cut-jsonx1", "503x2"):
            with self.subTest(trouble):
                # The name of the model is part of the job: all of its answers are asked for again.
                self.write_job(candidates=4, model=f"nearest:{trouble}")
                self.assertEqual(self.optimize()["result"]["answer"], expected["answer"])

    def test_an_answer_that_cannot_be_read_is_repaired_once(self):
        self.write_job(candidates=4)
        expected = self.answer()
        asked = self.server.stats()["requests"]
        self.server.reset()
        self.write_job(candidates=4, model="nearest:needs-repair")
        self.assertEqual(self.answer(), expected)
        self.assertEqual(self.server.stats()["requests"], 2 * asked)
        self.write_job(candidates=1, model="nearest:plain")
        ended = self.start("optimize", "job.toml")
        self.assertEqual(ended.wait(), 4, ended.stderr())
        shown = ended.stdout() + ended.stderr()
        self.assertIn("invalid_output: stage 'sort': the model's answer cannot be used: no field "
                      "is marked in it (after 1 repairs)", shown)

    def test_a_cut_answer_says_what_cut_it(self):
        self.write_job(candidates=1, model="nearest:length")
        ended = self.start("optimize", "job.toml")
        self.assertEqual(ended.wait(), 4, ended.stderr())
        self.assertIn("the answer was cut at max_tokens = 256", ended.stdout() + ended.stderr())

    # --- nothing is asked twice -------------------------------------------------------------------

    def test_a_rerun_with_the_cache_sends_nothing(self):
        self.write_job()
        first = self.optimize()
        asked = self.server.stats()["requests"]
        self.assertGreater(asked, 100)
        again = self.optimize("--fresh", launcher=harness.mpirun(2))
        self.assertEqual(again["result"], first["result"])
        self.assertEqual(self.server.stats()["requests"], asked)
        self.assertIn("from the cache, 0 failed, 0 retries", again["stderr"])

    def test_a_killed_run_asks_nothing_again_that_was_answered(self):
        self.write_job()
        expected = self.answer("--set", "run.folder=elsewhere/runs")
        self.server.reset()
        self.write_job(slow := lm_server.Server(self, "--latency-ms", 20))
        self.mpi_leftovers_expected = True
        for launcher in (harness.SERIAL, harness.mpirun(2)):
            started = self.start("optimize", "job.toml", launcher=launcher)
            started.run_folder()
            asked = slow.stats()["requests"]
            harness.wait_until(lambda: slow.stats()["requests"] > asked + 60, "requests")
            self.kill_all(started)
        self.assertEqual(self.answer(), expected)
        # What was under way when the run was killed had no answer: two kills, two ranks once.
        self.assertLessEqual(slow.stats()["repeated"], 3 * 16)

    # --- what answers cost ------------------------------------------------------------------------

    def priced(self, limits="input_price = 150\noutput_price = 600", **changes):
        text = lm_server.job(self.server.url, limits=limits, **changes)
        self.write("job.toml", text + '\n[objectives]\nminimise = ["cost", "latency"]\n')

    def front(self):
        return json.loads(self.call("report", "last", "--json").stdout)["objectives"]

    def test_costs_are_an_objective(self):
        self.priced(candidates=8)
        uncached = ("--fresh", "--set", "program.cache=none", "--set", "strategy.racing=none")
        fronts, answers = set(), set()
        for launcher in (harness.SERIAL, harness.mpirun(1), harness.mpirun(2), harness.mpirun(4)):
            answers.add(self.answer(*uncached, "--set", 'objectives.minimise=["cost"]',
                                    launcher=launcher))
            fronts.add(json.dumps(self.front()["front"]))
        self.assertEqual((len(answers), len(fronts)), (1, 1), fronts)
        front = json.loads(fronts.pop())
        self.assertGreater(len(front), 1, "demonstrations cost tokens and raise the score")
        self.assertEqual(front, sorted(front, key=lambda it: -it["cost"]))

    def test_an_answer_from_the_cache_costs_what_it_did_and_took_as_long(self):
        self.server = lm_server.Server(self, "--latency-ms", 20)
        self.priced(candidates=4)
        self.optimize("--set", 'objectives.minimise=["cost"]')
        first = self.front()["front"]
        asked = self.server.stats()["requests"]
        self.optimize("--set", 'objectives.minimise=["cost"]', "--fresh")
        self.assertEqual(self.front()["front"], first)
        self.optimize()
        for it in self.front()["front"]:
            self.assertGreater(it["latency"], 0.02)
        self.assertEqual(self.server.stats()["requests"], asked)

    def test_without_prices_tokens_are_counted(self):
        self.priced(limits="", candidates=2)
        self.optimize()
        objectives = self.front()
        self.assertEqual(objectives["goals"][1]["unit"], "tokens")
        self.assertGreater(objectives["front"][0]["cost"], 10)

    # --- limits -----------------------------------------------------------------------------------

    def test_a_server_that_limits_loses_no_request(self):
        self.write_job()
        expected = self.answer()
        limited = lm_server.Server(self, "--limit", 150, "--window-ms", 500)
        self.write_job(limited, candidates=12)
        outcome = self.optimize("--fresh", "--set", "program.cache=none",
                                launcher=harness.mpirun(2))
        self.assertEqual(outcome["result"]["answer"], expected)
        stats = limited.stats()
        self.assertGreater(stats["statuses"].get("429", 0), 0)
        self.assertLessEqual(stats["most_in_window"], 150)

    def test_a_spent_budget_stops_the_run_and_a_larger_one_continues_it(self):
        self.write_job()
        expected = self.answer("--set", "run.folder=elsewhere/runs", "--set", "program.cache=none")
        self.write_job(limits="tokens = 40000")
        stopped = self.start("optimize", "job.toml")
        self.assertEqual(stopped.wait(), 3, stopped.stderr())
        self.assertIn("the budget of 40000 tokens is spent", stopped.stdout() + stopped.stderr())
        self.write_job(limits="")
        outcome = self.optimize()
        self.assertIn("resumed", outcome["stderr"])
        self.assertEqual(outcome["result"]["answer"], expected)

    # --- keys and endpoints -----------------------------------------------------------------------

    def test_a_key_is_found_nowhere(self):
        secret = f"canary-{uuid.uuid4().hex}"
        server = lm_server.Server(self, "--key", secret)
        key = self.folder / "key"
        key.touch(mode=0o600)
        key.write_text(secret + "\n", encoding="utf-8")
        printed = []
        for endpoint in ('api_key_env = "LM_TEST_KEY"', 'api_key_file = "key"'):
            self.write_job(server, endpoint=endpoint, candidates=2)
            outcome = self.optimize("--fresh", "--set", "execution.keep_outputs=true",
                                    launcher=harness.mpirun(2),
                                    environment={"LM_TEST_KEY": secret})
            printed += [outcome["stderr"], json.dumps(outcome)]
        # It is the server's error texts that would tell it.
        self.write_job(server, endpoint='api_key_file = "key"', model="nearest:echo-key",
                       candidates=1)
        ended = self.start("optimize", "job.toml", "--set", "execution.keep_outputs=true")
        self.assertEqual(ended.wait(), 4, ended.stderr())
        self.assertIn("[key]", ended.stdout() + ended.stderr())
        printed += [ended.stdout(), ended.stderr(), self.call("config", "job.toml").stdout]
        for text in printed:
            self.assertNotIn(secret, text)
        holders = [path for path in self.folder.rglob("*")
                   if path.is_file() and secret.encode() in path.read_bytes()]
        self.assertEqual(holders, [key])

    def test_a_wrong_key_stops_the_run_with_the_first_error(self):
        server = lm_server.Server(self, "--key", "right")
        self.write_job(server, endpoint='api_key_env = "LM_TEST_KEY"')
        ended = self.start("optimize", "job.toml", environment={"LM_TEST_KEY": "wrong"})
        self.assertEqual(ended.wait(20), 3, ended.stderr())
        self.assertIn("HTTP 401: Invalid API Key", ended.stdout() + ended.stderr())
        ended = self.start("optimize", "job.toml", environment={"LM_TEST_KEY": "right"})
        self.assertEqual(ended.wait(), 0, "it continues with the right one: " + ended.stderr())

    def test_a_missing_key_is_noticed_before_anything_is_asked(self):
        self.write_job(endpoint='api_key_env = "LM_TEST_KEY"')
        self.refuse("optimize", "job.toml", message="LM_TEST_KEY holds no API key",
                    hint="mpirun -x")
        self.assertEqual(self.server.stats()["requests"], 0)

    def test_an_endpoint_is_no_part_of_the_job_but_a_prompt_is(self):
        self.write_job()
        first = self.optimize()
        other = lm_server.Server(self)
        self.write_job(other)
        self.assertTrue(self.optimize()["already_complete"])
        self.write_job(other, instruction="Tell the topic.")
        self.assertFalse(self.optimize()["already_complete"])
        self.assertTrue(first["run"])

    # --- the example ------------------------------------------------------------------------------

    def test_a_plan_asks_nobody(self):
        self.write_job()
        shown = self.call("optimize", "--dry-run", "job.toml").stdout
        self.assertIn("16 slots", shown)
        self.assertIn("no server is asked", shown)
        self.assertEqual(self.server.stats()["requests"], 0)
        self.assertFalse((self.folder / "lm-cache").exists())

    def test_the_example_job_runs(self):
        lines = [json.dumps({"id": str(number), "description": row["text"],
                             "section": row["class"]})
                 for number, row in enumerate(map(json.loads, workload.examples(800).split("\n")
                                                  [:800]))]
        self.write("packages.jsonl", "\n".join(lines) + "\n")
        example = harness.program.SOURCE / "config/lm.toml"
        self.write("lm.toml", example.read_text(encoding="utf-8"))
        result = self.optimize(
            "--set", f'program.endpoints=[{{url = "{self.server.url}"}}]', "--set",
            "strategy.candidates=6", "--set", "trainset.split.test=0.1", "--set",
            "trainset.split.validation=0.1", "--set", "trainset.split.train=0.8", job="lm.toml")
        self.assertEqual(result["exit_status"], 0)


if __name__ == "__main__":
    harness.main()
