#include "model/positions.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

namespace foundation::model {
namespace {

TEST(Positions, are_distinct_and_inside) {
  core::Stream stream{1, core::Purpose::simulate};
  for (std::uint32_t population = 0; population < 40; ++population) {
    for (std::uint32_t count = 0; count <= population; ++count) {
      const auto drawn = draw_positions(stream, count, population);
      EXPECT_EQ(drawn.size(), count);
      EXPECT_EQ(std::set(drawn.begin(), drawn.end()).size(), count);
      for (const std::uint32_t position : drawn) EXPECT_LT(position, population);
    }
  }
}

TEST(Positions, every_ordered_selection_is_equally_likely) {
  core::Stream stream{2, core::Purpose::simulate};
  for (const std::uint32_t count : {2U, 3U}) {  // both ways of drawing
    std::map<std::vector<std::uint32_t>, int> counts;
    const std::size_t selections = count == 2 ? 20 : 60;
    for (std::size_t i = 0; i < selections * 1'000; ++i) ++counts[draw_positions(stream, count, 5)];
    EXPECT_EQ(counts.size(), selections);
    for (const auto& [drawn, times] : counts) EXPECT_NEAR(times, 1'000, 160);
  }
}

}  // namespace
}  // namespace foundation::model
