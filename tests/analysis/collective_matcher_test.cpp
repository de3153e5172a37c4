#include "analysis/collective_matcher.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace foundation::analysis {
namespace {

using trace::RegionRole;

class Collected final : public MatchSink {
 public:
  void call(const CallSpan& /*call*/) override {}
  void message(const Message& /*message*/) override {}
  void collective(const Collective& collective) override { collectives.push_back(collective); }
  std::vector<Collective> collectives;
};

class CollectiveMatcherTest : public ::testing::Test {
 protected:
  CollectiveMatcher::Handle begin(std::uint32_t process, RegionRole role = RegionRole::barrier,
                                  std::int32_t root = -1) {
    return matcher_.begin({.communicator = 1,
                           .members = 2,
                           .site = {.process = process},
                           .role = role,
                           .function = static_cast<std::uint32_t>(role),
                           .root = root,
                           .posted = 10});
  }
  void end(const CollectiveMatcher::Handle& handle, std::uint32_t process) {
    matcher_.end(handle, {.process = process}, 10, 20);
  }

  Collected sink_;
  CollectiveMatcher matcher_{sink_};
};

TEST_F(CollectiveMatcherTest, the_nth_call_of_each_member_belongs_to_the_nth_collective) {
  const auto early = begin(0);
  end(early, 0);
  const auto second_of_0 = begin(0, RegionRole::all_to_all);
  const auto first_of_1 = begin(1);
  EXPECT_TRUE(sink_.collectives.empty());
  end(first_of_1, 1);
  ASSERT_EQ(sink_.collectives.size(), 1U);
  const auto second_of_1 = begin(1, RegionRole::all_to_all);
  end(second_of_1, 1);
  end(second_of_0, 0);
  ASSERT_EQ(sink_.collectives.size(), 2U);
  for (const Collective& it : sink_.collectives) {
    EXPECT_TRUE(it.complete());
    EXPECT_TRUE(it.consistent);
  }
  EXPECT_EQ(sink_.collectives[1].number, 1U);
  EXPECT_EQ(sink_.collectives[1].role, RegionRole::all_to_all);
}

TEST_F(CollectiveMatcherTest, different_functions_or_roots_are_noticed) {
  end(begin(0, RegionRole::one_to_all, 0), 0);
  end(begin(1, RegionRole::one_to_all, 1), 1);
  end(begin(0, RegionRole::barrier), 0);
  end(begin(1, RegionRole::all_to_all), 1);
  ASSERT_EQ(sink_.collectives.size(), 2U);
  EXPECT_FALSE(sink_.collectives[0].consistent);
  EXPECT_FALSE(sink_.collectives[1].consistent);
}

TEST_F(CollectiveMatcherTest, what_never_ended_is_told_at_the_end) {
  end(begin(0), 0);
  begin(0);
  matcher_.finish();
  ASSERT_EQ(sink_.collectives.size(), 2U);
  EXPECT_FALSE(sink_.collectives[0].complete());
  EXPECT_EQ(sink_.collectives[0].parts[0].leave, 20);
  EXPECT_EQ(sink_.collectives[1].parts[0].leave, never);
}

}  // namespace
}  // namespace foundation::analysis
