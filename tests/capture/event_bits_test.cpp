#include "capture/detail/event_bits.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace foundation::capture::detail {
namespace {

EventBits bits_of(std::uint64_t first, std::uint64_t end,
                  const std::vector<std::uint64_t>& numbers) {
  EventBits bits{trace::StreamExtent{.oldest = first, .published = end}};
  for (const std::uint64_t it : numbers) bits.set(it);
  bits.seal();
  return bits;
}

TEST(EventBits, finds_what_was_set_by_its_place) {
  const std::vector<std::uint64_t> numbers{1000, 1001, 1063, 1064, 5095, 5096, 5097, 99'999};
  const EventBits bits = bits_of(1000, 100'000, numbers);
  ASSERT_EQ(bits.count(), numbers.size());
  for (std::size_t n = 0; n < numbers.size(); ++n) EXPECT_EQ(bits.find(n), numbers[n]);
  EXPECT_TRUE(bits.test(5095));
  EXPECT_FALSE(bits.test(5094));
}

TEST(EventBits, finds_each_of_many) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < 30'000; i += i % 7 == 0 ? 600 : 1) numbers.push_back(i);
  const EventBits bits = bits_of(0, 30'001, numbers);
  ASSERT_EQ(bits.count(), numbers.size());
  for (std::size_t n = 0; n < numbers.size(); ++n) ASSERT_EQ(bits.find(n), numbers[n]);
}

TEST(EventBits, may_be_empty) {
  EXPECT_EQ(bits_of(7, 7, {}).count(), 0U);
  EXPECT_EQ(bits_of(7, 9000, {}).count(), 0U);
}

}  // namespace
}  // namespace foundation::capture::detail
