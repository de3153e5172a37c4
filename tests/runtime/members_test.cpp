#include "runtime/members.hpp"

#include <map>

#include <gtest/gtest.h>

#include "tests/campaign/harness.hpp"

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;
using campaign::Harness;
using campaign::RecordKind;
using Names = std::vector<std::string>;

/// Rank 0 on node a, 2 and 3 on node b.
class MembersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    run_.start();
    members_.begin(*run_.coordinator, run_.now());
  }
  static Members::Options options() {
    return {.placement = {.nodes = {{.node = "a", .cores = 2, .gpus = {}, .note = {}},
                                    {.node = "b", .cores = 8, .gpus = {}, .note = {}}},
                          .at = 1},
            .services = {{.name = "journal", .node = "a", .capabilities = {}, .metadata = {}}},
            .lease = 10s};
  }
  Members::Posts join(std::uint32_t rank, const std::string& host) {
    const campaign::WorkerRecord worker{
        .worker = rank, .host = host, .pid = 7, .slots = 3, .reason = {}};
    return members_.joined(worker, *run_.coordinator, run_.now());
  }
  Members::Posts tick(core::Time heard_at) {
    const auto one_far_rank = [](std::uint32_t rank) {
      return rank == 2 ? std::optional<core::Duration>{80us} : std::nullopt;
    };
    const Members::Contact contact{.heard_at = [heard_at](std::uint32_t) { return heard_at; },
                                   .round_trip = one_far_rank,
                                   .received = 10,
                                   .sent = 20};
    return members_.tick(contact, *run_.coordinator, run_.now());
  }
  /// Payloads of the journal's records of a kind.
  template <class Record>
  std::vector<Record> journalled(RecordKind kind) {
    run_.pass(100ms);
    run_.sync();
    std::vector<Record> records;
    journal::read_log(run_.disk, [&](const journal::Record& record) {
      if (static_cast<RecordKind>(record.type) == kind)
        records.push_back(campaign::decode<Record>(record.payload));
    });
    return records;
  }
  /// Names of the services that are there by the journal.
  Names services() {
    std::map<std::string, cluster::Service> there;
    for (const auto& changes : journalled<cluster::RegistryChanges>(RecordKind::registry)) {
      for (const std::string& name : changes.ended) there.erase(name);
      for (const cluster::Service& service : changes.present) there[service.name] = service;
    }
    Names names;
    for (const auto& [name, service] : there) names.push_back(name);
    return names;
  }

  foundation::testing::MemoryStorage storage_;
  Harness run_{campaign::small_job(), storage_};
  Members members_{options()};
};

TEST_F(MembersTest, begin_with_the_nodes_and_with_what_rank_0_is) {
  const auto placements = journalled<cluster::Placement>(RecordKind::placement);
  ASSERT_EQ(placements.size(), 1U);
  EXPECT_EQ(placements[0].nodes.at(1).node, "b");
  EXPECT_EQ(services(), (Names{"coordinator", "journal", "node_sampler/a", "publisher"}));
}

TEST_F(MembersTest, the_first_rank_of_another_node_is_told_to_sample_it) {
  EXPECT_TRUE(join(0, "a").empty());  // rank 0 does it itself
  const auto posts = join(2, "b");
  ASSERT_EQ(posts.size(), 1U);
  EXPECT_EQ(posts[0].worker, 2U);
  EXPECT_EQ(posts[0].order.cores, 8U);
  EXPECT_EQ(posts[0].order.interval, 5s);
  EXPECT_TRUE(join(3, "b").empty());
  EXPECT_EQ(services(), (Names{"coordinator", "evaluation_worker/a/0", "evaluation_worker/b/2",
                               "evaluation_worker/b/3", "journal", "node_sampler/a",
                               "node_sampler/b", "publisher"}));
}

TEST_F(MembersTest, the_next_rank_takes_over_from_a_lost_one) {
  (void)join(2, "b");
  (void)join(3, "b");
  const auto posts = members_.left(2, *run_.coordinator, run_.now());
  ASSERT_EQ(posts.size(), 1U);
  EXPECT_EQ(posts[0].worker, 3U);
  EXPECT_TRUE(members_.left(3, *run_.coordinator, run_.now()).empty());
  EXPECT_EQ(services(), (Names{"coordinator", "journal", "node_sampler/a", "publisher"}));
}

TEST_F(MembersTest, leases_end_with_silence) {
  (void)join(2, "b");
  const core::Time joined = run_.now().time;
  run_.time = joined + 9s;
  EXPECT_TRUE(tick(run_.time).empty());
  run_.time = joined + 18s;
  EXPECT_TRUE(tick(joined + 9s).empty());
  EXPECT_EQ(services().size(), 6U);
  run_.time = joined + 20s;
  (void)tick(joined + 9s);
  EXPECT_TRUE(services().empty());  // rank 0 as well: nobody was heard of
}

TEST_F(MembersTest, rank_0_samples_its_node_from_time_to_time) {
  for (int second = 0; second < 11; ++second) {
    (void)tick(run_.time);
    run_.time = run_.time + 1s;
  }
  const auto samples = journalled<cluster::NodeSample>(RecordKind::node_sample);
  ASSERT_EQ(samples.size(), 5U);  // at 0, 1, 2, 4 and 8 s, looking once a second
  EXPECT_EQ(samples[0].node, "a");
  EXPECT_EQ(samples[0].cores, 2U);
}

TEST_F(MembersTest, rank_0_looks_at_its_messages_from_time_to_time) {
  (void)join(2, "b");
  (void)join(3, "b");
  const core::WallLabel at = run_.now().wall;
  (void)tick(run_.time);
  EXPECT_EQ(journalled<cluster::Traffic>(RecordKind::traffic),
            (std::vector<cluster::Traffic>{
                {.at = at, .received = 10, .sent = 20, .round_trips = {{2, 80us}}}}));
}

}  // namespace
}  // namespace foundation::runtime
