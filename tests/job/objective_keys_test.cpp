#include <gmock/gmock.h>

#include "job_file.hpp"

namespace foundation::job {
namespace {

using optimize::Objective;
using optimize::WinnerRule;
using testing::HasSubstr;

constexpr std::string_view solver = R"(
[program]
kind = "command"
command = ["sh"]
answer = "json"
answer_pointer = "/error"
cost_pointer = "/work"
[program.parameters]
x = {kind = "real", low = 0, high = 1}
[metric]
kind = "value"
)";

class ObjectiveKeys : public JobFile {
 protected:
  [[nodiscard]] Job solver_with(std::string_view objectives,
                                const std::vector<std::string>& overrides = {}) const {
    return load(std::string{solver} + "[objectives]\n" + std::string{objectives}, overrides);
  }
  [[nodiscard]] std::string problem(std::string_view objectives,
                                    const std::vector<std::string>& overrides = {}) const {
    try {
      static_cast<void>(solver_with(objectives, overrides));
    } catch (const core::Error& error) {
      return std::string{error.what()} + " | " + error.hint();
    }
    return "none";
  }
  [[nodiscard]] core::Digest identity_with(std::string_view objectives) const {
    return identity(solver_with(objectives), {}, "", {});
  }
};

TEST_F(ObjectiveKeys, say_what_counts_and_who_wins) {
  const Job job = solver_with(R"(
minimise = ["latency", "cost"]
winner = "weights"
score_limit = 0.5
cost_limit = 1e3
latency_limit = "1500ms"
score_weight = 2
cost_weight = 0
latency_weight = 0.25
)",
                              {"budget.cost=7.5"});
  const optimize::ObjectiveOptions& options = job.trajectory.objectives;
  EXPECT_EQ(options.minimised, (std::vector{Objective::latency, Objective::cost}));
  EXPECT_EQ(options.winner, WinnerRule::weights);
  EXPECT_EQ(options.limits[Objective::score], 0.5);
  EXPECT_EQ(options.limits[Objective::cost], 1000);
  EXPECT_EQ(options.limits[Objective::latency], 1.5);
  EXPECT_EQ(options.weights, (optimize::PerObjective<double>{2, 0, 0.25}));
  EXPECT_EQ(job.trajectory.cost_budget, 7.5);
  const Job again = load_job(write(effective_toml(job), "again.toml"));
  EXPECT_EQ(effective_toml(again), effective_toml(job));
  EXPECT_EQ(again.trajectory.objectives, options);
}

TEST_F(ObjectiveKeys, are_none_by_default) {
  const Job job = load(smallest);
  EXPECT_EQ(job.trajectory.objectives, optimize::ObjectiveOptions{});
  EXPECT_THAT(effective_toml(job), testing::Not(HasSubstr("minimise")));
}

TEST_F(ObjectiveKeys, limits_may_change_when_a_run_is_continued_objectives_may_not) {
  const core::Digest plain = identity_with("");
  const core::Digest cost = identity_with("minimise = [\"cost\"]\n");
  EXPECT_NE(plain, cost);
  EXPECT_EQ(identity_with("minimise = [\"cost\"]\ncost_limit = 7\nwinner = \"weights\"\n"), cost);
}

TEST_F(ObjectiveKeys, senseless_ones_are_refused) {
  EXPECT_EQ(problem("minimise = [\"costs\"]\n"),
            "'minimise' cannot hold 'costs' | did you mean 'cost'?");
  EXPECT_THAT(problem("minimise = [\"cost\", \"cost\"]\n"), HasSubstr("names 'cost' twice"));
  EXPECT_EQ(problem("winner = \"score\"\n"),
            "'winner' means nothing without minimise | remove it, or set minimise = [\"cost\"]");
  EXPECT_EQ(problem("minimise = [\"cost\"]\nlatency_limit = \"1s\"\n"),
            "'latency_limit' means nothing with minimise = [\"cost\"] | remove it, or set minimise "
            "= [\"latency\"]");
  EXPECT_EQ(problem("minimise = [\"latency\"]\nwinner = \"cost\"\nscore_limit = 1\n"),
            "winner = \"cost\", but 'cost' is not among the objectives | add it: minimise = "
            "[\"cost\"]");
  EXPECT_EQ(problem("minimise = [\"cost\"]\nwinner = \"cost\"\n"),
            "the candidate with the least cost would win, however bad its score | say what is good "
            "enough: score_limit = ...");
  EXPECT_EQ(problem("minimise = [\"cost\"]\nscore_weight = 1\n"),
            "'score_weight' means nothing with winner = \"score\" | remove it, or set winner = "
            "\"weights\"");
  const std::string weights = "minimise = [\"cost\"]\nwinner = \"weights\"\n";
  EXPECT_THAT(problem(weights + "latency_weight = 1\n"),
              HasSubstr("'latency' is not among the objectives"));
  EXPECT_THAT(problem(weights + "score_weight = 0\ncost_weight = 0\n"),
              HasSubstr("all weights are 0"));
}

TEST_F(ObjectiveKeys, need_a_program_that_tells_its_cost) {
  const auto complaint = [this](const std::vector<std::string>& overrides) {
    try {
      static_cast<void>(load(smallest, overrides));
    } catch (const core::Error& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  EXPECT_EQ(complaint({"objectives.minimise=[\"cost\"]"}),
            "a program of kind 'text_classifier' does not say what it costs");
  EXPECT_EQ(complaint({"budget.cost=5"}),
            "a program of kind 'text_classifier' does not say what it costs");
  EXPECT_EQ(complaint({"objectives.minimise=[\"latency\"]"}), "");
  EXPECT_THAT(problem("minimise = [\"cost\"]\n", {"program.answer=text"}),
              HasSubstr("the command does not say what it costs"));
  EXPECT_NO_THROW(static_cast<void>(
      load("[program]\nkind = \"command\"\ncommand = [\"sh\"]\nmode = \"persistent\"\n"
           "[program.parameters]\nx = {kind = \"real\", low = 0, high = 1}\n[metric]\n"
           "kind = \"value\"\n[objectives]\nminimise = [\"cost\"]\n")));
  EXPECT_THAT(problem("", {"program.cost_pointer=work"}), HasSubstr("is no JSON pointer"));
}

}  // namespace
}  // namespace foundation::job
