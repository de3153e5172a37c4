#include "programs/metric.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/hash.hpp"

namespace foundation::programs {
namespace {

using model::CellStatus;

Example example(std::string label, double weight = 1) {
  return {.id = "7", .inputs = {"x"}, .label = std::move(label), .group = {}, .weight = weight};
}

struct Answer {
  std::string label;
  std::string output;
  double weight = 1;
  CellStatus status = CellStatus::ok;
};

/// Scores the answers, then sums up, as a run does.
double aggregate(const MetricOptions& options, const std::vector<Answer>& answers) {
  const auto metric = make_metric(options);
  std::vector<ScoredCell> cells;
  for (const Answer& answer : answers) {
    const auto result = metric->score(example(answer.label, answer.weight),
                                      {.status = answer.status, .text = answer.output});
    cells.push_back({.score = result.score,
                     .weight = answer.weight,
                     .label = core::hash_text(answer.label),
                     .output = result.output,
                     .status = result.status});
  }
  return metric->aggregate(cells);
}

TEST(Metric, knows_its_kinds) {
  for (const std::string_view kind : metric_kinds()) {
    if (kind == "judge") continue;  // judge_metric_test.cpp
    const auto metric = make_metric({.kind = std::string{kind}});
    EXPECT_EQ(metric->name(), kind);
    const bool minimises = kind == "mean_absolute_error" || kind == "value" || kind == "command" ||
                           kind == "plugin";  // if nobody says
    EXPECT_EQ(metric->maximise(), !minimises);
    EXPECT_TRUE(std::isnan(metric->aggregate({})));
  }
  try {
    static_cast<void>(make_metric({.kind = "acuracy"}));
    FAIL();
  } catch (const core::Error& error) {
    EXPECT_EQ(error.hint(), "did you mean 'accuracy'?");
  }
}

TEST(Metric, match_ignores_white_space_at_the_ends) {
  const auto metric = make_metric({.kind = "exact_match"});
  const auto right = metric->score(example("two words"), {.text = " two words\n"});
  EXPECT_EQ(right.score, 1.0);
  EXPECT_EQ(right.status, CellStatus::ok);
  EXPECT_EQ(right.output, core::hash_text("two words"));
  const auto wrong = metric->score(example("two words"), {.text = "two  words"});
  EXPECT_EQ(wrong.score, 0.0);
  EXPECT_EQ(wrong.status, CellStatus::wrong);
}

TEST(Metric, failures_keep_their_status_and_count_as_worst) {
  const auto metric = make_metric({});
  const auto crashed = metric->score(example("a"), {.status = CellStatus::crashed, .text = "a"});
  EXPECT_EQ(crashed.status, CellStatus::crashed);
  EXPECT_TRUE(std::isnan(crashed.score));
  const std::vector<Answer> answers{{"a", "a"}, {"a", "a", 1, CellStatus::timeout}};
  EXPECT_EQ(aggregate({.kind = "accuracy"}, answers), 0.5);
  EXPECT_EQ(aggregate({.kind = "macro_f1"}, answers), 2.0 / 3.0);
  const std::vector<Answer> numbers{{"1", "1"}, {"1", "1", 1, CellStatus::timeout}};
  EXPECT_TRUE(std::isnan(aggregate({.kind = "mean_absolute_error"}, numbers)));
}

TEST(Metric, accuracy_is_the_share_of_right_answers) {
  const std::vector<Answer> answers{{"a", "a", 3}, {"b", "a", 1}, {"b", "b", 1}, {"c", "x", 3}};
  EXPECT_EQ(aggregate({.kind = "accuracy"}, answers), 0.5);
  EXPECT_EQ(aggregate({.kind = "exact_match", .weighted = true}, answers), 0.5);
  const std::vector<Answer> uneven{{"a", "a", 3}, {"b", "a", 1}};
  EXPECT_EQ(aggregate({.kind = "accuracy", .weighted = true}, uneven), 0.75);
}

// a: TP 2, FN 1, FP 1 -> 4/6; b: TP 1, FN 1, FP 1 -> 2/4; c: TP 0, FN 1 (answered "x") -> 0.
TEST(Metric, f1_agrees_with_counts_made_by_hand) {
  const std::vector<Answer> answers{{"a", "a"}, {"a", "a"}, {"a", "b"},
                                    {"b", "b"}, {"b", "a"}, {"c", "x"}};
  EXPECT_DOUBLE_EQ(aggregate({.kind = "macro_f1"}, answers), (4.0 / 6 + 2.0 / 4 + 0) / 3);
  EXPECT_DOUBLE_EQ(aggregate({.kind = "micro_f1"}, answers), 6.0 / (6 + 2 + 3));
}

TEST(Metric, f1_counts_weights) {
  std::vector<Answer> repeated;
  std::vector<Answer> weighted;
  const std::vector<Answer> base{{"a", "a", 2}, {"a", "b", 1}, {"b", "b", 3}, {"b", "a", 2}};
  for (const Answer& answer : base) {
    weighted.push_back(answer);
    for (int copy = 0; copy < static_cast<int>(answer.weight); ++copy) repeated.push_back(answer);
  }
  for (const std::string kind : {"macro_f1", "micro_f1", "accuracy"}) {
    EXPECT_DOUBLE_EQ(aggregate({.kind = kind, .weighted = true}, weighted),
                     aggregate({.kind = kind}, repeated));
  }
}

TEST(Metric, micro_f1_equals_accuracy_when_every_answer_is_a_class) {
  const std::vector<Answer> answers{{"a", "a"}, {"b", "a"}, {"b", "b"}, {"c", "b"}, {"c", "c"}};
  EXPECT_DOUBLE_EQ(aggregate({.kind = "micro_f1"}, answers), 0.6);
}

TEST(Metric, mean_absolute_error_reads_numbers) {
  const MetricOptions options{.kind = "mean_absolute_error"};
  EXPECT_EQ(aggregate(options, {{"1.5", "1"}, {"-2", " 0.5\n"}}), 1.5);
  EXPECT_EQ(aggregate({.kind = options.kind, .weighted = true}, {{"0", "1", 3}, {"0", "5", 1}}), 2);
  const auto metric = make_metric(options);
  EXPECT_EQ(metric->score(example("1"), {.text = "9"}).status, CellStatus::ok);
  for (const char* bad : {"", "nan", "inf", "1 apple", "1e999", "1,5"}) {
    const auto result = metric->score(example("1"), {.text = bad});
    EXPECT_EQ(result.status, CellStatus::invalid_output) << bad;
    EXPECT_TRUE(std::isnan(result.score));
  }
  EXPECT_EQ(metric->score(example("-1e308"), {.text = "1.7e308"}).status,
            CellStatus::invalid_output);
  EXPECT_THROW(static_cast<void>(metric->score(example("one"), {.text = "1"})), core::Error);
}

}  // namespace
}  // namespace foundation::programs
