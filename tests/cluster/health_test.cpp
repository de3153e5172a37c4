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
  NodeFacts facts;
  facts.node = std::move(name);
  facts.workers = 1;
  facts.slots = 8;
  facts.last_seen = now - 3 * second;
  facts.latest = sample;
  return facts;
}

/// A node of the plan that nobody has registered on.
NodeFacts planned_node(std::string name, std::uint32_t workers) {
  NodeFacts facts;
  facts.node = name;
  facts.placed.emplace();
  facts.placed->node = std::move(name);
  facts.placed->workers = workers;
  return facts;
}

HealthReport assess(std::vector<NodeFacts> nodes) {
  return assess_health({.nodes = std::move(nodes), .at = now});
}

TEST(Health, of_quiet_nodes_is_good_and_needs_no_advice) {
  const auto report = assess({healthy_node("b"), healthy_node("a")});
  EXPECT_EQ(report.overall, OverallStatus::healthy);
  EXPECT_EQ(report.expected_nodes, 2U);
  EXPECT_EQ(report.connected_nodes, 2U);
  EXPECT_EQ(report.healthy_nodes, 2U);
  EXPECT_EQ(report.workers, 2U);
  EXPECT_EQ(report.nodes[0].facts.node, "a");
  EXPECT_EQ(report.nodes[0].load_of_others, 0.0);
  EXPECT_EQ(report.nodes[0].memory_used_percent, 50.0);
  EXPECT_EQ(report.recommendations, std::vector<std::string>{});
}

TEST(Health, has_the_means_of_the_nodes_that_were_measured) {
  NodeFacts far = healthy_node("a");
  far.round_trip = std::chrono::microseconds{300};
  far.latest->memory_available_bytes = std::uint64_t{4} << 30;
  NodeFacts near = healthy_node("b");
  near.round_trip = std::chrono::microseconds{100};
  const auto report =
      assess_health({.nodes = {far, near, planned_node("c", 0)}, .failed_percent = 12, .at = now});
  EXPECT_EQ(report.performance.message_latency, std::chrono::microseconds{100});
  EXPECT_EQ(report.performance.memory_used_percent, 62.5);
  EXPECT_EQ(report.performance.messages_per_second, std::nullopt);
  ASSERT_EQ(report.recommendations.size(), 1U);
  EXPECT_TRUE(report.recommendations[0].starts_with("12 % of the evaluations failed"));
  EXPECT_EQ(assess({healthy_node("a")}).performance.message_latency, std::nullopt);
}

TEST(Health, overall_goes_by_expected_and_healthy_nodes) {
  const NodeFacts b = planned_node("b", 1);
  const NodeFacts c = planned_node("c", 1);
  EXPECT_EQ(assess({healthy_node("a"), b}).overall, OverallStatus::degraded);
  EXPECT_EQ(assess({healthy_node("a"), b, c}).overall, OverallStatus::critical);
  EXPECT_EQ(assess({healthy_node("a"), healthy_node("b"), c}).overall, OverallStatus::degraded);
}

TEST(Health, a_node_without_slots_is_not_expected_to_do_anything) {
  const auto report = assess({healthy_node("a"), planned_node("b", 0)});
  EXPECT_EQ(report.overall, OverallStatus::healthy);
  EXPECT_EQ(report.expected_nodes, 1U);
  EXPECT_EQ(report.nodes[1].status, NodeStatus::unused);
  EXPECT_EQ(report.recommendations, std::vector<std::string>{});
}

TEST(Health, lost_and_missing_workers_degrade_it_and_are_named) {
  NodeFacts one_lost = healthy_node("a");
  one_lost.lost.push_back({.rank = 3, .reason = "its process ended", .at = now});
  const auto lost = assess({one_lost});
  EXPECT_EQ(lost.overall, OverallStatus::degraded);
  EXPECT_EQ(lost.healthy_nodes, 1U);
  EXPECT_EQ(lost.workers_lost, 1U);
  EXPECT_EQ(lost.recommendations,
            (std::vector<std::string>{"a: rank 3 is lost: its process ended"}));
  NodeFacts one_missing = planned_node("b", 2);
  one_missing.workers = 1;
  const auto missing = assess({one_missing});
  EXPECT_EQ(missing.overall, OverallStatus::degraded);
  EXPECT_EQ(missing.workers_missing, 1U);
  EXPECT_EQ(missing.recommendations,
            (std::vector<std::string>{"b: 1 of 2 workers have not registered"}));
}

TEST(Health, many_nodes_are_looked_at_less_often) {
  EXPECT_EQ(sample_interval(1), std::chrono::seconds{5});
  EXPECT_EQ(sample_interval(100), std::chrono::seconds{5});
  EXPECT_EQ(sample_interval(1000), std::chrono::seconds{50});
}

TEST(Health, says_who_is_silent_lost_or_never_came) {
  NodeFacts silent = healthy_node("a");
  silent.last_seen = now - 35 * second;
  NodeFacts lost = healthy_node("b");
  lost.workers = 0;
  lost.lost = {{.rank = 4, .reason = "its connection is cut", .at = now}};
  NodeFacts short_job;
  short_job.node = "d";
  short_job.workers = short_job.slots = 1;
  short_job.last_seen = now;
  const auto report = assess({silent, lost, planned_node("c", 1), short_job});
  EXPECT_EQ(report.nodes[0].status, NodeStatus::silent);
  EXPECT_EQ(report.nodes[1].status, NodeStatus::lost);
  EXPECT_EQ(report.nodes[2].status, NodeStatus::unknown);
  EXPECT_EQ(report.nodes[3].status, NodeStatus::healthy);
  EXPECT_EQ(report.connected_nodes, 2U);
  EXPECT_EQ(report.overall, OverallStatus::critical);
  EXPECT_EQ(report.recommendations,
            (std::vector<std::string>{
                "a: not heard of for 35s: check that it is up and reachable",
                "b: nobody is left there: look into its system log, or leave it out of the next "
                "start",
                "b: rank 4 is lost: its connection is cut",
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
