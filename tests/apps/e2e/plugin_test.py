"""C++ libraries as programs: tuned in processes of their own and in the ranks, with the same
answer, and noticed when they are built anew."""

import json
import subprocess
import unittest

import harness
import program

CONFIG = program.SOURCE / "config"

METRIC = """
#include <stdexcept>
#include <string>
#include "programs/plugin.hpp"

class Twice final : public foundation::plugin::Metric {
 public:
  foundation::plugin::Score score(const foundation::plugin::Answer& answer) const override {
    if (answer.fields.empty()) throw std::runtime_error{"no fields"};
    return {2 * std::stod(std::string{answer.output}), ""};
  }
};
FOUNDATION_PLUGIN_METRIC(Twice)
"""


class PluginTest(harness.RunTest):

    def setUp(self):
        super().setUp()
        for name in ("plugin.toml", "grids.csv", "relaxation.cpp"):
            self.write(name, (CONFIG / name).read_text(encoding="utf-8"))
        self.build("-O2")

    def build(self, *options, name="relaxation"):
        subprocess.run(["c++", "-std=c++20", "-shared", "-fPIC", f"-I{program.SOURCE / 'src'}",
                        *options, "-o", f"{name}.so", f"{name}.cpp"],
                       cwd=self.folder, check=True)

    def tune(self, *overrides, launcher=harness.SERIAL):
        settings = [word for it in overrides for word in ("--set", it)]
        return self.optimize("--set", "strategy.candidates=24", *settings, job="plugin.toml",
                             launcher=launcher)["result"]

    def test_the_answer_is_the_same_wherever_it_runs(self):
        serial = self.tune("run.folder=serial")
        self.assertLess(serial["test"]["estimate"], serial["test_baseline"]["estimate"] / 2)
        two = self.tune("run.folder=two", launcher=harness.mpirun(2))
        self.assertEqual(two["answer"], serial["answer"])
        inside = self.tune("run.folder=inside", "program.isolate=false",
                           "program.cell_timeout=none")
        self.assertEqual(inside["validation"], serial["validation"])

    def test_a_library_scores(self):
        self.write("twice.cpp", METRIC)
        self.build(name="twice")
        plain = self.tune()
        scored = self.tune("metric.kind=plugin", "metric.plugin=twice.so",
                           launcher=harness.mpirun(2))
        self.assertAlmostEqual(scored["test"]["estimate"], 2 * plain["test"]["estimate"])
        first = self.latest_run()
        self.build("-O1", "-g", name="twice")
        self.tune("metric.kind=plugin", "metric.plugin=twice.so")
        self.assertNotEqual(self.latest_run(), first, "another metric, another run")

    def test_a_library_built_anew_is_another_program(self):
        self.tune()
        first = self.latest_run()
        self.build("-O1", "-g")
        self.tune()
        self.assertNotEqual(self.latest_run(), first)

    def test_no_convergence_is_told_with_its_words(self):
        self.write("grids.csv", "name,width,height\n" + "".join(
            f"g{i},{'none' if i % 5 == 0 else 9},9\n" for i in range(20)))
        self.tune()
        report = json.loads(self.call("report", self.latest_run(), "--json").stdout)
        self.assertIn("a grid has 1 to 1000 points a side, not 'none'",
                      report["failure_examples"]["invalid_output"]["text"])


if __name__ == "__main__":
    harness.main()
