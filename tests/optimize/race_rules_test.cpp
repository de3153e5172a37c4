#include <algorithm>
#include <functional>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "optimize/race_rule.hpp"

namespace foundation::optimize {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

RaceSetting setting(Racing racing, std::uint32_t examples = 100) {
  RaceSetting result;
  result.options.racing = racing;
  result.options.heat = 4;
  result.examples = examples;
  return result;
}

/// A runner that gets every example right but `mistakes` of the first ones, from `first` on.
Runner runner(model::CandidateIndex candidate, std::uint32_t cells, std::uint32_t mistakes,
              std::uint32_t first = 0) {
  Runner result{{candidate, 1.0 - static_cast<double>(mistakes) / cells, true},
                std::vector<double>(cells, 1.0)};
  for (std::uint32_t i = first; i < first + mistakes; ++i) result.gains[i] = 0;
  return result;
}

std::vector<bool> who_goes_on(const std::vector<Verdict>& verdicts) {
  std::vector<bool> result;
  for (const Verdict& it : verdicts) result.push_back(it.goes_on);
  return result;
}

TEST(Halving, looks_at_places_alone) {
  const auto rule = make_race_rule(setting(Racing::halving));
  const std::vector<Runner> members{runner(2, 10, 1), runner(0, 10, 1), runner(1, 10, 1)};
  EXPECT_THAT(who_goes_on(rule->judge({.heat_size = 3, .members = members})),
              ElementsAre(true, true, false));
}

TEST(Asha, keeps_the_best_share_of_who_came_before) {
  const auto rule = make_race_rule(setting(Racing::asha));
  EXPECT_EQ(rule->awaits(), Awaits::same_rung);
  std::vector<bool> kept;
  std::vector<std::uint32_t> ranks;
  for (const std::uint32_t mistakes : {5U, 6U, 4U, 4U, 1U, 9U}) {
    const std::vector<Runner> alone{runner(static_cast<std::uint32_t>(kept.size()), 10, mistakes)};
    const Verdict verdict = rule->judge({.heat_size = 1, .members = alone}).front();
    kept.push_back(verdict.goes_on);
    ranks.push_back(verdict.rank);
  }
  EXPECT_THAT(kept, ElementsAre(true, false, true, true, true, false));
  EXPECT_THAT(ranks, ElementsAre(0, 1, 0, 1, 0, 5));
}

TEST(Asha, has_a_ranking_at_each_rung) {
  const auto rule = make_race_rule(setting(Racing::asha));
  const std::vector<Runner> good{runner(0, 10, 0)};
  const std::vector<Runner> bad{runner(1, 10, 9)};
  EXPECT_TRUE(rule->judge({.rung = 0, .heat_size = 1, .members = good}).front().goes_on);
  EXPECT_TRUE(rule->judge({.rung = 1, .heat_size = 1, .members = bad}).front().goes_on);
}

TEST(Paired, stops_clear_losers_and_no_near_ties) {
  const auto rule = make_race_rule(setting(Racing::paired));
  const std::vector<Runner> members{runner(3, 50, 0), runner(1, 50, 1), runner(0, 50, 2, 9),
                                    runner(2, 50, 25)};
  EXPECT_THAT(who_goes_on(rule->judge({.heat_size = 4, .members = members})),
              ElementsAre(true, true, true, false));
}

TEST(Paired, lets_nobody_be_stopped_who_has_stopped_another) {
  const auto rule = make_race_rule(setting(Racing::paired));
  const std::vector<Runner> first{runner(0, 40, 0), runner(1, 40, 30)};
  EXPECT_THAT(who_goes_on(rule->judge({.heat_size = 3, .members = first})),
              ElementsAre(true, false));
  const std::vector<Runner> then{runner(2, 80, 0), runner(0, 80, 40, 40)};
  EXPECT_THAT(who_goes_on(rule->judge({.rung = 1, .heat_size = 3, .members = then})),
              ElementsAre(true, true));
}

TEST(Paired, compares_with_the_best_complete_candidate) {
  const auto rule = make_race_rule(setting(Racing::paired));
  EXPECT_TRUE(rule->veterans().empty());
  rule->heat_over(std::vector<Standing>{{1, 0.9, true}, {0, 0.5, true}});
  rule->heat_over(std::vector<Standing>{{5, 0.7, true}});
  ASSERT_THAT(rule->veterans(), ElementsAre(1));
  const std::vector<Runner> members{runner(8, 50, 25), runner(9, 50, 26)};
  const std::vector<Runner> veterans{runner(1, 50, 0)};
  EXPECT_THAT(who_goes_on(rule->judge(
                  {.heat_size = 4, .before = 8, .members = members, .veterans = veterans})),
              ElementsAre(false, false));
}

TEST(Paired, takes_weights_into_account) {
  RaceSetting weighted = setting(Racing::paired);
  weighted.scale.weights.assign(100, 1.0);
  for (std::uint32_t i = 0; i < 25; ++i) weighted.scale.weights[i] = 0;  // where the loser loses
  const std::vector<Runner> members{runner(0, 50, 0), runner(1, 50, 25)};
  EXPECT_THAT(who_goes_on(make_race_rule(weighted)->judge({.heat_size = 2, .members = members})),
              ElementsAre(true, true));
  EXPECT_THAT(
      who_goes_on(
          make_race_rule(setting(Racing::paired))->judge({.heat_size = 2, .members = members})),
      ElementsAre(true, false));
}

/// The promise of the whole race, on matrices whose order is drawn: the best is stopped only in
/// favour of one that is at most `margin` worse.
TEST(Paired, keeps_the_best_within_the_margin) {
  constexpr std::uint32_t examples = 200;
  constexpr int races = 400;
  RaceSetting loose = setting(Racing::paired, examples);
  loose.options.confidence = 0.8;
  loose.options.margin = 0.0;
  int wrong = 0;
  for (int race = 0; race < races; ++race) {
    std::vector<Runner> all;
    for (std::uint32_t candidate = 0; candidate < 4; ++candidate)
      all.push_back(runner(candidate, examples, 60 + candidate, 30 * candidate));
    std::vector<std::uint32_t> order(examples);
    for (std::uint32_t i = 0; i < examples; ++i) order[i] = i;
    core::Stream{static_cast<std::uint64_t>(race), core::Purpose::simulate}.shuffle(
        std::span{order});
    const auto rule = make_race_rule(loose);
    std::vector<std::uint32_t> alive{0, 1, 2, 3};
    for (std::uint32_t cells = 10; cells < examples; cells += 10) {
      std::vector<Runner> members;
      for (const std::uint32_t candidate : alive) {
        Runner& it = members.emplace_back();
        it.standing = {candidate, 0, true};
        for (std::uint32_t i = 0; i < cells; ++i) {
          it.gains.push_back(all[candidate].gains[order[i]]);
          it.standing.score += it.gains.back();
        }
      }
      std::ranges::stable_sort(members, std::ranges::greater{},
                               [](const Runner& it) { return it.standing.score; });
      const auto verdicts = rule->judge({.heat_size = 4, .members = members});
      for (std::size_t i = 0; i < members.size(); ++i)
        if (!verdicts[i].goes_on) std::erase(alive, members[i].standing.candidate);
    }
    if (alive.front() != 0) ++wrong;
  }
  EXPECT_LE(wrong, races / 5);
}

TEST(Friedman, stops_who_is_worse_in_ranks) {
  const auto rule = make_race_rule(setting(Racing::friedman));
  const std::vector<Runner> members{runner(0, 8, 0), runner(1, 8, 1), runner(2, 8, 8)};
  EXPECT_THAT(who_goes_on(rule->judge({.heat_size = 4, .members = members})),
              ElementsAre(true, true, false));
}

TEST(Friedman, begins_early_among_many) {
  for (const std::uint32_t many : {4U, 5U}) {
    std::vector<Runner> members;
    for (std::uint32_t i = 0; i + 1 < many; ++i) members.push_back(runner(i, 4, 0));
    members.push_back(runner(many - 1, 4, 4));
    const auto verdicts =
        make_race_rule(setting(Racing::friedman))->judge({.heat_size = many, .members = members});
    EXPECT_EQ(verdicts.back().goes_on, many == 4);
    EXPECT_TRUE(verdicts.front().goes_on);
  }
}

TEST(Friedman, compares_the_last_two_by_wilcoxon) {
  const auto rule = make_race_rule(setting(Racing::friedman));
  for (const std::uint32_t cells : {5U, 6U}) {
    const std::vector<Runner> members{runner(0, cells, 0), runner(1, cells, cells)};
    EXPECT_THAT(who_goes_on(rule->judge({.heat_size = 4, .members = members})),
                ElementsAre(true, cells == 5));
  }
}

TEST(Friedman, carries_elites_over) {
  const auto rule = make_race_rule(setting(Racing::friedman));
  rule->heat_over(std::vector<Standing>{{1, 0.9, true}, {0, 0.5, true}, {2, 0, false}});
  rule->heat_over(std::vector<Standing>{{5, 0.7, true}});
  EXPECT_THAT(rule->veterans(), ElementsAre(1, 5, 0));
  const std::vector<Runner> members{runner(8, 8, 8)};
  const std::vector<Runner> veterans{runner(1, 8, 0), runner(5, 8, 0)};
  EXPECT_THAT(who_goes_on(rule->judge({.heat_size = 1, .members = members, .veterans = veterans})),
              ElementsAre(false));
}

TEST(Rules, drop_candidates_without_a_score) {
  for (const Racing racing : {Racing::paired, Racing::friedman}) {
    std::vector<Runner> members{runner(0, 10, 0), runner(1, 10, 0)};
    members[1].standing.valid = false;
    EXPECT_THAT(
        who_goes_on(make_race_rule(setting(racing))->judge({.heat_size = 2, .members = members})),
        ElementsAre(true, false));
  }
}

TEST(Rules, refuse_metrics_whose_cells_tell_nothing) {
  const auto message = [](const RaceSetting& it) -> std::string {
    try {
      static_cast<void>(make_race_rule(it));
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
      return std::string{error.what()} + " | " + error.hint();
    }
    return "none";
  };
  RaceSetting unbounded = setting(Racing::paired);
  unbounded.scale.high = std::numeric_limits<double>::infinity();
  EXPECT_THAT(message(unbounded), HasSubstr("a lowest and a highest value"));
  unbounded.options.racing = Racing::friedman;
  EXPECT_EQ(message(unbounded), "none");
  for (const Racing racing : {Racing::paired, Racing::friedman}) {
    RaceSetting f1 = setting(racing);
    f1.scale.adds_up = false;
    EXPECT_THAT(message(f1),
                HasSubstr("not the mean of its cells' scores | use racing = \"halving\""));
  }
}

}  // namespace
}  // namespace foundation::optimize
