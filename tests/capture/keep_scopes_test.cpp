#include "capture/detail/keep_scopes.hpp"

#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/replay.hpp"
#include "tests/journal/scratch_folder.hpp"
#include "tests/trace/child.hpp"
#include "trace/recorder.hpp"

namespace foundation::capture::detail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using trace::EventKind;
using trace::RegionRole;

constexpr std::uint32_t world = 1;
constexpr std::uint32_t row = 3;
constexpr int any = -2;

class Found final : public analysis::MatchSink {
 public:
  void call(const analysis::CallSpan& /*call*/) override {}
  void message(const analysis::Message& it) override { messages.push_back(it); }
  void collective(const analysis::Collective& it) override { collectives.push_back(it); }
  std::vector<analysis::Message> messages;
  std::vector<analysis::Collective> collectives;
};

/// What an event is about.
struct About {
  std::uint32_t communicator = 0;
  int peer = -1;
  int tag = 0;
  std::uint64_t value = 0;
};

/// Two processes that say what MPI programs would, all of it in one window.
class KeepScopes : public ::testing::Test {
 protected:
  void process(std::int32_t rank, const std::function<void()>& work) {
    const std::filesystem::path path = folder_ / ("rank" + std::to_string(rank));
    const auto record = [&] {
      if (trace::open_recorder({.path = path.c_str(), .stream_bytes = 1 << 20}) != nullptr)
        _exit(1);
      trace::set_rank(rank, 2);
      define(world, 0, rank);
      define(row, world, rank);
      trace::define_text(trace::TextKind::communicator_name, row, "row");
      work();
    };
    ASSERT_EQ(testing::in_child(record), 0);
    files_.push_back(path);
  }
  static void define(std::uint32_t id, std::uint32_t parent, std::int32_t rank) {
    const trace::CommunicatorDefinition head{
        .communicator = id, .parent = parent, .rank = rank, .members = 2};
    const std::int32_t members[] = {0, 1};
    trace::define(trace::DefinitionType::communicator, &head, sizeof head, members, sizeof members);
  }
  static std::uint16_t region(RegionRole role, const char* name) {
    return trace::define_region(role, name, "", 0);
  }
  static void record(EventKind kind, std::uint16_t region, const About& it) {
    trace::record({trace::now(), kind, region, it.peer, it.tag, it.communicator, it.value});
  }
  static void enter(std::uint16_t region, const About& it = {}) {
    record(EventKind::enter, region, it);
  }
  static void leave(std::uint16_t region, const About& it = {}) {
    record(EventKind::leave, region, it);
  }
  static void call(std::uint16_t region, const About& enters = {}, const About& leaves = {}) {
    enter(region, enters);
    leave(region, leaves);
  }
  static void wait_for(std::uint16_t wait, std::uint64_t request, int peer = -1) {
    enter(wait);
    record(EventKind::complete, wait, {.communicator = 8, .peer = peer, .value = request});
    leave(wait);
  }

  /// What is left, as "rank: function ..." without what is inside and at the end of calls.
  std::vector<std::string> kept(const std::string& scope) {
    traces_ = std::make_unique<analysis::TraceSet>(files_);
    for (std::size_t i = 0; i < files_.size(); ++i)
      traces_->set_windows(i, {{0, 0, std::numeric_limits<analysis::TraceTime>::max()}}, false);
    notes_ = keep_scopes(*traces_, {Window{.id = 1, .scope = parse_scope(scope), .options = {}}});
    counts_ = analysis::replay(*traces_, found_);
    std::vector<std::string> lines;
    for (const analysis::Process& process : traces_->processes()) lines.push_back(line(process));
    return lines;
  }
  static std::string line(const analysis::Process& process) {
    std::string text = std::to_string(process.rank) + ":";
    const trace::StreamExtent& extent = process.recording->streams().front();
    std::vector<trace::Event> events(extent.published - extent.oldest);
    process.recording->read(0, extent.oldest, events);
    for (const trace::Event& it : events)
      if (it.kind == EventKind::enter) text += " " + process.region(it.region).name;
    return text;
  }

  testing::ScratchFolder folder_;
  std::vector<std::filesystem::path> files_;
  std::unique_ptr<analysis::TraceSet> traces_;
  std::vector<std::string> notes_;
  Found found_;
  analysis::ReplayCounts counts_;
};

TEST_F(KeepScopes, regions_keep_what_happens_within_them) {
  process(0, [] {
    const auto solve = region(RegionRole::program, "solve");
    const auto inner = region(RegionRole::program, "inner");
    const auto barrier = region(RegionRole::barrier, "MPI_Barrier");
    const auto rank = region(RegionRole::other, "MPI_Comm_rank");
    const auto mark = region(RegionRole::mark, "mark");
    call(rank);
    record(EventKind::mark, mark, {});
    enter(solve);
    record(EventKind::mark, mark, {});
    enter(inner);
    call(barrier, {.communicator = world});
    leave(inner);
    call(rank);
    leave(solve);
    call(inner);
  });
  EXPECT_THAT(kept("regions=solve"), ElementsAre("0: solve inner MPI_Barrier MPI_Comm_rank"));
  EXPECT_EQ(traces_->processes()[0].recording->streams().front().published, 9U);
  EXPECT_THAT(kept("regions=inner"), ElementsAre("0: inner MPI_Barrier inner"));
  EXPECT_THAT(kept("regions=MPI_Barrier"), ElementsAre("0: MPI_Barrier"));
  EXPECT_THAT(kept("regions=solve communicators=row"), ElementsAre("0: solve inner"));
  EXPECT_THAT(notes_, IsEmpty());
}

TEST_F(KeepScopes, communicators_keep_calls_on_them_and_the_regions_of_the_program) {
  process(0, [] {
    const auto init = region(RegionRole::initialize, "MPI_Init");
    const auto solve = region(RegionRole::program, "solve");
    const auto barrier = region(RegionRole::barrier, "MPI_Barrier");
    const auto split = region(RegionRole::communicator, "MPI_Comm_split");
    const auto rank = region(RegionRole::other, "MPI_Comm_rank");
    const auto start = region(RegionRole::start_send, "MPI_Isend");
    const auto wait = region(RegionRole::wait, "MPI_Wait");
    call(init);
    call(split, {.communicator = world}, {.communicator = row});
    call(rank);
    enter(solve);
    call(barrier, {.communicator = world});
    call(start, {.communicator = world, .peer = 1}, {.value = 5});
    wait_for(wait, 5);
    call(start, {.communicator = row, .peer = 1}, {.value = 5});
    wait_for(wait, 5);
    leave(solve);
    call(barrier, {.communicator = row});
    enter(wait);  // and never left
  });
  EXPECT_THAT(kept("communicators=row"),
              ElementsAre("0: MPI_Init MPI_Comm_split solve MPI_Isend MPI_Wait MPI_Barrier "
                          "MPI_Wait"));
  EXPECT_EQ(counts_.unknown_requests, 0U);
  EXPECT_THAT(kept("communicators=1"),
              ElementsAre("0: MPI_Init MPI_Comm_split solve MPI_Barrier MPI_Isend MPI_Wait "
                          "MPI_Wait"));
}

TEST_F(KeepScopes, requests_are_whole) {
  process(0, [] {
    const auto solve = region(RegionRole::program, "solve");
    const auto make = region(RegionRole::prepare_send, "MPI_Send_init");
    const auto start = region(RegionRole::start, "MPI_Start");
    const auto send = region(RegionRole::start_send, "MPI_Isend");
    const auto wait = region(RegionRole::wait, "MPI_Wait");
    const auto free = region(RegionRole::other, "MPI_Request_free");
    call(make, {.communicator = world, .peer = 1}, {.value = 7});
    call(make, {.communicator = world, .peer = 1}, {.value = 8});  // only used outside
    call(send, {.communicator = world, .peer = 1}, {.value = 9});
    enter(solve);
    enter(start);
    record(EventKind::start, start, {.value = 7});
    leave(start);
    wait_for(wait, 9);
    leave(solve);
    wait_for(wait, 7);
    enter(start);
    record(EventKind::start, start, {.value = 8});
    leave(start);
    wait_for(wait, 8);
    enter(free);
    record(EventKind::cancel, free, {.value = 7});
    leave(free);
  });
  EXPECT_THAT(kept("regions=solve"),
              ElementsAre("0: MPI_Send_init solve MPI_Start MPI_Wait MPI_Wait MPI_Request_free"));
  EXPECT_EQ(counts_.unknown_requests, 0U);
  ASSERT_EQ(found_.messages.size(), 1U);
}

TEST_F(KeepScopes, parts_of_a_request_belong_to_it) {
  process(0, [] {
    const auto solve = region(RegionRole::program, "solve");
    const auto make = region(RegionRole::prepare_send, "MPI_Psend_init");
    const auto start = region(RegionRole::start, "MPI_Startall");
    const auto ready = region(RegionRole::partition, "MPI_Pready");
    const auto list = region(RegionRole::partition, "MPI_Pready_list");
    const auto wait = region(RegionRole::wait, "MPI_Wait");
    call(make, {.communicator = world, .peer = 1}, {.value = 7});
    call(make, {.communicator = row, .peer = 1}, {.value = 8});
    enter(solve);
    enter(start);
    record(EventKind::start, start, {.value = 7});
    record(EventKind::start, start, {.value = 8});
    leave(start);
    leave(solve);
    call(ready, {.value = 7});
    call(list, {.value = 8});
    wait_for(wait, 7);
    wait_for(wait, 8);
    call(ready, {.value = 7});  // of nothing that is under way
  });
  EXPECT_THAT(kept("regions=solve"),
              ElementsAre("0: MPI_Psend_init MPI_Psend_init solve MPI_Startall MPI_Pready "
                          "MPI_Pready_list MPI_Wait MPI_Wait"));
  EXPECT_THAT(kept("communicators=row"),
              ElementsAre("0: MPI_Psend_init solve MPI_Startall MPI_Pready_list MPI_Wait"));
}

/// The same message twice; of the first, one end is out of scope.
TEST_F(KeepScopes, what_is_left_is_joined_as_it_was) {
  process(0, [] {
    const auto solve = region(RegionRole::program, "solve");
    const auto send = region(RegionRole::send, "MPI_Send");
    const auto both = region(RegionRole::send_receive, "MPI_Sendrecv");
    const auto barrier = region(RegionRole::barrier, "MPI_Barrier");
    call(barrier, {.communicator = world});
    enter(solve);
    call(send, {.communicator = world, .peer = 1, .value = 11});
    call(barrier, {.communicator = world});
    call(send, {.communicator = world, .peer = 1, .value = 12});
    call(both, {.communicator = world, .peer = 1, .tag = 1, .value = 13},
         {.communicator = world, .peer = 1, .tag = 1, .value = 14});
    leave(solve);
    call(send, {.communicator = world, .peer = 1, .value = 15});
  });
  process(1, [] {
    const auto solve = region(RegionRole::program, "solve");
    const auto receive = region(RegionRole::receive, "MPI_Recv");
    const auto barrier = region(RegionRole::barrier, "MPI_Barrier");
    const auto send = region(RegionRole::send, "MPI_Send");
    enter(solve);
    call(barrier, {.communicator = world});
    leave(solve);
    call(receive, {.communicator = world, .peer = 0},
         {.communicator = world, .peer = 0, .value = 11});
    enter(solve);
    call(barrier, {.communicator = world});
    call(receive, {.communicator = world, .peer = any},
         {.communicator = world, .peer = 0, .value = 12});
    call(send, {.communicator = world, .peer = 0, .tag = 1, .value = 14});
    leave(solve);
    call(receive, {.communicator = world, .peer = 0, .tag = 1},
         {.communicator = world, .peer = 0, .tag = 1, .value = 13});
    enter(solve);
    call(receive, {.communicator = world, .peer = any, .tag = -1},
         {.communicator = world, .peer = 0, .value = 15});
    leave(solve);
  });
  EXPECT_THAT(kept("regions=solve"),
              ElementsAre("0: solve MPI_Send MPI_Barrier MPI_Send MPI_Sendrecv",
                          "1: solve MPI_Barrier solve MPI_Barrier MPI_Recv MPI_Send solve "
                          "MPI_Recv"));
  std::vector<std::uint64_t> joined;
  for (const analysis::Message& it : found_.messages) {
    EXPECT_TRUE(it.has_send() && it.has_receive());
    joined.push_back(it.bytes);
  }
  EXPECT_THAT(joined, ::testing::UnorderedElementsAre(12, 14));
  // Lone: the first and third message, what was sent and received at once, and a barrier.
  EXPECT_EQ(counts_.lone, 4U);
  EXPECT_EQ(counts_.outside, 0U);
  ASSERT_EQ(found_.collectives.size(), 1U);
  EXPECT_TRUE(found_.collectives.front().complete());
}

TEST_F(KeepScopes, a_name_that_nobody_knows_leaves_nothing_out) {
  process(0, [] {
    const auto solve = region(RegionRole::program, "solve");
    const auto barrier = region(RegionRole::barrier, "MPI_Barrier");
    call(solve);
    call(barrier, {.communicator = world});
  });
  EXPECT_THAT(kept("regions=solve,slove"), ElementsAre("0: solve MPI_Barrier"));
  EXPECT_THAT(notes_, ElementsAre(AllOf(HasSubstr("'slove'"), HasSubstr("(solve)"))));
  EXPECT_THAT(kept("communicators=7,column"), ElementsAre("0: solve MPI_Barrier"));
  EXPECT_THAT(notes_,
              ElementsAre(AllOf(HasSubstr("'7', 'column'"), HasSubstr("(MPI_COMM_WORLD, row)"))));
}

}  // namespace
}  // namespace foundation::capture::detail
