#include "cluster/roles.hpp"

#include <gtest/gtest.h>

namespace foundation::cluster {
namespace {

using Changes = std::vector<RoleChange>;

Roles two_nodes() {
  Roles roles;
  roles.announce("coordinator", RoleScope::job);
  roles.announce("node_monitor", RoleScope::node);
  for (const std::uint32_t rank : {0U, 1U}) roles.rank_joined(rank, "a");
  for (const std::uint32_t rank : {2U, 3U}) roles.rank_joined(rank, "b");
  return roles;
}

TEST(Roles, the_lowest_rank_of_job_or_node_holds_them) {
  const Roles roles = two_nodes();
  EXPECT_EQ(roles.holder("coordinator"), 0U);
  EXPECT_EQ(roles.holder("node_monitor", "a"), 0U);
  EXPECT_EQ(roles.holder("node_monitor", "b"), 2U);
  EXPECT_EQ(roles.holder("node_monitor", "c"), std::nullopt);
  EXPECT_EQ(roles.holder("nobody"), std::nullopt);
}

TEST(Roles, go_to_the_next_rank_when_the_holder_is_lost) {
  Roles roles = two_nodes();
  EXPECT_EQ(roles.rank_lost(3), Changes{});
  EXPECT_EQ(roles.rank_lost(0),
            (Changes{{{"coordinator", ""}, 0U, 1U}, {{"node_monitor", "a"}, 0U, 1U}}));
  EXPECT_EQ(roles.rank_lost(2), (Changes{{{"node_monitor", "b"}, 2U, std::nullopt}}));
  EXPECT_EQ(roles.rank_lost(2), Changes{});
  EXPECT_EQ(roles.rank_joined(7, "b"), (Changes{{{"node_monitor", "b"}, std::nullopt, 7U}}));
}

TEST(Roles, a_lower_rank_that_comes_later_takes_nothing_away) {
  Roles roles;
  roles.announce("coordinator", RoleScope::job);
  EXPECT_EQ(roles.rank_joined(4, "a"), (Changes{{{"coordinator", ""}, std::nullopt, 4U}}));
  EXPECT_EQ(roles.rank_joined(1, "a"), Changes{});
  EXPECT_EQ(roles.rank_joined(4, "a"), Changes{});
  EXPECT_EQ(roles.holder("coordinator"), 4U);
}

TEST(Roles, announced_late_are_filled_at_once) {
  Roles roles = two_nodes();
  EXPECT_EQ(roles.announce("drainer", RoleScope::node),
            (Changes{{{"drainer", "a"}, std::nullopt, 0U}, {{"drainer", "b"}, std::nullopt, 2U}}));
  EXPECT_EQ(roles.announce("drainer", RoleScope::node), Changes{});
}

TEST(Roles, know_where_their_ranks_are) {
  Roles roles = two_nodes();
  EXPECT_EQ(roles.rank_joined(2, "c"), Changes{});  // it stays where it was
  EXPECT_EQ(roles.node_of(2), "b");
  EXPECT_EQ(roles.node_of(9), "");
}

}  // namespace
}  // namespace foundation::cluster
