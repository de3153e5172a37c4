#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/optimize/search_course.hpp"

namespace foundation::optimize {
namespace {

using namespace testing;
using model::testing::boolean;
using model::testing::categorical;
using model::testing::demonstrations;
using model::testing::integer;
using model::testing::only_if;
using model::testing::real;
using ::testing::HasSubstr;

CourseSettings settings_for(Space space, std::uint32_t candidates) {
  CourseSettings settings{.options = options_for("cma_es"), .space = std::move(space)};
  settings.options.candidates = candidates;
  return settings;
}

/// Of the numbers of an assignment, shifted away from the middle of the ranges.
Objective of_numbers(double (*function)(const std::vector<double>&)) {
  return [function](const model::Assignment& assignment) {
    std::vector<double> x = numbers_in(assignment);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] -= 1 + 0.5 * static_cast<double>(i % 3);
    return function(x);
  };
}

double sphere(const std::vector<double>& x) {
  double sum = 0;
  for (const double entry : x) sum += entry * entry;
  return sum;
}

double ellipsoid(const std::vector<double>& x) {
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double entry = x[i] + (i > 0 ? 0.5 * x[i - 1] : 0);
    sum +=
        std::pow(1e6, static_cast<double>(i) / static_cast<double>(x.size() - 1)) * entry * entry;
  }
  return sum;
}

double rosenbrock(const std::vector<double>& x) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < x.size(); ++i) {
    const double bend = (x[i] + 1) * (x[i] + 1) - (x[i + 1] + 1);
    sum += 100 * bend * bend + x[i] * x[i];
  }
  return sum;
}

double rastrigin(const std::vector<double>& x) {
  double sum = 0;
  for (const double entry : x) {
    sum += entry * entry + 10 - 10 * std::cos(2 * std::numbers::pi * entry);
  }
  return sum;
}

TEST(CmaEs, converges) {
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const auto best = [seed](auto function, std::size_t dimension, std::uint32_t candidates) {
      CourseSettings settings = settings_for(Space{reals(dimension)}, candidates);
      settings.options.seed = seed;
      return search(settings, of_numbers(function)).best;
    };
    EXPECT_LT(best(sphere, 1, 200), 1e-8);
    EXPECT_LT(best(sphere, 5, 500), 1e-8);
    EXPECT_LT(best(sphere, 20, 2500), 1e-3);
    EXPECT_LT(best(ellipsoid, 5, 2000), 1e-6);
    EXPECT_LT(best(ellipsoid, 12, 5000), 10);
    EXPECT_LT(best(rosenbrock, 5, 3000), 1e-4);
    EXPECT_LT(best(rastrigin, 2, 2000), 2.1);
    EXPECT_LT(best(rastrigin, 5, 8000), 4.1);
  }
}

TEST(CmaEs, maximises_too) {
  CourseSettings settings = settings_for(Space{reals(3)}, 400);
  const SearchCourse lowest = search(settings, of_numbers(sphere));
  settings.maximise = true;
  const SearchCourse highest = search(settings, [](const model::Assignment& assignment) {
    return -of_numbers(sphere)(assignment);
  });
  EXPECT_EQ(highest.candidates, lowest.candidates);
  EXPECT_EQ(highest.best, -lowest.best);
}

TEST(CmaEs, finds_a_corner) {
  const SearchCourse course =
      search(settings_for(Space{reals(5)}, 1000), [](const model::Assignment& assignment) {
        double sum = 0;
        double slope = 1;
        for (const double entry : numbers_in(assignment)) sum += (slope *= -2) * entry;
        return sum;
      });
  EXPECT_NEAR(course.best, -5.0 * (2 + 4 + 8 + 16 + 32), 1e-3);
}

/// Outcomes may be known late: the answer gets worse, not wrong.
TEST(CmaEs, converges_with_look_ahead) {
  for (const std::uint32_t lookahead : {2U, 8U, 32U, 100U}) {
    CourseSettings settings = settings_for(Space{reals(5)}, 4000);
    settings.lookahead = lookahead;
    EXPECT_LT(search(settings, of_numbers(sphere)).best, 1e-6) << lookahead;
    EXPECT_LT(search(settings, of_numbers(ellipsoid)).best, 10) << lookahead;
  }
}

/// Whatever has been asked for early, and after a restart from the journal.
TEST(CmaEs, is_a_function_of_what_was_accepted_and_told) {
  CourseSettings settings = settings_for(model::testing::classifier_space(), 400);
  settings.lookahead = 20;
  const Objective objective = [](const model::Assignment& assignment) {
    return static_cast<double>(digest(assignment).high % 1000);
  };
  const SearchCourse course = search(settings, objective);
  ASSERT_EQ(course.candidates.size(), 400U);
  EXPECT_EQ(search(settings, objective).candidates, course.candidates);
  StrategyInput input = input_for(settings.space);
  input.maximise = false;
  const auto strategy = make_strategy(settings.options, std::move(input));
  const PlantedEvidence evidence{0.5};
  for (std::uint32_t index = 0; index < 400; ++index) {
    if (index >= 20) {
      const std::uint32_t told = index - 20;
      strategy->tell({.index = told,
                      .score = course.scores[told],
                      .cells = 1,
                      .complete = true,
                      .valid = true});
    }
    if (index >= 250) {  // the ones before are restored without being asked for
      static_cast<void>(strategy->ask(index + 3, evidence));
      EXPECT_EQ(std::get<Candidate>(strategy->ask(index, evidence)), course.candidates[index]);
    }
    strategy->accept(course.candidates[index]);
  }
}

TEST(CmaEs, begins_at_the_best_starting_point) {
  std::vector<model::Assignment> points;
  for (const double x : {-4.0, 3.9, 1.0}) {
    points.push_back(model::Assignment{{{"x0", x}, {"x1", x}, {"x2", x}}});
  }
  const Space space{reals(3), {}, points};
  const SearchCourse course =
      search(settings_for(space, 24), [](const model::Assignment& assignment) {
        double sum = 0;
        for (const double entry : numbers_in(assignment)) sum += (entry - 4) * (entry - 4);
        return sum;
      });
  EXPECT_EQ(course.candidates[3].origin, "starting point");
  double mean = 0;
  for (std::size_t i = 4; i < 12; ++i) mean += numbers_in(course.candidates[i].assignment)[0] / 8;
  EXPECT_GT(mean, 2.0);
}

/// A flat bottom ends a run; the next one begins elsewhere and finds the deeper hole.
TEST(CmaEs, restarts_when_a_run_has_converged) {
  int far = 0;
  const Objective two_holes = [&far](const model::Assignment& assignment) {
    const std::vector<double> x = numbers_in(assignment);
    const double near_hole = sphere({x[0] - 0.5, x[1] - 0.5});
    const double far_hole = sphere({x[0] + 4, x[1] + 4}) - 1;
    if (far_hole < 1) ++far;
    return std::min(near_hole, far_hole);
  };
  const SearchCourse course = search(settings_for(Space{reals(2)}, 2000), two_holes);
  EXPECT_LT(course.best, -1 + 1e-6);
  EXPECT_GT(far, 20);
}

TEST(CmaEs, finds_whole_numbers_beside_reals) {
  std::vector<model::Parameter> parameters = reals(2);
  parameters.push_back(integer("n", -20, 20, 0));
  parameters.push_back(integer("m", 0, 3, 0));
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    CourseSettings settings = settings_for(Space{parameters}, 1500);
    settings.options.seed = seed;
    const SearchCourse course = search(settings, [](const model::Assignment& assignment) {
      const std::vector<double> x = numbers_in(assignment);
      return sphere({x[0] - 1, x[1] + 2, 0.1 * (x[2] - 13), x[3] - 2});
    });
    EXPECT_LT(course.best, 1e-6) << seed;
    std::set<double> late;
    for (std::size_t i = 300; i < course.candidates.size(); ++i) {
      late.insert(numbers_in(course.candidates[i].assignment)[3]);
    }
    EXPECT_GE(late.size(), 2U) << "a whole number froze, seed " << seed;
  }
}

/// A space of whole numbers alone is searched to its end, without repeats.
TEST(CmaEs, uses_up_a_small_space) {
  const Space space{{integer("n", 0, 5, 0), boolean("flag", false), categorical("c", {"a", "b"})}};
  const SearchCourse course =
      search(settings_for(space, 100),
             [](const model::Assignment& assignment) { return numbers_in(assignment)[0]; });
  EXPECT_GE(course.candidates.size(), 20U);
  EXPECT_LE(course.candidates.size(), 24U);
}

TEST(CmaEs, learns_choices_and_what_depends_on_them) {
  const Space space{{categorical("rule", {"a", "b", "c", "d"}), boolean("flag", false),
                     only_if(real("x", -5, 5, 0), "rule", {"c"}), real("y", -5, 5, 0)}};
  const SearchCourse course =
      search(settings_for(space, 1000), [](const model::Assignment& assignment) {
        const double y = assignment.real("y") - 1;
        const double flag = assignment.boolean("flag") ? 0 : 1;
        if (assignment.text("rule") != "c") return 5 + flag + y * y;
        const double x = assignment.real("x") + 2;
        return x * x + y * y + flag;
      });
  EXPECT_LT(course.best, 1e-4);
}

TEST(CmaEs, keeps_constraints) {
  const Space space{reals(4, -1), {model::parse_constraint("x0 + x1 + x2 + x3 <= -3.9")}};
  const SearchCourse course = search(settings_for(space, 800), of_numbers(sphere));
  for (const Candidate& candidate : course.candidates) {
    EXPECT_EQ(space.problem_of(candidate.assignment), "");
  }
  EXPECT_LT(course.best, course.scores[0] - 0.01);
}

TEST(CmaEs, gets_along_with_failures_and_plateaus) {
  const SearchCourse holes =
      search(settings_for(Space{reals(3)}, 600), [](const model::Assignment& assignment) {
        const std::vector<double> x = numbers_in(assignment);
        if (std::fmod(std::fabs(x[0] * 7), 1) < 0.3) return std::nan("");
        return of_numbers(sphere)(assignment);
      });
  EXPECT_LT(*std::ranges::min_element(holes.scores, {},
                                      [](double score) { return std::isnan(score) ? 1e9 : score; }),
            1e-3);
  const SearchCourse nothing = search(settings_for(Space{reals(3)}, 600),
                                      [](const model::Assignment&) { return std::nan(""); });
  EXPECT_EQ(nothing.candidates.size(), 600U);
  const SearchCourse flat =
      search(settings_for(Space{reals(3)}, 600), [](const model::Assignment&) { return 1.0; });
  EXPECT_EQ(flat.candidates.size(), 600U);
  const SearchCourse steps =
      search(settings_for(Space{reals(3)}, 600), [](const model::Assignment& assignment) {
        return std::floor(10 * of_numbers(sphere)(assignment));
      });
  EXPECT_EQ(steps.best, 0);
}

/// Candidates that racing stopped rank behind those that got further, whatever their scores.
TEST(CmaEs, ranks_by_how_far_a_race_got) {
  StrategyOptions options = options_for("cma_es");
  options.candidates = 300;
  StrategyInput input = input_for(Space{reals(2)});
  input.maximise = false;
  const auto strategy = make_strategy(options, std::move(input));
  const PlantedEvidence evidence{0.5};
  double last = 0;
  for (std::uint32_t index = 0; index < 300; ++index) {
    const auto candidate = std::get<Candidate>(strategy->ask(index, evidence));
    strategy->accept(candidate);
    const std::vector<double> x = numbers_in(candidate.assignment);
    const double cost = sphere({x[0] - 3, x[1] - 3});
    const bool survived = cost < 4;
    strategy->tell({.index = index,
                    .score = survived ? cost : cost - 1000,  // a prefix of easy examples
                    .cells = survived ? 100U : 10U,
                    .complete = survived,
                    .valid = true});
    last = cost;
  }
  EXPECT_LT(last, 4);
}

TEST(CmaEs, draws_demonstrations_for_each_proposal) {
  const Space space{{demonstrations("demonstrations", 1, 20), real("x", 0, 1, 0.5)}};
  std::set<std::vector<std::uint32_t>> drawn;
  const SearchCourse course =
      search(settings_for(space, 30),
             [](const model::Assignment& assignment) { return assignment.real("x"); });
  for (const Candidate& candidate : course.candidates) drawn.insert(shown(candidate));
  EXPECT_GT(drawn.size(), 25U);
}

TEST(CmaEs, refuses_options_that_do_not_fit) {
  const auto message = [](auto change) -> std::string {
    StrategyOptions options = options_for("cma_es");
    change(options);
    try {
      static_cast<void>(make_strategy(options, input_for(Space{reals(2)})));
    } catch (const core::Error& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(message([](StrategyOptions&) {}), "none");
  EXPECT_THAT(message([](StrategyOptions& options) { options.population = 3; }),
              HasSubstr("a population of 3 cannot evolve"));
  EXPECT_THAT(message([](StrategyOptions& options) { options.initial_step = 0; }),
              HasSubstr("the initial step is 0"));
  EXPECT_THAT(message([](StrategyOptions& options) { options.initial_step = 1.5; }),
              HasSubstr("the initial step is 1.5"));
}

TEST(CmaEs, population_and_step_have_their_effect) {
  const auto spread = [](std::uint32_t population, double step) {
    CourseSettings settings = settings_for(Space{reals(2)}, 1 + population);
    settings.options.population = population;
    settings.options.initial_step = step;
    double squares = 0;
    const SearchCourse course = search(settings, of_numbers(sphere));
    for (std::size_t i = 1; i < course.candidates.size(); ++i) {
      squares += sphere(numbers_in(course.candidates[i].assignment)) / 2;
    }
    return std::sqrt(squares / population);
  };
  EXPECT_NEAR(spread(200, 0.05), 0.5, 0.1);  // one generation: the distribution is the first
  EXPECT_NEAR(spread(200, 0.2), 2, 0.4);
}

}  // namespace
}  // namespace foundation::optimize
