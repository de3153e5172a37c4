#include "optimize/race.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/random.hpp"

namespace foundation::optimize {
namespace {

using testing::ElementsAre;

TEST(RaceSchedule, doubles_prefixes_up_to_the_whole_split) {
  const RaceSchedule schedule{{.heat = 16}, 100};
  EXPECT_THAT(schedule.prefixes(), ElementsAre(13, 25, 50, 100));
  EXPECT_EQ(schedule.heat_size(), 16U);
}

TEST(RaceSchedule, without_racing_has_one_rung) {
  const RaceSchedule schedule{{.racing = Racing::none, .heat = 16}, 100};
  EXPECT_THAT(schedule.prefixes(), ElementsAre(100));
  EXPECT_EQ(schedule.heat_size(), 1U);
  EXPECT_EQ(schedule.cost(1), 100U);
}

TEST(RaceSchedule, never_repeats_a_prefix) {
  for (std::uint32_t cells = 1; cells <= 40; ++cells) {
    const RaceSchedule schedule{{.first_rung = 0.01, .growth = 1.1}, cells};
    const auto& prefixes = schedule.prefixes();
    EXPECT_TRUE(std::ranges::is_sorted(prefixes, std::ranges::less_equal{}) ||
                prefixes.size() == 1);
    EXPECT_GE(prefixes.front(), 1U);
    EXPECT_EQ(prefixes.back(), cells);
  }
}

TEST(RaceSchedule, keeps_a_share_and_at_least_one) {
  EXPECT_EQ(kept_of(16, 0.5), 8U);
  EXPECT_EQ(kept_of(5, 0.5), 3U);
  EXPECT_EQ(kept_of(1, 0.5), 1U);
  EXPECT_EQ(kept_of(16, 0.01), 1U);
}

TEST(RaceSchedule, compares_cells_at_whole_examples) {
  const RaceSchedule paired{{.racing = Racing::paired, .first_rung = 0.3}, 60, 3};
  EXPECT_THAT(paired.prefixes(), ElementsAre(18, 36, 60));
  const RaceSchedule friedman{{.racing = Racing::friedman}, 2 * 24, 2};
  EXPECT_THAT(friedman.prefixes(), ElementsAre(6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32,
                                               34, 36, 38, 40, 44, 48));
}

TEST(RaceSchedule, charges_the_worst_case_where_scores_decide) {
  for (const Racing racing : {Racing::paired, Racing::asha, Racing::friedman}) {
    const RaceSchedule schedule{{.racing = racing, .heat = 4}, 80};
    EXPECT_TRUE(schedule.gives_back());
    EXPECT_EQ(schedule.cost(4), 4 * 80U);
  }
  EXPECT_FALSE((RaceSchedule{{.heat = 4}, 80}.gives_back()));
}

TEST(RaceSchedule, costs_what_each_rung_adds) {
  const RaceSchedule schedule{{.heat = 4}, 80};  // rungs 10, 20, 40, 80
  EXPECT_EQ(schedule.cost(0), 0U);
  EXPECT_EQ(schedule.cost(1), 80U);
  EXPECT_EQ(schedule.cost(4), 4 * 10 + 2 * 10 + 20 + 40);
  for (std::uint32_t members = 1; members < 16; ++members)
    EXPECT_GT(schedule.cost(members + 1), schedule.cost(members));
}

TEST(Rank, puts_the_best_first_and_equals_in_proposal_order) {
  std::vector<Standing> standings{
      {4, 0.5, true}, {1, 0.5, true}, {2, 0.9, true}, {0, 0, false}, {3, 0.1, true}};
  core::Stream stream{1, core::Purpose::simulate};
  for (int round = 0; round < 50; ++round) {
    stream.shuffle(std::span{standings});
    rank(standings, true);
    std::vector<std::uint32_t> order;
    for (const Standing& it : standings) order.push_back(it.candidate);
    EXPECT_THAT(order, ElementsAre(2, 1, 4, 3, 0));
    rank(standings, false);
    order.clear();
    for (const Standing& it : standings) order.push_back(it.candidate);
    EXPECT_THAT(order, ElementsAre(3, 1, 4, 2, 0));
  }
}

}  // namespace
}  // namespace foundation::optimize
