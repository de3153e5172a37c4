#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/exact_math.hpp"
#include "core/hash.hpp"
#include "tests/optimize/learning_course.hpp"

/// What every strategy with a model of the scores must do.
namespace foundation::optimize {
namespace {

using namespace testing;
namespace spaces = model::testing;
using model::Assignment;

class EveryModel : public ::testing::TestWithParam<std::string_view> {
 protected:
  [[nodiscard]] static StrategyOptions options(std::uint32_t candidates) {
    StrategyOptions options = options_for(std::string{GetParam()});
    options.candidates = candidates;
    return options;
  }
};

Space plane() { return Space{{spaces::real("x", -5, 5, 4), spaces::real("y", -5, 5, 4)}}; }

const Objective sphere = scored([](const Assignment& at) {
  const double x = at.real("x") - 1.3;
  const double y = at.real("y") + 2.1;
  return x * x + y * y;
});

const Objective valley = scored([](const Assignment& at) {
  const double x = at.real("x");
  const double step = at.real("y") - x * x;
  return 10 * step * step + (1 - x) * (1 - x);
});

TEST_P(EveryModel, finds_the_bottom_of_simple_functions) {
  EXPECT_LT(lowest(learn(options(60), plane(), sphere), sphere), 0.01);
  EXPECT_LT(lowest(learn(options(80), plane(), valley), valley), 0.3);
}

TEST_P(EveryModel, maximises_where_that_is_asked_for) {
  StrategyInput input = input_for(plane());
  input.maximise = true;
  const Objective hill = scored(
      [](const Assignment& at) { return -std::fabs(at.real("x") - 3) - std::fabs(at.real("y")); });
  const auto strategy = make_strategy(options(60), input);
  double best = -100;
  for (const Candidate& candidate : learn(*strategy, hill)) {
    best = std::max(best, hill(candidate).score);
  }
  EXPECT_GT(best, -0.3);
}

Space mixed() {
  return Space{{spaces::log_real("rate", 1e-5, 1, 0.1), spaces::integer("depth", 1, 12, 1),
                spaces::categorical("rule", {"plain", "sharp", "odd"}),
                spaces::only_if(spaces::real("edge", 0, 1, 0.9), "rule", {"sharp"}),
                spaces::boolean("fast", true)}};
}

const Objective mixed_score = scored([](const Assignment& at) {
  const double rate = core::exact::log(at.real("rate") / 0.003) / 10;
  const double depth = static_cast<double>(at.integer("depth") - 9) / 12;
  const double rule = at.text("rule") == "sharp" ? std::fabs(at.real("edge") - 0.3) : 0.6;
  return rate * rate + depth * depth + rule + (at.boolean("fast") ? 0.2 : 0);
});

TEST_P(EveryModel, finds_its_way_in_mixed_conditional_spaces) {
  const auto candidates = learn(options(100), mixed(), mixed_score);
  EXPECT_LT(lowest(candidates, mixed_score), 0.12);
}

TEST_P(EveryModel, proposes_valid_distinct_candidates_while_it_learns) {
  const Space space = mixed();
  for (const std::uint32_t lookahead : {1U, 7U, 40U}) {
    const auto candidates = learn(options(60), space, mixed_score, lookahead);
    ASSERT_EQ(candidates.size(), 60U);
    std::set<core::Digest> digests;
    for (const Candidate& candidate : candidates) {
      EXPECT_EQ(space.problem_of(candidate.assignment), "");
      EXPECT_TRUE(digests.insert(digest(candidate.assignment)).second);
      if (candidate.parent != model::no_candidate) {
        EXPECT_LT(candidate.parent, candidate.index);
      }
    }
  }
}

TEST_P(EveryModel, is_a_function_of_what_it_was_told) {
  const auto first = learn(options(40), mixed(), mixed_score, 5);
  EXPECT_EQ(learn(options(40), mixed(), mixed_score, 5), first);
  StrategyOptions other = options(40);
  other.seed = 2;
  EXPECT_NE(learn(other, mixed(), mixed_score, 5), first);
}

TEST_P(EveryModel, goes_on_from_restored_candidates_and_outcomes) {
  constexpr std::uint32_t lookahead = 4;
  const auto expected = learn(options(40), mixed(), mixed_score, lookahead);
  StrategyInput input = input_for(mixed());
  input.maximise = false;
  const auto strategy = make_strategy(options(40), input);
  const PlantedEvidence evidence{0.7};
  for (std::uint32_t i = 0; i < 40; ++i) {
    if (i >= lookahead) strategy->tell(mixed_score(expected[i - lookahead]));
    if (i >= 25) {
      EXPECT_EQ(std::get<Candidate>(strategy->ask(i, evidence)), expected[i]);
    }
    strategy->accept(expected[i]);
  }
}

TEST_P(EveryModel, obeys_constraints) {
  const Space space{
      {spaces::real("x", 0, 1, 0), spaces::real("y", 0, 1, 0), spaces::integer("k", 0, 10, 0)},
      {model::parse_constraint("x + y <= 0.5"), model::parse_constraint("k >= 4*x")}};
  const Objective corner = scored([](const Assignment& at) {
    return -at.real("x") - 2 * at.real("y") + 0.1 * static_cast<double>(at.integer("k"));
  });
  const auto candidates = learn(options(60), space, corner);
  EXPECT_EQ(candidates.size(), 60U);
  for (const Candidate& candidate : candidates) {
    EXPECT_EQ(space.problem_of(candidate.assignment), "");
  }
  EXPECT_LT(lowest(candidates, corner), -0.85);  // the least is -1
}

TEST_P(EveryModel, uses_up_a_space_of_choices) {
  const Space space{{spaces::categorical("a", {"p", "q", "r"}), spaces::boolean("b", false),
                     spaces::only_if(spaces::integer("n", 1, 3, 1), "b", {"true"})}};
  const Objective score = scored([](const Assignment& at) { return at.text("a") == "r" ? 0 : 1; });
  EXPECT_EQ(learn(options(50), space, score).size(), 12U);
}

TEST_P(EveryModel, works_without_anything_to_vary) {
  const Space fixed{{spaces::real("x", 1, 1, 1)}};
  const Objective score = scored([](const Assignment&) { return 0; });
  EXPECT_EQ(learn(options(10), fixed, score).size(), 1U);
}

TEST_P(EveryModel, finds_choices_that_fit_together) {
  std::vector<model::Parameter> parameters;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    parameters.push_back(spaces::categorical(name, {"0", "1", "2", "3"}));
  }
  const Space space{parameters};  // 1,024 assignments
  const Objective mismatches = scored([](const Assignment& at) {
    const std::string wanted = "31203";
    double wrong = 0;
    for (std::size_t i = 0; i < 5; ++i) {
      wrong += std::get<std::string>(at.settings()[i].value)[0] != wanted[i] ? 1 : 0;
    }
    return wrong;
  });
  EXPECT_EQ(lowest(learn(options(120), space, mismatches), mismatches), 0);
}

TEST_P(EveryModel, spreads_proposals_that_are_under_way) {
  StrategyOptions many = options(60);
  many.startup = 0;
  const auto candidates = learn(many, plane(), sphere, 60);  // nothing is ever told
  double nearest = 100;
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const double x = candidates[i].assignment.real("x") - candidates[j].assignment.real("x");
      const double y = candidates[i].assignment.real("y") - candidates[j].assignment.real("y");
      nearest = std::min(nearest, std::sqrt(x * x + y * y));
    }
  }
  EXPECT_GT(nearest, 0.1);  // of 60 uniform points, the nearest two are 0.08 apart on average
}

TEST_P(EveryModel, learns_from_late_outcomes_too) {
  EXPECT_LT(lowest(learn(options(100), plane(), sphere, 20), sphere), 0.1);
}

TEST_P(EveryModel, keeps_away_from_invalid_candidates) {
  const Objective half = [](const Candidate& candidate) {
    CandidateOutcome outcome = sphere(candidate);
    outcome.valid = candidate.assignment.real("x") < 2;
    if (!outcome.valid) outcome.score = std::nan("");
    return outcome;
  };
  EXPECT_LT(lowest(learn(options(80), plane(), half), half), 0.1);
  const Objective none = [](const Candidate& candidate) {
    return CandidateOutcome{.index = candidate.index, .score = std::nan("")};
  };
  EXPECT_EQ(learn(options(40), plane(), none).size(), 40U);
}

TEST_P(EveryModel, makes_use_of_candidates_that_racing_stopped) {
  const Objective raced = [](const Candidate& candidate) {
    CandidateOutcome outcome = sphere(candidate);
    outcome.complete = outcome.score < 1;
    if (!outcome.complete) outcome.cells = outcome.score < 8 ? 4 : 2;
    return outcome;
  };
  EXPECT_LT(lowest(learn(options(80), plane(), raced), raced), 0.05);
}

TEST_P(EveryModel, begins_with_a_latin_hypercube) {
  const auto candidates = learn(options(11), plane(), sphere);
  for (const char* name : {"x", "y"}) {
    std::set<int> intervals;
    for (std::size_t i = 1; i < candidates.size(); ++i) {
      EXPECT_EQ(candidates[i].origin, "startup");
      intervals.insert(static_cast<int>(candidates[i].assignment.real(name) + 5));
    }
    EXPECT_EQ(intervals.size(), 10U);
  }
}

TEST_P(EveryModel, improves_demonstrations) {
  const Space space{{spaces::demonstrations("demonstrations", 10, 10)}};
  const Objective useless = scored([](const Assignment& at) {
    const auto& shown = at.demonstrations("demonstrations").positions;
    return static_cast<double>(
        std::ranges::count_if(shown, [](std::uint32_t position) { return position >= 60; }));
  });
  StrategyOptions random = options(100);
  random.kind = "random";
  const double before = lowest(learn(random, space, useless), useless);
  EXPECT_LE(lowest(learn(options(100), space, useless), useless), before - 2);
}

TEST(GpEi, finds_the_bottom_by_every_acquisition_function) {
  std::set<std::string> courses;
  for (const auto kind : {Acquisition::expected_improvement, Acquisition::confidence_bound,
                          Acquisition::probability_of_improvement}) {
    StrategyOptions options = options_for("gp_ei");
    options.candidates = 40;
    options.acquisition = kind;
    const auto candidates = learn(options, plane(), sphere);
    EXPECT_LT(lowest(candidates, sphere), 0.05) << static_cast<int>(kind);
    courses.insert(model::describe(candidates.back().assignment));
  }
  EXPECT_EQ(courses.size(), 3U);
}

constexpr std::array<std::string_view, 2> models{"tpe", "gp_ei"};
INSTANTIATE_TEST_SUITE_P(Kinds, EveryModel, ::testing::ValuesIn(models),
                         [](const auto& which) { return std::string{which.param}; });

}  // namespace
}  // namespace foundation::optimize
