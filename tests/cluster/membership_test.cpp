#include "cluster/membership.hpp"

#include <gtest/gtest.h>

namespace foundation::cluster {
namespace {

constexpr core::Duration lease = std::chrono::seconds{10};

core::Time at(std::int64_t seconds) { return core::Time{seconds * 1'000'000'000}; }

/// Ranks 0 and 1 on node a, 2 and 3 on node b.
Membership two_nodes() {
  Membership members{lease};
  for (std::uint32_t rank = 0; rank < 4; ++rank) {
    const std::string node = rank < 2 ? "a" : "b";
    members.join(rank, node, at(0), 7);
    EXPECT_TRUE(members.offer({.name = "worker/" + std::to_string(rank),
                               .holder = rank,
                               .node = node,
                               .capabilities = {},
                               .metadata = {}},
                              at(0)));
  }
  (void)members.take_changes(0);
  return members;
}

std::uint32_t holder(const Membership& members, std::string_view name) {
  const Service* service = members.registry().find(name);
  return service == nullptr ? 99 : service->holder;
}

TEST(Membership, roles_are_services) {
  const Membership members = two_nodes();
  EXPECT_EQ(holder(members, "coordinator"), 0U);
  EXPECT_EQ(holder(members, "publisher"), 0U);
  EXPECT_EQ(holder(members, "node_sampler/a"), 0U);
  const Service* sampler = members.registry().find("node_sampler/b");
  ASSERT_NE(sampler, nullptr);
  EXPECT_EQ(*sampler, (Service{.name = "node_sampler/b",
                               .holder = 2,
                               .node = "b",
                               .capabilities = {"node_sampling"},
                               .metadata = {},
                               .registered_at = 7}));
}

TEST(Membership, a_lost_rank_takes_its_entries_along_and_hands_its_roles_on) {
  Membership members = two_nodes();
  const auto changes = members.leave(2, at(1), 8);
  EXPECT_EQ(changes, (std::vector<RoleChange>{{{"node_sampler", "b"}, 2U, 3U}}));
  const RegistryChanges news = members.take_changes(8);
  EXPECT_EQ(news.ended, (std::vector<std::string>{"worker/2"}));
  ASSERT_EQ(news.present.size(), 1U);
  EXPECT_EQ(news.present[0].name, "node_sampler/b");
  EXPECT_EQ(news.present[0].holder, 3U);
  EXPECT_EQ(members.leave(3, at(1), 9).front().to, std::nullopt);
  EXPECT_EQ(holder(members, "node_sampler/b"), 99U);
}

TEST(Membership, who_is_silent_for_longer_than_its_lease_has_left) {
  Membership members = two_nodes();
  const auto heard_at = [](std::uint32_t rank) { return rank == 2 ? at(4) : at(9); };
  EXPECT_TRUE(members.renew(heard_at, at(13), 0).empty());
  EXPECT_TRUE(members.take_changes(0).empty());
  EXPECT_EQ(members.renew(heard_at, at(14), 0),
            (std::vector<RoleChange>{{{"node_sampler", "b"}, 2U, 3U}}));
  EXPECT_EQ(members.take_changes(0).ended, (std::vector<std::string>{"worker/2"}));
}

}  // namespace
}  // namespace foundation::cluster
