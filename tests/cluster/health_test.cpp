#include "cluster/health.hpp"

#include <gtest/gtest.h>

namespace foundation::cluster {
namespace {

constexpr core::WallLabel now = 1'000'000'000'000;
constexpr core::WallLabel second = 1'000'000'000;

NodeFacts healthy_node(std::string name) {
  NodeSample sample;
  sample.node = name;
  sample.at = now;
  sample.cores = 8;
  sample.load = 8.0;
  sample.memory_bytes = std::uint64_t{16} << 30;
  sample.memory_available_bytes = std::uint64_t{8} << 30;
  return {.node = std::move(name),
          .workers = 1,
          .slots = 8,
          .last_seen = now - 3 * second,
          .latest = sample};
}

HealthReport assess(std::vector<NodeFacts> nodes, std::uint32_t expected = 0) {
  HealthInput input;
  input.expected_nodes = expected;
  input.nodes = std::move(nodes);
  input.at = now;
  return assess_health(std::move(input));
}

TEST(Health, of_quiet_nodes_is_good_and_needs_no_advice) {
  const auto report = assess({healthy_node("b"), healthy_node("a")});
  EXPECT_EQ(report.overall, OverallStatus::healthy);
  EXPECT_EQ(report.expected_nodes, 2U);
  EXPECT_EQ(report.healthy_nodes, 2U);
  EXPECT_EQ(report.nodes[0].facts.node, "a");
  EXPECT_EQ(report.nodes[0].load_of_others, 0.0);
  EXPECT_EQ(report.nodes[0].memory_used_percent, 50.0);
  EXPECT_EQ(report.recommendations, std::vector<std::string>{});
  EXPECT_EQ(report.channels, std::nullopt);
}

TEST(Health, overall_goes_by_expected_and_healthy_nodes) {
  EXPECT_EQ(assess({healthy_node("a")}, 2).overall, OverallStatus::degraded);
  EXPECT_EQ(assess({healthy_node("a")}, 3).overall, OverallStatus::critical);
  EXPECT_EQ(assess({healthy_node("a"), healthy_node("b")}, 3).overall, OverallStatus::degraded);
  EXPECT_EQ(assess({healthy_node("a")}, 3).recommendations,
            (std::vector<std::string>{"2 of 3 nodes have never been heard of"}));
}

TEST(Health, says_who_is_silent_lost_or_never_came) {
  NodeFacts silent = healthy_node("a");
  silent.last_seen = now - 35 * second;
  NodeFacts lost = healthy_node("b");
  lost.workers = 0;
  lost.workers_lost = 2;
  NodeFacts never{.node = "c", .last_seen = {}, .latest = {}};
  NodeFacts short_job{.node = "d", .workers = 1, .slots = 1, .last_seen = now, .latest = {}};
  const auto report = assess({silent, lost, never, short_job});
  EXPECT_EQ(report.nodes[0].status, NodeStatus::silent);
  EXPECT_EQ(report.nodes[1].status, NodeStatus::lost);
  EXPECT_EQ(report.nodes[2].status, NodeStatus::unknown);
  EXPECT_EQ(report.nodes[3].status, NodeStatus::healthy);
  EXPECT_EQ(report.overall, OverallStatus::critical);
  EXPECT_EQ(report.recommendations,
            (std::vector<std::string>{
                "a: not heard of for 35s: check that it is up and reachable",
                "b: all 2 workers are lost: look into its system log, or leave it out of the "
                "next start",
                "c: no worker has registered there: check that the launcher reaches it"}));
}

TEST(Health, advice_names_values) {
  NodeFacts crowded = healthy_node("a");
  crowded.latest->load = 15.5;
  NodeFacts full = healthy_node("b");
  full.latest->memory_available_bytes = std::uint64_t{1} << 30;
  full.latest->pressure.memory = 31.4;
  NodeFacts oversubscribed = healthy_node("c");
  oversubscribed.slots = 16;
  EXPECT_EQ(
      assess({crowded, full, oversubscribed}).recommendations,
      (std::vector<std::string>{
          "a: a load of 7.5 beyond our 8 slots on 8 cores: others compute there; fewer slots or "
          "another node",
          "b: 1.0 GiB of 16.0 GiB memory left: say what a cell takes in "
          "program.resources.memory, so that fewer run at a time",
          "b: tasks wait for memory 31 % of the time",
          "c: 16 slots share 8 cores: fine for programs that wait, else lower execution.slots"}));
}

TEST(Health, what_was_not_measured_is_not_judged) {
  NodeFacts node = healthy_node("a");
  node.latest->load.reset();
  node.latest->memory_available_bytes.reset();
  const auto report = assess({node});
  EXPECT_EQ(report.nodes[0].load_of_others, std::nullopt);
  EXPECT_EQ(report.nodes[0].memory_used_percent, std::nullopt);
  EXPECT_TRUE(report.recommendations.empty());
}

}  // namespace
}  // namespace foundation::cluster
