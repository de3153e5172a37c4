"""One budget of language-model requests for all ranks, children and sessions of a run: a real
server counts what it is asked for."""

import json
import os
import signal
import time

import harness
import lm_server
import lost_rank_test
import workload

PER_SECOND = 40
WINDOW_S = 5
RATE = f"requests_per_minute = {60 * PER_SECOND}"
PRICES = (5, 20)  # of a million tokens of prompts and of answers
UNCACHED = ("--set", "program.cache=none")
JUDGED = ("--set", "metric.kind=judge", "--set", "metric.criteria=Only the right word counts.")


def cost_of(stats):
    return (stats["prompt_tokens"] * PRICES[0] + stats["answer_tokens"] * PRICES[1]) / 1e6


def tokens_of(stats):
    return stats["prompt_tokens"] + stats["answer_tokens"]


class Budget(harness.RunTest):

    def setUp(self):
        super().setUp()
        self.write("data.jsonl", workload.examples(240))
        self.server = lm_server.Server(self, "--latency-ms", 10, "--limit", 1_000_000,
                                       "--window-ms", 1000 * WINDOW_S)

    def write_job(self, **changes):
        return self.write("job.toml", lm_server.job(self.server.url, **changes))

    # --- the rate ---------------------------------------------------------------------------------

    def check_rate(self, started, requests=6 * PER_SECOND):
        """The whole rate is used from now on, and no more; then the run is stopped."""
        first, begin = self.server.stats()["requests"], time.monotonic()
        harness.wait_until(lambda: self.server.stats()["requests"] >= first + requests, "requests")
        share = requests / (PER_SECOND * (time.monotonic() - begin))
        most = self.server.stats()["most_in_window"]
        self.kill_all(started)
        self.assertGreaterEqual(share, 0.9, "what one rank leaves unused others use")
        self.assertLessEqual(share, 1.05 + 1 / requests * PER_SECOND)
        # A second's worth may be caught up, and a grant is good for a second.
        self.assertLessEqual(most, 1.01 * PER_SECOND * (WINDOW_S + 2))

    def start_at_work(self, launcher, *arguments, environment=None):
        started = self.start("optimize", "job.toml", "--fresh", *UNCACHED, *arguments,
                             launcher=launcher, environment=environment)
        asked = self.server.stats()["requests"]
        harness.wait_until(lambda: self.server.stats()["requests"] > asked + PER_SECOND, "requests")
        return started

    def test_any_number_of_ranks_uses_the_whole_rate(self):
        self.mpi_leftovers_expected = True
        self.write_job(limits=RATE, candidates=200)
        for launcher in (harness.SERIAL, harness.mpirun(2), harness.mpirun(4)):
            with self.subTest(launcher):
                self.check_rate(self.start_at_work(launcher))

    def test_children_and_ranks_without_tcp_do_so_too(self):
        self.mpi_leftovers_expected = True
        self.write_job(limits=RATE, candidates=200, in_flight=3)
        self.check_rate(self.start_at_work(harness.mpirun(2), "--set", "program.isolate=true",
                                           "--set", "execution.liveness=mpi"))

    def test_a_judge_is_asked_within_the_same_rate(self):
        self.mpi_leftovers_expected = True
        self.write_job(limits=RATE, candidates=200)
        self.check_rate(self.start_at_work(harness.mpirun(2), *JUDGED))

    def test_ranks_that_are_left_use_the_rate_of_those_that_died(self):
        self.mpi_leftovers_expected = True
        self.write_job(limits=RATE, candidates=200, in_flight=8)
        started = self.start_at_work(lost_rank_test.mpirun(4),
                                     environment=lost_rank_test.LAUNCHED)
        for rank in (1, 3):
            os.kill(lost_rank_test.LostRanks.working_process(self, rank), signal.SIGKILL)
            harness.wait_until(lambda rank=rank: f"rank {rank} is lost" in started.stderr(), "loss")
        time.sleep(2)  # until the second that may be caught up is over
        self.check_rate(started)

    # --- amounts ----------------------------------------------------------------------------------

    def spend(self, *arguments, launcher=harness.SERIAL):
        """Runs until the budget is spent; what it said."""
        ended = self.start("optimize", "job.toml", *arguments, launcher=launcher)
        self.assertEqual(ended.wait(), 3, ended.stderr())
        return ended.stdout() + ended.stderr()

    def test_a_cost_is_never_exceeded_by_kills_and_continuations(self):
        self.mpi_leftovers_expected = True
        self.half_written_expected = True
        self.write_job(limits="", candidates=40, in_flight=4)
        expected = self.answer("--set", "run.folder=elsewhere/runs", *UNCACHED)
        cost = round(0.6 * cost_of(self.server.stats()), 2)
        limits = f"cost = {cost}\ninput_price = {PRICES[0]}\noutput_price = {PRICES[1]}"
        self.server.reset()
        self.write_job(limits=limits, candidates=40, in_flight=4)
        for share, launcher in ((0.2, harness.SERIAL), (0.4, harness.mpirun(2))):
            started = self.start("optimize", "job.toml", *UNCACHED, launcher=launcher)
            harness.wait_until(lambda share=share: cost_of(self.server.stats()) > share * cost
                               or started.is_over(), "spending")
            self.kill_all(started)
        for launcher in (harness.mpirun(2), harness.SERIAL):
            said = self.spend(*UNCACHED, launcher=launcher)
            self.assertIn(f"the budget of {cost:g} is spent (program.limits.cost)", said)
            self.assertLessEqual(cost_of(self.server.stats()), cost)
        self.assertGreater(cost_of(self.server.stats()), 0.5 * cost, "kills waste little of it")
        self.write_job(limits=limits.replace(f"cost = {cost}", "cost = 100"), candidates=40,
                       in_flight=4)
        outcome = self.optimize(*UNCACHED, launcher=harness.mpirun(2))
        self.assertIn("resumed", outcome["stderr"])
        self.assertEqual(outcome["result"]["answer"], expected)

    def test_tokens_of_the_judge_and_of_children_are_counted(self):
        tokens = 60_000
        self.write_job(limits=f"tokens = {tokens}", candidates=40, in_flight=4)
        for launcher in (harness.SERIAL, harness.mpirun(2)):
            for options in (JUDGED, ("--set", "program.isolate=true")):
                with self.subTest(f"{launcher} {options}"):
                    self.server.reset()
                    said = self.spend("--fresh", *UNCACHED, *options, launcher=launcher)
                    self.assertIn(f"the budget of {tokens} tokens is spent", said)
                    spent = tokens_of(self.server.stats())
                    self.assertLessEqual(spent, tokens)
                    self.assertGreater(spent, 0.9 * tokens)

    def test_what_was_spent_is_known_exactly_when_it_is_all(self):
        self.write_job(limits="tokens = 40000", candidates=40, in_flight=4)
        self.spend(*UNCACHED)
        spent = tokens_of(self.server.stats())
        status = self.call("status", "last", "--json", status=3)
        known = json.loads(status.stdout)["tokens_at_most"]
        self.assertEqual(known["prompt"] + known["completion"], spent)
        self.write_job(limits=f"tokens = {spent + 20000}", candidates=40, in_flight=4)
        self.spend(*UNCACHED)
        again = tokens_of(self.server.stats())
        self.assertLessEqual(again, spent + 20000)
        self.assertGreater(again, spent + 20000 - 4000, "nothing but what one request may take")
        self.assertEqual(self.call("verify", "last").returncode, 0)
        self.assertTrue(json.loads(self.call("report", "last", "--json").stdout))


if __name__ == "__main__":
    harness.main()
