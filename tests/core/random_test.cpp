#include "core/random.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "core/detail/philox.hpp"

namespace foundation::core {
namespace {

using Words = std::array<std::uint32_t, 4>;

// Known answers distributed with the authors' Random123 library (kat_vectors).
TEST(Philox, gives_the_known_answers) {
  EXPECT_EQ(detail::philox({0, 0, 0, 0}, {0, 0}),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t ones = 0xffffffff;
  EXPECT_EQ(detail::philox({ones, ones, ones, ones}, {ones, ones}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      detail::philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
      (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Stream, is_a_function_of_its_key) {
  const auto first = [](Stream stream) { return stream.next(); };
  const std::uint64_t value = first(Stream{1, Purpose::sample, 2, 3, 4});
  EXPECT_EQ(value, first(Stream{1, Purpose::sample, 2, 3, 4}));
  EXPECT_NE(value, first(Stream{2, Purpose::sample, 2, 3, 4}));
  EXPECT_NE(value, first(Stream{1, Purpose::order, 2, 3, 4}));
  EXPECT_NE(value, first(Stream{1, Purpose::sample, 1, 3, 4}));
  EXPECT_NE(value, first(Stream{1, Purpose::sample, 2, 2, 4}));
  EXPECT_NE(value, first(Stream{1, Purpose::sample, 2, 3, 3}));
  EXPECT_NE(value, first(Stream{1ULL << 32, Purpose::sample, 2, 3, 4}));
}

// Every journalled trajectory depends on these numbers.
TEST(Stream, never_changes) {
  Stream stream{42, Purpose::bootstrap, 7};
  std::uint64_t mixed = 0;
  for (int i = 0; i < 1'000; ++i) mixed = mixed * 0x100000001b3U ^ stream.next();
  EXPECT_EQ(mixed, 45577108638259610U);
}

TEST(Stream, uniform_covers_the_unit_interval) {
  Stream stream{3, Purpose::simulate};
  double sum = 0;
  constexpr int draws = 100'000;
  for (int i = 0; i < draws; ++i) {
    const double value = stream.uniform();
    ASSERT_GE(value, 0);
    ASSERT_LT(value, 1);
    sum += value;
  }
  EXPECT_NEAR(sum / draws, 0.5, 0.005);  // five standard errors
}

TEST(Stream, below_is_even) {
  Stream stream{4, Purpose::simulate};
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts.at(stream.below(7));
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
  EXPECT_EQ(stream.below(1), 0U);
}

TEST(Stream, below_rejects_what_would_be_uneven) {
  Stream stream{5, Purpose::simulate};
  constexpr std::uint64_t bound = 3ULL << 62;  // a quarter of the draws must be rejected
  int upper = 0;
  constexpr int draws = 30'000;
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t value = stream.below(bound);
    ASSERT_LT(value, bound);
    upper += value >= (1ULL << 63) ? 1 : 0;
  }
  EXPECT_NEAR(upper, draws / 3, 500);
}

TEST(Stream, between_includes_both_ends) {
  Stream stream{6, Purpose::simulate};
  std::map<std::int64_t, int> counts;
  for (int i = 0; i < 3'000; ++i) ++counts[stream.between(-1, 1)];
  EXPECT_EQ(counts.size(), 3U);
  EXPECT_EQ(counts.begin()->first, -1);
  EXPECT_EQ(counts.rbegin()->first, 1);
  EXPECT_EQ(stream.between(5, 5), 5);
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  constexpr auto highest = std::numeric_limits<std::int64_t>::max();
  bool negative = false;
  bool positive = false;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t value = stream.between(lowest, highest);
    negative = negative || value < 0;
    positive = positive || value > 0;
  }
  EXPECT_TRUE(negative && positive);
}

TEST(Stream, shuffles_to_every_permutation_alike) {
  std::map<std::vector<int>, int> counts;
  Stream stream{7, Purpose::simulate};
  for (int i = 0; i < 24'000; ++i) {
    std::vector<int> items{0, 1, 2, 3};
    stream.shuffle(std::span{items});
    ++counts[items];
  }
  EXPECT_EQ(counts.size(), 24U);
  for (const auto& [items, count] : counts) EXPECT_NEAR(count, 1'000, 160);
}

TEST(Stream, chance_follows_its_probability) {
  Stream stream{8, Purpose::simulate};
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) hits += stream.chance(0.25) ? 1 : 0;
  EXPECT_NEAR(hits, 2'500, 220);
  EXPECT_FALSE(stream.chance(0));
  EXPECT_TRUE(stream.chance(1));
}

}  // namespace
}  // namespace foundation::core
