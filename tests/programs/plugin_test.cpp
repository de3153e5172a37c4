#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"

namespace foundation::programs {
namespace {

using ::testing::HasSubstr;

std::string library(const std::string& name) {
  return std::string{FOUNDATION_TEST_PLUGINS} + "/" + name + ".so";
}

SplitDataset dataset(const std::string& wish) {
  SplitDataset data;
  data.data.input_names = {"other", "wish"};
  Example example;
  example.id = "first";
  example.inputs = {"", wish};
  data.data.examples = {example};
  data.order[static_cast<std::size_t>(model::Split::validation)] = {0};
  return data;
}

std::unique_ptr<Program> load(const std::string& path, const SplitDataset& data) {
  ProgramOptions options;
  options.kind = "plugin";
  options.plugin = path;
  options.seed = 5;
  return make_program(options, data);
}

class PluginTest : public ::testing::Test {
 protected:
  /// What the baseline, changed so, answers to a wish.
  static CellOutput answer(const std::string& wish, const std::vector<model::Setting>& changes = {},
                           std::uint32_t trial = 0) {
    const SplitDataset data = dataset(wish);
    const auto program = load(library("troublesome"), data);
    const model::Space space = program->space();
    model::Candidate candidate;
    candidate.assignment = space.initial();
    for (const model::Setting& change : changes)
      candidate.assignment.set(change.name, change.value);
    candidate.assignment = space.normalised(candidate.assignment);
    const auto prepared = program->prepare(candidate, data);
    return prepared->run({.example = data.data.examples.data(),
                          .split = model::Split::validation,
                          .example_position = 0,
                          .trial = trial});
  }
  static std::string refusal(const std::string& path) {
    const SplitDataset data = dataset("");
    try {
      static_cast<void>(load(path, data)->space());
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
      return std::string{error.what()} + " | " + error.hint();
    }
    return "none";
  }
};

TEST_F(PluginTest, brings_its_own_parameters) {
  const SplitDataset data = dataset("");
  const model::Space space = load(library("troublesome"), data)->space();
  ASSERT_EQ(space.parameters().size(), 7U);
  const model::Parameter& scale = *space.find("scale");
  EXPECT_EQ(scale.kind, model::ParameterKind::log_real);
  EXPECT_EQ(scale.high, 100);
  EXPECT_EQ(scale.initial, model::Value{10.0});
  EXPECT_EQ(space.find("rate")->description, "a number");
  EXPECT_EQ(space.find("mode")->choices, (std::vector<std::string>{"flat", "deep"}));
  EXPECT_EQ(space.find("depth")->conditions.front().parameter, "mode");
}

TEST_F(PluginTest, is_given_settings_of_every_kind) {
  EXPECT_EQ(answer("show").text, "0.250000 10.000000 3 flat fast it");
  EXPECT_EQ(answer("show", {{"mode", std::string{"deep"}}, {"fast", false}}).text,
            "0.250000 10.000000 3 deep slow it deep");
  EXPECT_EQ(answer("depth", {{"mode", std::string{"deep"}}}).text, "2");
}

TEST_F(PluginTest, is_given_the_example_and_its_chance) {
  EXPECT_EQ(answer("where", {}, 4).text, "first/4");
  const std::string seed = answer("seed").text;
  EXPECT_EQ(answer("seed").text, seed);
  EXPECT_EQ(answer("seed", {{"rate", 0.5}}).text, seed) << "all candidates meet the same chance";
  EXPECT_NE(answer("seed", {}, 1).text, seed);
}

TEST_F(PluginTest, charges_what_it_costs) {
  EXPECT_EQ(answer("charge").cost, 2.25);
  EXPECT_EQ(answer("where").cost, std::nullopt);
  EXPECT_EQ(load(library("troublesome"), dataset(""))->cost_unit(), "as reported");
}

TEST_F(PluginTest, its_failures_are_outcomes) {
  using model::CellStatus;
  EXPECT_EQ(answer("invalid").status, CellStatus::invalid_output);
  EXPECT_EQ(answer("invalid").text, "as it was told");
  EXPECT_EQ(answer("throw").status, CellStatus::crashed);
  EXPECT_EQ(answer("throw").text, "it was told to");
  EXPECT_EQ(answer("throw 7").status, CellStatus::crashed);
  EXPECT_EQ(answer("memory").status, CellStatus::out_of_memory);
  EXPECT_THAT(answer("missing").text, HasSubstr("no field 'nothing'"));
  EXPECT_THAT(answer("depth").text, HasSubstr("no parameter 'depth' here"));
  EXPECT_THROW(static_cast<void>(answer("show", {{"count", std::int64_t{9}}})), core::Error);
}

TEST_F(PluginTest, what_is_no_plugin_is_refused) {
  EXPECT_THAT(refusal(library("nowhere")), HasSubstr("cannot be loaded"));
  EXPECT_THAT(refusal(library("stranger")), HasSubstr("does not export foundation_plugin_table"));
  EXPECT_THAT(refusal(library("outdated")),
              HasSubstr("built against version 3 of the plugin interface; this program has "
                        "version 2 | build it again"));
  EXPECT_THAT(refusal(library("unusable")), HasSubstr("cannot be used: no licence for it"));
}

TEST_F(PluginTest, is_isolated_unless_the_job_says_otherwise) {
  const SplitDataset data = dataset("");
  ProgramOptions options;
  options.kind = "plugin";
  options.plugin = library("troublesome");
  EXPECT_TRUE(make_program(options, data)->runs_in_child());
  options.isolate = false;
  EXPECT_FALSE(make_program(options, data)->runs_in_child());
}

TEST_F(PluginTest, what_it_contains_is_its_identity) {
  const SplitDataset data = dataset("");
  const std::string one = load(library("troublesome"), data)->identity();
  EXPECT_EQ(load(library("troublesome"), data)->identity(), one);
  EXPECT_NE(load(library("unusable"), data)->identity(), one);
}

std::unique_ptr<Metric> load_metric(const std::string& name) {
  MetricOptions options;
  options.kind = "plugin";
  options.plugin = library(name);
  options.input_names = {"other", "wish"};
  return make_metric(options);
}

TEST_F(PluginTest, scores_answers) {
  const auto metric = load_metric("length_metric");
  const Example example{.id = "first", .inputs = {"a", "b"}, .label = "c", .group = {}};
  const Verdict verdict = metric->judge(example, {.text = "12345"});
  EXPECT_EQ(verdict.result.score, 5);
  EXPECT_EQ(verdict.result.status, model::CellStatus::ok);
  EXPECT_EQ(metric->explain(example, {.text = "12345"}), "first c other=a wish=b");
  EXPECT_TRUE(metric->runs_in_child());
  EXPECT_EQ(metric->identity(), load_metric("length_metric")->identity());
}

TEST_F(PluginTest, says_why_there_is_no_score) {
  const auto metric = load_metric("length_metric");
  const Verdict thrown = metric->judge({}, {.text = "nothing"});
  EXPECT_EQ(thrown.result.status, model::CellStatus::invalid_output);
  EXPECT_EQ(thrown.problem, "the metric has no score: there is nothing to measure");
  EXPECT_EQ(metric->judge({}, {.text = "infinite"}).problem,
            "the metric has no score: it is not finite");
  const CellOutput failed{model::CellStatus::timeout, "too late"};
  EXPECT_EQ(metric->judge({}, failed).result.status, model::CellStatus::timeout);
  EXPECT_EQ(metric->explain({}, failed), "There was no answer in time.");
}

TEST_F(PluginTest, a_program_is_no_metric) {
  try {
    static_cast<void>(load_metric("troublesome")->score({}, {.text = "1"}));
    FAIL();
  } catch (const core::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("does not export foundation_plugin_metric_table"));
    EXPECT_THAT(error.hint(), HasSubstr("FOUNDATION_PLUGIN_METRIC(...)"));
  }
}

}  // namespace
}  // namespace foundation::programs
