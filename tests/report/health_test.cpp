#include "report/health.hpp"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/report/sample_run.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::sample_start;
using testing::ScopedFolder;

class RunHealth : public ::testing::Test {
 protected:
  RunView view_of(const testing::SampleOptions& options) {
    testing::write_sample_run(folder_.path(), options);
    return read_run_view(journal::PosixDisk{folder_.path()});
  }
  ScopedFolder folder_{"report_health"};
};

TEST_F(RunHealth, facts_are_kept_by_session) {
  const auto nodes = node_facts(view_of({}));
  ASSERT_EQ(nodes.size(), 2U);
  const cluster::NodeFacts& first = nodes.at({1, "node1"});
  EXPECT_EQ(first.workers, 1U);
  ASSERT_EQ(first.lost.size(), 1U);
  EXPECT_EQ(first.lost[0].rank, 2U);
  EXPECT_EQ(first.lost[0].reason, "connection lost");
  EXPECT_EQ(first.placed->slots, 8U);
  EXPECT_EQ(first.slots, 2U);
  EXPECT_GT(first.last_seen, first.latest->at);  // results came after the sample
  EXPECT_EQ(first.round_trip, std::chrono::microseconds{80});
  EXPECT_EQ(nodes.at({2, "node2"}).workers, 2U);
}

TEST_F(RunHealth, is_that_of_the_last_session_at_its_end) {
  const auto health = run_health(view_of({}), false, sample_start * 2);
  EXPECT_EQ(health.overall, cluster::OverallStatus::healthy);
  ASSERT_EQ(health.nodes.size(), 1U);
  EXPECT_EQ(health.nodes[0].facts.node, "node2");
  EXPECT_EQ(health.nodes[0].facts.slots, 4U);
  EXPECT_LT(health.checked_at, sample_start * 2);
}

TEST_F(RunHealth, of_a_run_at_work_notices_silence) {
  const auto health = run_health(view_of({}), true, sample_start * 2);
  EXPECT_EQ(health.overall, cluster::OverallStatus::critical);
  EXPECT_EQ(health.nodes[0].status, cluster::NodeStatus::silent);
  EXPECT_THAT(describe(health, "run"), HasSubstr("node2: not heard of for"));
}

TEST_F(RunHealth, shows_what_was_measured_and_nothing_else) {
  const auto health = run_health(view_of({}), false, 0);
  const std::string text = describe(health, "a\x1b[2Jrun");
  EXPECT_THAT(text, HasSubstr("healthy, 1 of 1 nodes healthy"));
  EXPECT_THAT(text, HasSubstr("node2"));
  EXPECT_THAT(text, HasSubstr("88"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  const auto json = nlohmann::json::parse(to_json(health, "run"));
  EXPECT_EQ(json["overall"], "healthy");
  EXPECT_EQ(json["nodes"][0]["sample"]["cpu_percent"], 87.5);
  EXPECT_TRUE(json["nodes"][0]["sample"]["load"].is_null());
  EXPECT_TRUE(json["nodes"][0]["sample"]["memory_bytes"].is_null());
  EXPECT_EQ(json["nodes"][0]["ping_time_us"], 80);
  EXPECT_EQ(json["performance"]["message_latency_us"], 40);
  EXPECT_EQ(json["performance"]["messages_per_second"], 15) << "30 in the two seconds it took";
  EXPECT_NEAR(json["performance"]["failed_percent"], 100.0 * 11 / 180, 1e-9);
  EXPECT_TRUE(json["performance"]["memory_used_percent"].is_null());
  EXPECT_THAT(text, HasSubstr("15 messages/s, latency 40us"));
}

TEST_F(RunHealth, of_a_node_that_has_lost_a_rank_is_degraded_and_names_it) {
  const RunView view = view_of({.resumed = false});
  const auto health = run_health(view, false, 0);
  EXPECT_EQ(health.overall, cluster::OverallStatus::degraded);
  EXPECT_THAT(describe(health, "run"), HasSubstr("node1: rank 2 is lost: connection lost"));
  const auto json = nlohmann::json::parse(to_json(health, "run"));
  EXPECT_EQ(json["schema"], "foundation.health");
  EXPECT_EQ(json["connected_nodes"], 1);
  EXPECT_EQ(json["nodes"][0]["lost"][0]["rank"], 2);
  EXPECT_EQ(json["nodes"][0]["at_start"]["gpus"].size(), 2U);
  EXPECT_EQ(json["nodes"][0]["at_start"]["note"], "max_workers = 8 in all");
}

TEST_F(RunHealth, services_end_with_their_rank_or_session) {
  const RunView view = view_of({.resumed = false});
  const auto services = live_services(view);
  ASSERT_EQ(services.size(), 1U);
  EXPECT_EQ(services[0].name, "worker/1");
  EXPECT_EQ(view.services.size(), 2U);
  EXPECT_THAT(describe(services, "run"), HasSubstr("dspy_evaluation slots=2"));
  EXPECT_EQ(with_capabilities(services, std::vector<std::string>{"dspy_evaluation"}), services);
  EXPECT_TRUE(with_capabilities(services, std::vector<std::string>{"journal"}).empty());
  const auto json = nlohmann::json::parse(to_json(services, "run"));
  EXPECT_EQ(json["services"][0]["metadata"]["slots"], "2");
}

TEST_F(RunHealth, services_of_earlier_sessions_are_over) {
  EXPECT_TRUE(live_services(view_of({})).empty());
}

TEST(RunHealthOfNothing, is_empty) {
  const auto health = run_health(RunView{}, false, 0);
  EXPECT_EQ(health.expected_nodes, 0U);
  EXPECT_TRUE(health.nodes.empty());
}

}  // namespace
}  // namespace foundation::report
