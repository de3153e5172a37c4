#include "cluster/registry.hpp"

#include <gtest/gtest.h>

#include "core/codec.hpp"
#include "core/random.hpp"

namespace foundation::cluster {
namespace {

constexpr core::Duration lease = std::chrono::seconds{10};

core::Time at(std::int64_t seconds) { return core::Time{seconds * 1'000'000'000}; }

Service worker(std::uint32_t rank, const std::string& node = "node1") {
  return {.name = "evaluation_worker/" + node + "/" + std::to_string(rank),
          .holder = rank,
          .node = node,
          .capabilities = {std::string{capability::optimization},
                           std::string{capability::program_evaluation}},
          .metadata = {{"status", "ready"}, {"worker_id", std::to_string(rank)}},
          .registered_at = 1};
}

Service plain(std::string name, std::uint32_t rank) {
  return {.name = std::move(name), .holder = rank, .node = "a", .capabilities = {}, .metadata = {}};
}

std::vector<std::string> names_of(const std::vector<Service>& services) {
  std::vector<std::string> names;
  for (const Service& service : services) names.push_back(service.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(Registry, an_entry_is_there_once_add_has_returned) {
  Registry registry{lease};
  ASSERT_TRUE(registry.add(worker(3), at(0)));
  const Service* found = registry.find("evaluation_worker/node1/3");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->holder, 3U);
  EXPECT_EQ(registry.discover({.name = found->name, .capabilities = {}, .metadata = {}}).size(),
            1U);
}

TEST(Registry, a_name_has_one_holder) {
  Registry registry{lease};
  Service first = plain("optimization_coordinator", 0);
  Service second = first;
  second.holder = 1;
  ASSERT_TRUE(registry.add(first, at(0)));
  EXPECT_FALSE(registry.add(second, at(0)));
  EXPECT_EQ(registry.find(first.name)->holder, 0U);
  first.metadata = {{"state", "draining"}};
  EXPECT_TRUE(registry.add(first, at(0)));  // its own again: replaced
  EXPECT_EQ(registry.find(first.name)->metadata, first.metadata);
  EXPECT_EQ(registry.size(), 1U);
  EXPECT_FALSE(registry.remove(first.name, 1));
  EXPECT_TRUE(registry.remove(first.name, 0));
  EXPECT_TRUE(registry.add(second, at(0)));
}

TEST(Registry, all_capabilities_and_metadata_must_match) {
  Registry registry{lease};
  ASSERT_TRUE(registry.add(worker(2), at(0)));
  ASSERT_TRUE(registry.add(worker(1), at(0)));
  Service coordinator = plain("coordinator", 0);
  coordinator.capabilities = {std::string{capability::optimization_coordinator}};
  ASSERT_TRUE(registry.add(coordinator, at(0)));
  const auto with = [&](Names capabilities, std::vector<Metadatum> metadata) {
    return names_of(registry.discover(
        {.name = {}, .capabilities = std::move(capabilities), .metadata = std::move(metadata)}));
  };
  const Names workers{"evaluation_worker/node1/1", "evaluation_worker/node1/2"};
  EXPECT_EQ(with({"dspy_evaluation"}, {}), workers);
  EXPECT_EQ(with({"dspy_evaluation", "ai_optimization"}, {{"status", "ready"}}), workers);
  EXPECT_EQ(with({"dspy_evaluation", "optimization_coordinator"}, {}), Names{});
  EXPECT_EQ(with({"dspy_evaluation"}, {{"worker_id", "2"}}), (Names{"evaluation_worker/node1/2"}));
  EXPECT_EQ(with({}, {}).size(), 3U);
}

TEST(Registry, leases_end_unless_heartbeats_renew_them) {
  Registry registry{lease};
  ASSERT_TRUE(registry.add(worker(1), at(0)));
  ASSERT_TRUE(registry.add(worker(2), at(0)));
  registry.renew(1, at(6));
  EXPECT_TRUE(registry.expire(at(9)).empty());
  EXPECT_EQ(names_of(registry.expire(at(10))), (Names{"evaluation_worker/node1/2"}));
  registry.renew(2, at(11));  // too late: it is gone
  EXPECT_EQ(names_of(registry.expire(at(16))), (Names{"evaluation_worker/node1/1"}));
  EXPECT_EQ(registry.size(), 0U);
}

TEST(Registry, what_a_lost_rank_held_is_free_again) {
  Registry registry{lease};
  ASSERT_TRUE(registry.add(worker(1), at(0)));
  ASSERT_TRUE(registry.add(plain("node_monitor/a", 1), at(0)));
  ASSERT_TRUE(registry.add(worker(2), at(0)));
  EXPECT_EQ(names_of(registry.remove_holder(1)),
            (Names{"evaluation_worker/node1/1", "node_monitor/a"}));
  EXPECT_TRUE(registry.add(plain("node_monitor/a", 2), at(1)));
}

TEST(RegistryDelta, brings_any_older_copy_up_to_date) {
  core::Stream random{5, core::Purpose::simulate};
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random.below(limit));
  };
  Registry registry{lease};
  std::vector<RegistryCopy> copies(5);
  for (std::int64_t step = 0; step < 3000; ++step) {
    const std::uint32_t rank = below(12);
    switch (below(5)) {
      case 0: registry.remove_holder(rank); break;
      case 1: registry.expire(at(step)); break;
      default: static_cast<void>(registry.add(worker(rank), at(step)));
    }
    for (std::size_t i = 0; i < copies.size(); ++i) {
      if (below(static_cast<std::uint32_t>(1 + 40 * i)) != 0) continue;
      core::Encoder encoder;
      encoder << registry.delta(copies[i].version());
      RegistryDelta received;
      core::Decoder decoder{encoder.bytes()};
      decoder >> received;
      decoder.finish();
      copies[i].apply(received);
      ASSERT_EQ(copies[i].discover({}), registry.discover({})) << "step " << step;
    }
  }
  EXPECT_GT(registry.version(), 2000U);
}

TEST(RegistryDelta, is_the_whole_table_for_a_copy_from_long_ago) {
  Registry registry{lease};
  RegistryCopy copy;
  ASSERT_TRUE(registry.add(plain("stays", 1), at(0)));
  ASSERT_TRUE(registry.add(plain("goes", 1), at(0)));
  copy.apply(registry.delta(0));
  ASSERT_TRUE(registry.remove("goes", 1));
  for (int i = 0; i < 5000; ++i) {
    ASSERT_TRUE(registry.add(plain("brief", 2), at(0)));
    ASSERT_TRUE(registry.remove("brief", 2));
  }
  const RegistryDelta delta = registry.delta(copy.version());
  EXPECT_TRUE(delta.from_nothing);
  copy.apply(delta);
  EXPECT_EQ(names_of(copy.discover({})), (Names{"stays"}));
  copy.apply({.version = 1, .from_nothing = true, .present = {}, .removed = {}});  // came late
  EXPECT_EQ(copy.discover({}).size(), 1U);
}

}  // namespace
}  // namespace foundation::cluster
