// The metrics that came with commands.
#include <cmath>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "programs/metric.hpp"

namespace foundation::programs {
namespace {

namespace fs = std::filesystem;
using model::CellStatus;

Example example(std::string label) {
  return {.id = "7", .inputs = {"x"}, .label = std::move(label), .group = {}};
}

model::CellResult score(const MetricOptions& options, std::string label, std::string answer) {
  return make_metric(options)->score(example(std::move(label)), {.text = std::move(answer)});
}

TEST(ValueMetric, takes_the_answer_for_the_score) {
  const MetricOptions options{.kind = "value"};
  EXPECT_EQ(score(options, "", " 2.5\n").score, 2.5);
  EXPECT_EQ(score(options, "", "-1e3").score, -1000);
  EXPECT_EQ(score(options, "", "-1e3").status, CellStatus::ok);
  for (const char* answer : {"", "many", "inf", "nan", "1 2"})
    EXPECT_EQ(score(options, "", answer).status, CellStatus::invalid_output) << answer;
}

TEST(ValueMetric, has_the_direction_it_is_given) {
  EXPECT_FALSE(make_metric({.kind = "value"})->maximise());
  EXPECT_TRUE(make_metric({.kind = "value", .maximise = true})->maximise());
}

TEST(ValueMetric, counts_failures_as_it_is_told) {
  const std::vector<ScoredCell> cells{{.score = 4},
                                      {.score = NAN, .status = CellStatus::timeout},
                                      {.score = NAN, .status = CellStatus::crashed}};
  const auto mean = [&](const MetricOptions& options) {
    return make_metric(options)->aggregate(cells);
  };
  EXPECT_TRUE(std::isnan(mean({.kind = "value"})));
  EXPECT_EQ(mean({.kind = "value", .failure_value = 10}), 8);
  EXPECT_EQ(mean({.kind = "value", .failure_value = 10, .timeout_value = 100}), 38);
  EXPECT_TRUE(std::isnan(mean({.kind = "value", .timeout_value = 100})))
      << "the crash has no value";
}

TEST(Metrics, give_failures_no_digest) {
  for (const std::string_view kind : metric_kinds()) {
    if (kind == "judge") continue;  // judge_metric_test.cpp
    const auto result = make_metric({.kind = std::string{kind}})
                            ->score(example("1"), {CellStatus::timeout, "it took 1.5 s"});
    EXPECT_EQ(result.status, CellStatus::timeout) << kind;
    EXPECT_EQ(result.output, 0U) << kind;
    EXPECT_TRUE(std::isnan(result.score)) << kind;
  }
}

TEST(RegexMetric, matches_the_whole_answer) {
  const MetricOptions options{.kind = "regex"};
  EXPECT_EQ(score(options, "[0-9]+ apples?", "12 apples\n").score, 1);
  EXPECT_EQ(score(options, "[0-9]+ apples?", "12 apples, or so").score, 0);
  EXPECT_EQ(score(options, "a|ab", "ab").score, 1);
  EXPECT_EQ(score(options, "a.c", "a\nc").score, 1);
  EXPECT_THROW(static_cast<void>(score(options, "(", "x")), core::Error);
}

TEST(JsonFieldMetric, compares_one_field) {
  const MetricOptions options{.kind = "json_field", .pointer = "/a/0"};
  EXPECT_EQ(score(options, "x", R"({"a": ["x"]})").score, 1);
  EXPECT_EQ(score(options, "y", R"({"a": ["x"]})").status, CellStatus::wrong);
  EXPECT_EQ(score(options, "2", R"({"a": [2.0]})").score, 1) << "equal numbers";
  EXPECT_EQ(score(options, "true", R"({"a": [true]})").score, 1);
  EXPECT_EQ(score(options, "x", R"({"a": []})").status, CellStatus::invalid_output);
  EXPECT_EQ(score(options, "x", "no JSON").status, CellStatus::invalid_output);
  EXPECT_THROW(static_cast<void>(make_metric({.kind = "json_field", .pointer = "a"})), core::Error);
}

TEST(TokenF1, follows_squad) {
  const MetricOptions options{.kind = "token_f1"};
  EXPECT_EQ(score(options, "The Eiffel Tower", "eiffel tower!").score, 1);
  EXPECT_DOUBLE_EQ(score(options, "Eiffel Tower", "the tall Eiffel tower").score, 0.8);
  EXPECT_EQ(score(options, "yes", "no").status, CellStatus::wrong);
  EXPECT_DOUBLE_EQ(score(options, "a b b c", "b b b").score, 2 * 2.0 / 6) << "bags, not sets";
  EXPECT_EQ(score(options, "the", "a").score, 1) << "no words on either side";
  EXPECT_EQ(score(options, "word", "the").score, 0);
}

TEST(NumericTolerance, takes_the_larger_tolerance) {
  const MetricOptions options{
      .kind = "numeric_tolerance", .absolute_tolerance = 0.5, .relative_tolerance = 0.01};
  EXPECT_EQ(score(options, "1", "1.5").score, 1);
  EXPECT_EQ(score(options, "1", "1.6").status, CellStatus::wrong);
  EXPECT_EQ(score(options, "-1000", "-990").score, 1);
  EXPECT_EQ(score(options, "1000", "989").score, 0);
  EXPECT_EQ(score(options, "1", "one").status, CellStatus::invalid_output);
  EXPECT_THROW(static_cast<void>(score(options, "one", "1")), core::Error);
}

class CommandMetric : public testing::Test {
 protected:
  ~CommandMetric() override { fs::remove(script_); }
  [[nodiscard]] MetricOptions options(const std::string& text) const {
    std::ofstream{script_} << text;
    return {.kind = "command",
            .maximise = true,
            .executable = "/usr/bin/python3",
            .arguments = {script_.string()},
            .time_limit = std::chrono::seconds{20},
            .input_names = {"field"}};
  }
  fs::path script_ = fs::current_path() / "command_metric.py";
};

TEST_F(CommandMetric, is_told_all_and_prints_a_score) {
  const MetricOptions given = options(
      "import json, sys\nask = json.load(sys.stdin)\n"
      "assert ask == {'output': '3', 'label': '4', 'inputs': {'field': 'x'}}, ask\n"
      "print(0.75)\nprint('close')\n");
  EXPECT_EQ(score(given, "4", "3").score, 0.75);
  EXPECT_TRUE(make_metric(given)->runs_in_child());
}

TEST_F(CommandMetric, that_fails_leaves_no_score) {
  EXPECT_EQ(score(options("print(1); raise SystemExit(1)"), "", "").status,
            CellStatus::invalid_output);
  EXPECT_EQ(score(options("print('good')"), "", "").status, CellStatus::invalid_output);
}

TEST_F(CommandMetric, says_why_there_is_no_score) {
  const auto problem = [this](const std::string& script) {
    return make_metric(options(script))->judge({}, {.text = "x"}).problem;
  };
  EXPECT_EQ(problem("print('good')"), "the metric has no score: it printed `good`");
  const std::string failed = problem("import sys; print('no such unit', file=sys.stderr); exit(3)");
  EXPECT_THAT(failed, testing::StartsWith("the metric has no score: "));
  EXPECT_THAT(failed, testing::HasSubstr("3"));
  EXPECT_THAT(failed, testing::EndsWith(": `no such unit`"));
  EXPECT_EQ(problem("print(1)"), "");
}

TEST_F(CommandMetric, is_another_one_when_its_script_changes) {
  const std::string first = make_metric(options("print(1)"))->identity();
  EXPECT_NE(make_metric(options("print(2)"))->identity(), first);
}

}  // namespace
}  // namespace foundation::programs
