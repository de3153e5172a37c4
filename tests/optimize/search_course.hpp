#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

#include "tests/optimize/planted_evidence.hpp"

/// A strategy run on a function of the assignment, with every outcome told on time.
namespace foundation::optimize::testing {

using Objective = std::function<double(const model::Assignment&)>;

struct CourseSettings {
  StrategyOptions options;
  Space space;
  std::uint32_t lookahead = 1;
  bool maximise = false;
};

struct SearchCourse {
  std::vector<Candidate> candidates;
  std::vector<double> scores;
  double best = std::numeric_limits<double>::infinity();  ///< lowest; the highest if maximised
};

/// Before proposal n is asked for, the outcomes of 0 .. n - lookahead are told. NaN is an invalid
/// outcome.
inline SearchCourse search(const CourseSettings& settings, const Objective& objective) {
  StrategyInput input = input_for(settings.space);
  input.maximise = settings.maximise;
  const auto strategy = make_strategy(settings.options, std::move(input));
  const PlantedEvidence evidence{0.5};
  SearchCourse course;
  if (settings.maximise) course.best = -course.best;
  std::uint32_t told = 0;
  for (std::uint32_t index = 0;; ++index) {
    for (; told + settings.lookahead <= index; ++told) {
      const double score = course.scores[told];
      strategy->tell({.index = told,
                      .score = score,
                      .cells = 1,
                      .complete = true,
                      .valid = !std::isnan(score)});
    }
    Reply reply = strategy->ask(index, evidence);
    if (!std::holds_alternative<Candidate>(reply)) return course;
    course.candidates.push_back(std::get<Candidate>(std::move(reply)));
    const model::Assignment& assignment = course.candidates.back().assignment;
    EXPECT_EQ(settings.space.problem_of(assignment), "") << index;
    strategy->accept(course.candidates.back());
    course.scores.push_back(objective(assignment));
    const double score = course.scores.back();
    if (settings.maximise ? score > course.best : score < course.best) course.best = score;
  }
}

/// `count` reals x0, x1, ... in [-5, 5] that begin at `initial`.
inline std::vector<model::Parameter> reals(std::size_t count, double initial = 0) {
  std::vector<model::Parameter> parameters;
  for (std::size_t i = 0; i < count; ++i) {
    parameters.push_back(model::testing::real("x" + std::to_string(i), -5, 5, initial));
  }
  return parameters;
}

inline std::vector<double> numbers_in(const model::Assignment& assignment) {
  std::vector<double> numbers;
  for (const model::Setting& setting : assignment.settings()) {
    if (const auto* real = std::get_if<double>(&setting.value)) numbers.push_back(*real);
    if (const auto* whole = std::get_if<std::int64_t>(&setting.value)) {
      numbers.push_back(static_cast<double>(*whole));
    }
  }
  return numbers;
}

}  // namespace foundation::optimize::testing
