#include <cmath>
#include <fstream>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "programs/generate.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"

namespace foundation::programs {
namespace {

using model::Split;

SplitDataset samples(std::string t = "2", std::string y = "1") {
  SplitDataset data;
  data.data = {
      .input_names = {"t"},
      .label_name = "y",
      .examples = {{.id = "1", .inputs = {std::move(t)}, .label = std::move(y), .group = {}}}};
  data.order[1] = {0};
  return data;
}

std::string answer(const SplitDataset& data, std::vector<model::Setting> settings) {
  const auto program = make_program({.kind = "oscillator"}, data);
  model::Assignment assignment = program->space().initial();
  for (model::Setting& setting : settings) assignment.set(setting.name, std::move(setting.value));
  const auto prepared = program->prepare({.index = 0,
                                          .parent = 0,
                                          .origin = {},
                                          .assignment = program->space().normalised(assignment)},
                                         data);
  const auto output = prepared->run({.example = &data.at(Split::validation, 0)});
  return output.status == model::CellStatus::ok ? output.text : "failed";
}

TEST(Oscillator, computes_a_damped_wave) {
  const double pi = 3.14159265358979323846;
  const auto data = samples("0.3");
  EXPECT_NEAR(std::stod(answer(data, {})), std::exp(-0.03) * std::sin(pi * 0.3), 1e-8);
  EXPECT_NEAR(std::stod(answer(data, {{"decay", std::string{"power"}},
                                      {"harmonics", std::int64_t{2}},
                                      {"overtone", 0.5},
                                      {"offset_on", true},
                                      {"offset", 1.25},
                                      {"amplitude", 3.0},
                                      {"phase", 0.2}})),
              1.25 + 3 * std::pow(1.3, -0.1) *
                         (std::sin(pi * 0.3 + 0.2) + 0.5 * std::sin(2 * pi * 0.3 + 0.2) +
                          0.25 * std::sin(3 * pi * 0.3 + 0.2)),
              1e-7);
}

TEST(Oscillator, conditional_parameters_come_and_go) {
  const auto space = make_program({.kind = "oscillator"}, samples())->space();
  EXPECT_EQ(space.initial().find("overtone"), nullptr);
  EXPECT_EQ(space.initial().find("offset"), nullptr);
  for (std::uint32_t i = 0; i < 200; ++i) {
    core::Stream stream{1, core::Purpose::sample, i};
    const auto drawn = space.sample(stream, 10);
    EXPECT_EQ(space.problem_of(drawn), "");
    EXPECT_EQ(drawn.find("overtone") != nullptr, drawn.integer("harmonics") > 0);
    EXPECT_EQ(drawn.find("offset") != nullptr, drawn.boolean("offset_on"));
  }
}

TEST(Oscillator, times_beyond_its_range_are_invalid_output) {
  EXPECT_EQ(answer(samples("1e9"), {}), "failed");
}

TEST(Oscillator, refuses_data_without_numbers) {
  const auto refuses = [](const SplitDataset& data) {
    EXPECT_THROW(static_cast<void>(make_program({.kind = "oscillator"}, data)), core::Error);
  };
  refuses(samples("soon"));
  refuses(samples("-1"));
  refuses(samples("inf"));
  refuses(samples("1", "high"));
  auto data = samples();
  data.data.input_names.emplace_back("u");
  refuses(data);
  data = samples();
  data.data.label_name.clear();
  refuses(data);
}

TEST(Oscillator, the_generated_data_can_be_fitted) {
  const std::string file = testing::TempDir() + "oscillator.jsonl";
  std::ofstream stream{file};
  write_oscillator_examples(stream, 400, 1);
  stream.close();
  DatasetOptions options;
  options.file = file;
  options.inputs = {"t"};
  options.label = "y";
  options.id = "id";
  const SplitDataset data = split_dataset(load_dataset(options), {}, 1);
  const auto program = make_program({.kind = "oscillator"}, data);
  const auto metric = make_metric({.kind = "mean_absolute_error"});
  const auto error_of = [&](const model::Assignment& assignment) {
    const auto prepared =
        program->prepare({.index = 0, .parent = 0, .origin = {}, .assignment = assignment}, data);
    std::vector<ScoredCell> cells;
    for (std::uint32_t i = 0; i < data.size(Split::validation); ++i) {
      const Example& example = data.at(Split::validation, i);
      const auto result = metric->score(example, prepared->run({.example = &example}));
      cells.push_back({.score = result.score, .status = result.status});
    }
    return metric->aggregate(cells);
  };
  const auto initial = program->space().initial();
  auto fitted = initial;
  fitted.set("amplitude", 1.7);
  fitted.set("frequency", 0.35);
  fitted.set("damping", 0.18);
  fitted.set("phase", 0.6);
  fitted.set("harmonics", std::int64_t{1});
  fitted.set("overtone", 0.3);
  fitted.set("offset_on", true);
  fitted.set("offset", 0.4);
  EXPECT_LT(error_of(program->space().normalised(fitted)), 0.06);
  EXPECT_GT(error_of(initial), 0.5);
}

}  // namespace
}  // namespace foundation::programs
