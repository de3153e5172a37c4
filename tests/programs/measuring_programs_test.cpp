#include <chrono>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "programs/program.hpp"

namespace foundation::programs {
namespace {

SplitDataset one_example() {
  SplitDataset data;
  data.data = {.input_names = {"t"},
               .label_name = "l",
               .examples = {{.id = "1", .inputs = {"x"}, .label = "the label", .group = {}}}};
  data.order[1] = {0};
  return data;
}

double seconds_for(const Program& program, const SplitDataset& data, std::uint32_t candidate,
                   std::uint32_t trial) {
  const auto prepared = program.prepare(
      {.index = candidate, .parent = 0, .origin = {}, .assignment = program.space().initial()},
      data);
  const auto begin = std::chrono::steady_clock::now();
  const auto output =
      prepared->run({.example = &data.at(model::Split::validation, 0), .trial = trial});
  EXPECT_EQ(output.text, "the label");
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

TEST(MeasuringPrograms, answer_the_label_and_have_something_to_draw) {
  const SplitDataset data = one_example();
  for (const char* kind : {"nothing", "sleep"}) {
    const auto program = make_program({.kind = kind}, data);
    EXPECT_LT(seconds_for(*program, data, 1, 0), 1.0);
    core::Stream stream{1, core::Purpose::sample};
    EXPECT_EQ(program->space().problem_of(program->space().sample(stream, 1)), "");
    EXPECT_EQ(program->space().initial().integer("variant"), 0);
  }
}

TEST(MeasuringPrograms, sleep_lasts_about_as_long_as_asked) {
  const SplitDataset data = one_example();
  const auto program =
      make_program({.kind = "sleep", .seed = 1, .sleep_mean_s = 0.02, .sleep_sigma = 0}, data);
  EXPECT_GE(seconds_for(*program, data, 1, 0), 0.02);
  const auto spread =
      make_program({.kind = "sleep", .seed = 1, .sleep_mean_s = 0.001, .sleep_sigma = 1}, data);
  double total = 0;
  for (std::uint32_t trial = 0; trial < 200; ++trial) {
    total += seconds_for(*spread, data, 1, trial);
  }
  EXPECT_GT(total, 0.1);
}

/// Share of right answers in many trials of one example.
double score_of(const Program& program, const SplitDataset& data, std::int64_t variant) {
  model::Assignment settings = program.space().initial();
  settings.set("variant", variant);
  const auto prepared =
      program.prepare({.index = 1, .parent = 0, .origin = {}, .assignment = settings}, data);
  constexpr std::uint32_t trials = 1000;
  std::uint32_t right = 0;
  for (std::uint32_t trial = 0; trial < trials; ++trial)
    if (prepared->run({.example = &data.at(model::Split::validation, 0), .trial = trial}).text ==
        "the label")
      ++right;
  return static_cast<double>(right) / trials;
}

TEST(MeasuringPrograms, sleep_errs_less_with_higher_variants) {
  const SplitDataset data = one_example();
  const auto program =
      make_program({.kind = "sleep", .seed = 1, .sleep_sigma = 1, .sleep_mistakes = 0.8}, data);
  EXPECT_NEAR(score_of(*program, data, 0), 0.2, 0.1);
  EXPECT_NEAR(score_of(*program, data, 500'000), 0.6, 0.1);
  EXPECT_EQ(score_of(*program, data, 1'000'000), 1);
}

TEST(MeasuringPrograms, sleep_refuses_durations_that_make_no_sense) {
  const SplitDataset data = one_example();
  for (const double bad : {-1.0, 1e9, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THROW(static_cast<void>(make_program({.kind = "sleep", .sleep_mean_s = bad}, data)),
                 core::Error);
    EXPECT_THROW(static_cast<void>(make_program({.kind = "sleep", .sleep_sigma = bad}, data)),
                 core::Error);
  }
}

}  // namespace
}  // namespace foundation::programs
