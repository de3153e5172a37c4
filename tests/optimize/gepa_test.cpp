#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/detail/lineage.hpp"
#include "optimize/detail/minibatches.hpp"
#include "optimize/detail/pareto_front.hpp"
#include "tests/optimize/text_world.hpp"

namespace foundation::optimize {
namespace {

using namespace testing;
using detail::FrontMember;
using detail::Rated;
using model::Assignment;
using model::Candidate;
using model::CellResult;
using model::CellStatus;
using ::testing::ElementsAre;

/// Validation cells written down in a row of digits: score 0 to 8, x for a failed one.
class WrittenEvidence final : public Evidence {
 public:
  explicit WrittenEvidence(const std::vector<std::string>& rows) {
    for (const std::string& row : rows) {
      std::vector<CellResult> cells;
      for (const char digit : row) {
        CellResult cell;
        cell.status = digit == 'x' ? CellStatus::crashed : CellStatus::ok;
        if (digit != 'x') cell.score = digit - '0';
        cells.push_back(cell);
      }
      rows_.push_back(cells);
    }
  }
  [[nodiscard]] std::span<const CellResult> results(model::CandidateIndex, std::uint32_t,
                                                    std::uint32_t) const override {
    return {};
  }
  [[nodiscard]] std::string_view output(model::CandidateIndex, std::uint32_t) const override {
    return {};
  }
  [[nodiscard]] std::span<const CellResult> validation(
      const CandidateOutcome& outcome) const override {
    return rows_[outcome.index];
  }
  [[nodiscard]] std::optional<std::string_view> text(const model::TextRequest&,
                                                     std::uint32_t) const override {
    return {};
  }

 private:
  std::vector<std::vector<CellResult>> rows_;
};

/// The front of candidates with these cells; the first is the best one, and so on.
std::vector<FrontMember> front_of(const std::vector<std::string>& rows, std::uint32_t trials = 1) {
  const WrittenEvidence evidence{rows};
  std::vector<CandidateOutcome> told;
  std::vector<Rated> ranking;
  for (std::uint32_t index = 0; index < rows.size(); ++index) {
    const auto cells = static_cast<std::uint32_t>(rows[index].size());
    told.push_back({.index = index, .cells = cells, .valid = true});
    ranking.push_back({.candidate = index, .gain = -1.0 * index});
  }
  const detail::CellGains gains{told, evidence, true};
  return pareto_front(told, ranking, gains, trials);
}

TEST(ParetoFront, has_who_is_the_best_somewhere) {
  EXPECT_THAT(front_of({"110", "001", "010"}), ElementsAre(FrontMember{0, 2}, FrontMember{1, 1}));
}

TEST(ParetoFront, compares_only_where_both_were_evaluated) {
  EXPECT_THAT(front_of({"0122", "10", "0011"}), ElementsAre(FrontMember{0, 3}, FrontMember{1, 1}));
}

TEST(ParetoFront, ignores_examples_on_which_all_are_alike) {
  EXPECT_THAT(front_of({"1101", "1101"}), ElementsAre(FrontMember{0, 1}));
  EXPECT_THAT(front_of({"x1", "01"}), ElementsAre(FrontMember{0, 1})) << "the best, if no other";
  EXPECT_TRUE(front_of({}).empty());
}

TEST(ParetoFront, counts_all_trials_of_an_example) {
  EXPECT_THAT(front_of({"1010", "1100"}, 2), ElementsAre(FrontMember{0, 1}, FrontMember{1, 1}));
  EXPECT_THAT(front_of({"2011", "101"}, 2), ElementsAre(FrontMember{0, 1}))
      << "half an example is none";
}

TEST(Lineage, finds_the_nearest_common_ancestor) {
  std::vector<Candidate> all(7);
  const auto put = [&all](std::uint32_t index, std::uint32_t parent) {
    all[index].index = index;
    all[index].parent = parent;
  };
  put(0, model::no_candidate);
  put(1, 0);
  put(2, 1);
  put(3, 1);
  put(4, 2);
  put(5, 0);
  put(6, model::no_candidate);
  EXPECT_EQ(detail::common_ancestor(all, 4, 3), 1U);
  EXPECT_EQ(detail::common_ancestor(all, 5, 4), 0U);
  EXPECT_EQ(detail::common_ancestor(all, 4, 1), std::nullopt) << "one is the ancestor";
  EXPECT_EQ(detail::common_ancestor(all, 4, 6), std::nullopt);
}

Assignment with(const std::string& a, const std::string& b, const std::string& c) {
  return Assignment{{{"a", a}, {"b", b}, {"c", c}}};
}

TEST(Lineage, merges_what_only_one_has_changed) {
  const Assignment old = with("0", "0", "0");
  EXPECT_EQ(detail::merged(old, with("1", "0", "1"), with("0", "2", "2")), with("1", "2", "1"));
  EXPECT_EQ(detail::merged(old, with("1", "0", "0"), with("2", "0", "0")), std::nullopt);
  EXPECT_EQ(detail::merged(old, with("1", "0", "0"), with("1", "2", "0")), std::nullopt)
      << "the other one has all of it already";
}

TEST(Minibatches, take_every_block_once_an_epoch) {
  const detail::Minibatches batches{{.space = {}, .train_size = 11, .trials = 2}, 1, 3};
  ASSERT_EQ(batches.count(), 4U);
  std::vector<std::uint32_t> orders[2];
  for (std::uint32_t number = 0; number < 8; ++number)
    orders[number / 4].push_back(batches.block_at(number));
  for (const auto& order : orders) EXPECT_THAT(order, ::testing::UnorderedElementsAre(0, 1, 2, 3));
  EXPECT_EQ(batches.cells(1, 5), (model::CellRange{5, model::Split::train, 6, 12}));
  EXPECT_EQ(batches.cells(3, 0), (model::CellRange{0, model::Split::train, 18, 22}));
  EXPECT_EQ((detail::Minibatches{{.space = {}, .train_size = 0}, 1, 3}).count(), 0U);
}

constexpr std::uint32_t heat = 8;

StrategyOptions options_for_heats(std::uint32_t heats) {
  StrategyOptions options;
  options.kind = "gepa";
  options.candidates = heats * heat;
  options.iteration = heat;
  options.labeled = 2;
  return options;
}

TEST(Gepa, reflects_on_a_minibatch_with_a_mistake) {
  const TextWorld world{{.stages = 2, .failure_share = 0}};
  const WorldCourse course = run_world(world, {.strategy = options_for_heats(6)});
  std::set<std::string> parameters;
  std::set<std::uint32_t> shown;
  for (const model::TextRequest& request : course.requests) {
    EXPECT_EQ(request.kind, model::RequestKind::rewrite);
    EXPECT_EQ(request.observations.size(), 3U);
    parameters.insert(request.parameter);
    for (const model::Observation& seen : request.observations) shown.insert(seen.position);
    EXPECT_TRUE(std::ranges::any_of(request.observations, [](const model::Observation& seen) {
      return seen.status != CellStatus::ok && (seen.output.starts_with("not") || seen.score == 0);
    }));
  }
  EXPECT_EQ(parameters.size(), 2U);
  EXPECT_GT(shown.size(), world.options().train * 3 / 4);
}

TEST(Gepa, shows_correct_answers_where_there_are_no_mistakes) {
  StrategyOptions options = options_for_heats(2);
  options.success_threshold = 0;
  const TextWorld world{{.failure_share = 0}};
  const WorldCourse course = run_world(world, {.strategy = options});
  EXPECT_EQ(course.candidates.size(), 2 * heat);
  EXPECT_FALSE(course.requests.empty());
}

TEST(Gepa, has_several_parents_a_heat) {
  const TextWorld world{{.insight = 0.1}};
  const WorldCourse course = run_world(world, {.strategy = options_for_heats(3)});
  std::set<std::uint32_t> parents;
  for (std::uint32_t index = 2 * heat; index < 3 * heat; ++index)
    parents.insert(course.candidates[index].parent);
  EXPECT_GE(parents.size(), 2U);
}

TEST(Gepa, merges_what_was_found_for_different_stages) {
  const TextWorld world{{.stages = 3, .has_numbers = false, .failure_share = 0, .insight = 0.1}};
  const auto merges = [&world](std::uint32_t every) {
    StrategyOptions options = options_for_heats(10);
    options.merge_every = every;
    const WorldCourse course = run_world(world, {.strategy = options});
    return std::ranges::count_if(course.candidates, [](const Candidate& candidate) {
      return candidate.origin.starts_with("merge of");
    });
  };
  EXPECT_EQ(merges(0), 0);
  EXPECT_GE(merges(4), 4);
}

}  // namespace
}  // namespace foundation::optimize
