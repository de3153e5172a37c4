"""The example jobs of config/ that need no server run to the end, small, with every strategy and
every rule of racing that they name, comments included."""

import json
import re

import harness
import workload

EXAMPLES = harness.program.SOURCE / "config"
SMALL = ("--set", "strategy.candidates=24", "--set", "strategy.lookahead=16", "--set",
         "budget.evaluations=20000")


def named(text, key):
    """Values of a key of the strategy, also where it is commented out."""
    section = text.partition("[strategy]")[2].partition("\n[")[0]
    return re.findall(rf'^(?:# )?{key} = "(\w+)"', section, re.MULTILINE)


class ExampleJobs(harness.RunTest):

    def run_example(self, path, *arguments, has_heat=True):
        text = path.read_text(encoding="utf-8")
        self.write(path.name, re.sub(r"^heat = .*\n", "heat = 8\n" if has_heat else "", text,
                                     flags=re.MULTILINE))
        outcome = self.optimize(*SMALL, *arguments, "--fresh", job=path.name)
        self.assertEqual(outcome["exit_status"], 0)
        return outcome["result"]["evaluations"]

    def run_all_kinds(self, path):
        text = path.read_text(encoding="utf-8")
        kinds = named(text, "kind")
        self.assertTrue(kinds)
        for kind in kinds:
            with self.subTest(f"{path.name} {kind}"):
                self.run_example(path, "--set", f"strategy.kind={kind}")
        evaluations = {}
        for rule in named(text, "racing"):
            with self.subTest(f"{path.name} {rule}"):
                evaluations[rule] = self.run_example(path, "--set", f"strategy.racing={rule}",
                                                     has_heat=rule != "asha")
        return kinds, evaluations

    def test_of_numbers(self):
        self.call("dataset", "oscillator", "-o", "oscillator.jsonl")
        tried, evaluations = set(), {}
        for path in sorted(EXAMPLES.glob("oscillator*.toml")):
            kinds, found = self.run_all_kinds(path)
            tried.update(kinds)
            evaluations.update(found if path.name == "oscillator.toml" else {})
        self.assertEqual(tried, {"random", "sobol", "grid", "cma_es", "tpe", "gp_ei", "irace"})
        self.assertEqual(set(evaluations), {"halving", "asha", "friedman", "none"})
        self.assertEqual(max(evaluations, key=evaluations.get), "none", "races save evaluations")

    def test_of_demonstrations(self):
        rows = map(json.loads, workload.examples(600).splitlines())
        self.write("packages.jsonl", "".join(
            json.dumps({"id": row["id"], "description": row["text"], "section": row["class"]}) +
            "\n" for row in rows))
        kinds, evaluations = self.run_all_kinds(EXAMPLES / "packages.toml")
        self.assertEqual(kinds, ["bootstrap_random_search", "labeled_few_shot"])
        self.assertEqual(list(evaluations), ["halving", "paired"])


if __name__ == "__main__":
    harness.main()
