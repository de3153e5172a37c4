#include "cluster/registry.hpp"

#include <map>

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

using Names = std::vector<std::string>;

TEST(Registry, an_entry_is_there_once_add_has_returned) {
  Registry registry{lease};
  ASSERT_TRUE(registry.add(worker(3), at(0)));
  const Service* found = registry.find("evaluation_worker/node1/3");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->holder, 3U);
  EXPECT_EQ(registry.find("evaluation_worker/node1/4"), nullptr);
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
  registry.remove_holder(0);
  EXPECT_TRUE(registry.add(second, at(0)));
}

TEST(Registry, all_capabilities_must_match) {
  const Service service = worker(1);
  EXPECT_TRUE(has_capabilities(service, {}));
  EXPECT_TRUE(has_capabilities(service, Names{"dspy_evaluation", "ai_optimization"}));
  EXPECT_FALSE(has_capabilities(service, Names{"dspy_evaluation", "optimization_coordinator"}));
}

TEST(Registry, leases_end_unless_signs_of_life_renew_them) {
  using Ranks = std::vector<std::uint32_t>;
  Registry registry{lease};
  ASSERT_TRUE(registry.add(worker(1), at(0)));
  ASSERT_TRUE(registry.add(worker(2), at(0)));
  registry.renew(1, at(6));
  registry.renew(1, at(3));  // an older sign takes nothing away
  EXPECT_EQ(registry.expire(at(9)), Ranks{});
  EXPECT_EQ(registry.expire(at(10)), Ranks{2});
  registry.renew(2, at(11));  // too late: it is gone
  EXPECT_EQ(registry.holders(), Ranks{1});
  EXPECT_EQ(registry.expire(at(16)), Ranks{1});
  EXPECT_EQ(registry.size(), 0U);
}

TEST(Registry, what_a_lost_rank_held_is_free_again) {
  Registry registry{lease};
  ASSERT_TRUE(registry.add(worker(1), at(0)));
  ASSERT_TRUE(registry.add(plain("node_monitor/a", 1), at(0)));
  ASSERT_TRUE(registry.add(worker(2), at(0)));
  registry.remove_holder(1);
  EXPECT_EQ(registry.size(), 1U);
  EXPECT_TRUE(registry.add(plain("node_monitor/a", 2), at(1)));
}

/// Services by name, as a reader of the journal has them.
using Copy = std::map<std::string, Service>;

void take_in(const RegistryChanges& changes, Copy& copy) {
  for (const std::string& name : changes.ended) copy.erase(name);
  for (const Service& service : changes.present) copy[service.name] = service;
}

TEST(RegistryChanges, keep_any_reader_up_to_date) {
  core::Stream random{5, core::Purpose::simulate};
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random.below(limit));
  };
  Registry registry{lease};
  Copy copy;
  for (std::int64_t step = 0; step < 3000; ++step) {
    const std::uint32_t rank = below(12);
    switch (below(5)) {
      case 0: registry.remove_holder(rank); break;
      case 1: registry.expire(at(step)); break;
      default: static_cast<void>(registry.add(worker(rank), at(step)));
    }
    if (below(3) != 0) continue;
    core::Encoder encoder;
    encoder << registry.take_changes(step);
    RegistryChanges received;
    core::Decoder decoder{encoder.bytes()};
    decoder >> received;
    decoder.finish();
    EXPECT_EQ(received.at, step);
    take_in(received, copy);
    ASSERT_EQ(copy.size(), registry.size()) << "step " << step;
    for (const auto& [name, service] : copy) ASSERT_EQ(*registry.find(name), service);
    ASSERT_TRUE(registry.take_changes(step).empty());
  }
}

}  // namespace
}  // namespace foundation::cluster
