#include "analysis/replay.hpp"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "analysis/event_merge.hpp"
#include "analysis/message_matcher.hpp"
#include "core/error.hpp"
#include "tests/journal/scratch_folder.hpp"
#include "tests/trace/child.hpp"
#include "trace/recorder.hpp"

namespace foundation::analysis {
namespace {

using trace::EventKind;
using trace::RegionRole;

class Collected final : public MatchSink {
 public:
  void call(const CallSpan& call) override { calls.push_back(call); }
  void counter(const Point& value) override { counters.push_back(value); }
  void mark(const Point& mark) override { marks.push_back(mark); }
  void message(const Message& message) override { messages.push_back(message); }
  void collective(const Collective& collective) override { collectives.push_back(collective); }
  std::vector<CallSpan> calls;
  std::vector<Point> counters, marks;
  std::vector<Message> messages;
  std::vector<Collective> collectives;
};

/// Recordings of processes that say what MPI programs would.
class ReplayTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t world = 1;

  void process(std::int32_t rank, const std::function<void()>& work) {
    const std::filesystem::path path = folder_ / ("rank" + std::to_string(rank));
    ASSERT_EQ(
        testing::in_child([&] {
          if (trace::open_recorder({.path = path.c_str(), .stream_bytes = 1 << 20}) != nullptr)
            _exit(1);
          trace::set_rank(rank, 2);
          const trace::CommunicatorDefinition head{
              .communicator = world, .rank = rank, .members = 2};
          const std::int32_t members[] = {0, 1};
          trace::define(trace::DefinitionType::communicator, &head, sizeof head, members,
                        sizeof members);
          work();
        }),
        0);
    files_.push_back(path);
  }
  static std::uint16_t region(RegionRole role, const char* name) {
    return trace::define_region(role, name, "", 0);
  }
  static void enter(std::uint16_t region, int peer = -1, int tag = 0, std::uint64_t value = 0) {
    trace::record({trace::now(), EventKind::enter, region, peer, tag, world, value});
  }
  static void leave(std::uint16_t region, int peer = -1, int tag = 0, std::uint64_t value = 0) {
    trace::record({trace::now(), EventKind::leave, region, peer, tag, world, value});
  }
  static void complete(std::uint64_t request, int peer, int tag) {
    trace::record({.ticks = trace::now(),
                   .kind = EventKind::complete,
                   .peer = peer,
                   .tag = tag,
                   .communicator = 8,
                   .value = request});
  }
  ReplayCounts run() {
    traces_ = std::make_unique<TraceSet>(files_);
    return replay(*traces_, found_);
  }

  testing::ScratchFolder folder_;
  std::vector<std::filesystem::path> files_;
  std::unique_ptr<TraceSet> traces_;
  Collected found_;
};

TEST_F(ReplayTest, a_message_in_partitions_begins_with_the_last_one) {
  process(0, [] {
    const auto make = region(RegionRole::prepare_send, "MPI_Psend_init");
    const auto start = region(RegionRole::start, "MPI_Start");
    const auto ready = region(RegionRole::partition, "MPI_Pready");
    const auto wait = region(RegionRole::wait, "MPI_Wait");
    enter(make, 1, 5, 64);
    leave(make, -1, 0, 0xA);
    enter(start);
    trace::record({.ticks = trace::now(), .kind = EventKind::start, .region = start, .value = 0xA});
    leave(start);
    for (int partition = 0; partition < 2; ++partition) {
      enter(ready, -1, 0, 0xA);
      leave(ready);
    }
    enter(wait);
    complete(0xA, -1, 0);
    leave(wait);
  });
  process(1, [] {
    const auto make = region(RegionRole::prepare_receive, "MPI_Precv_init");
    const auto start = region(RegionRole::start, "MPI_Start");
    const auto arrived = region(RegionRole::partition, "MPI_Parrived");
    const auto wait = region(RegionRole::wait, "MPI_Wait");
    enter(make, 0, 5);
    leave(make, -1, 0, 0xB);
    enter(start);
    trace::record({.ticks = trace::now(), .kind = EventKind::start, .region = start, .value = 0xB});
    leave(start);
    enter(arrived, -1, 0, 0xB);
    leave(arrived);
    enter(wait);
    complete(0xB, 0, 5);
    leave(wait);
  });
  run();
  ASSERT_EQ(found_.messages.size(), 1U);
  const Message& it = found_.messages.front();
  EXPECT_TRUE(it.has_send() && it.has_receive());
  EXPECT_EQ(it.bytes, 64U);
  EXPECT_EQ(it.send.site.role, RegionRole::partition);
  TraceTime last = never;
  for (const CallSpan& call : found_.calls)
    if (call.site.process == 0 && call.site.role == RegionRole::partition)
      last = std::max(last, call.enter);
  EXPECT_EQ(it.send.enter, last);
}

TEST_F(ReplayTest, a_blocking_message_has_both_ends) {
  process(1, [] {
    const auto receive = region(RegionRole::receive, "MPI_Recv");
    enter(receive, any_source, any_tag);
    leave(receive, 0, 5, 64);
  });
  process(0, [] {
    const auto solve = region(RegionRole::program, "solve");
    const auto send = region(RegionRole::send, "MPI_Send");
    enter(solve);
    enter(send, 1, 5, 64);
    leave(send);
    leave(solve);
  });
  const ReplayCounts counts = run();
  EXPECT_EQ(counts.events, 6U);
  EXPECT_EQ(counts.unbalanced, 0U);
  ASSERT_EQ(found_.messages.size(), 1U);
  const Message& message = found_.messages[0];
  EXPECT_TRUE(message.has_send() && message.has_receive());
  EXPECT_EQ(message.source, 0);
  EXPECT_EQ(message.target, 1);
  EXPECT_EQ(message.bytes, 64U);
  EXPECT_EQ(traces_->processes()[0].region(message.send.site.caller).name, "solve");
  ASSERT_EQ(found_.calls.size(), 3U);
  const CallSpan& solve = found_.calls.back();
  EXPECT_EQ(solve.site.role, RegionRole::program);
  EXPECT_GT(solve.inside, 0);
  EXPECT_LE(solve.inside, solve.leave - solve.enter);
}

TEST_F(ReplayTest, regions_without_an_end_end_with_the_one_around_them) {
  process(0, [] {
    const auto outer = region(RegionRole::program, "outer");
    const auto inner = region(RegionRole::program, "inner");
    const auto other = region(RegionRole::program, "other");
    enter(outer);
    enter(inner);
    enter(other);
    leave(outer);
    leave(inner);  // has ended
    enter(other);
    trace::close_recorder();
  });
  const ReplayCounts counts = run();
  EXPECT_EQ(counts.unbalanced, 1U);
  EXPECT_EQ(counts.unended, 3U) << "two within outer, one at the end of the process";
  ASSERT_EQ(found_.calls.size(), 4U);
  EXPECT_EQ(found_.calls[0].leave, found_.calls[2].leave);
  EXPECT_EQ(found_.calls[1].leave, found_.calls[2].leave);
  EXPECT_EQ(found_.calls[2].depth, 0U);
  EXPECT_EQ(found_.calls[3].leave, never);
  EXPECT_EQ(found_.calls[3].depth, 0U) << "nothing is open any more";
}

TEST_F(ReplayTest, a_call_of_mpi_is_not_cut_off) {
  process(0, [] {
    const auto outer = region(RegionRole::program, "outer");
    const auto barrier = region(RegionRole::other, "MPI_Probe");
    enter(outer);
    enter(barrier);
    leave(outer);  // by a callback that MPI has called
    leave(barrier);
    leave(outer);
  });
  const ReplayCounts counts = run();
  EXPECT_EQ(counts.unbalanced, 1U);
  EXPECT_EQ(counts.unended, 0U);
  EXPECT_EQ(found_.calls.size(), 2U);
}

TEST_F(ReplayTest, counters_and_marks_know_the_region_around_them) {
  const auto value = [](EventKind kind, std::uint16_t name, double given) {
    trace::record({.ticks = trace::now(),
                   .kind = kind,
                   .region = name,
                   .value = std::bit_cast<std::uint64_t>(given)});
  };
  process(0, [&] {
    const auto solve = region(RegionRole::program, "solve");
    const auto counter = trace::define_region(RegionRole::counter, "residual", "", 0, "Pa");
    const auto mark = region(RegionRole::mark, "converged");
    value(EventKind::counter, counter, 0.25);
    enter(solve);
    value(EventKind::mark, mark, 7);
    leave(solve);
  });
  run();
  ASSERT_EQ(found_.counters.size(), 1U);
  EXPECT_EQ(found_.counters[0].value, 0.25);
  EXPECT_EQ(found_.counters[0].site.caller, 0U);
  const Process& it = traces_->processes()[0];
  EXPECT_EQ(it.region(found_.counters[0].site.region).unit, "Pa");
  ASSERT_EQ(found_.marks.size(), 1U);
  EXPECT_EQ(found_.marks[0].value, 7);
  EXPECT_EQ(it.region(found_.marks[0].site.caller).name, "solve");
}

TEST_F(ReplayTest, names_of_the_program_are_the_same_wherever_they_were_used_first) {
  for (const std::int32_t rank : {0, 1})
    process(rank, [rank] {
      static_cast<void>(trace::define_region(RegionRole::program, "solve",
                                             rank == 0 ? "a.c" : "b.c",
                                             static_cast<std::uint32_t>(rank)));
      static_cast<void>(trace::define_region(RegionRole::counter, "residual", "", 0, "Pa"));
      static_cast<void>(
          trace::define_region(RegionRole::counter, "residual", "", 0, rank == 0 ? "1" : "bar"));
    });
  run();
  ASSERT_EQ(traces_->regions().size(), 5U) << "nothing, solve, and residuals of three units";
  EXPECT_EQ(traces_->regions()[1].file, "a.c");
}

TEST_F(ReplayTest, requests_join_their_calls) {
  process(0, [] {
    const auto start = region(RegionRole::start_send, "MPI_Isend");
    const auto wait = region(RegionRole::wait, "MPI_Wait");
    enter(start, 1, 5, 8);
    leave(start, -1, 0, 0xAAAA);
    enter(wait);
    complete(0xAAAA, 12345, 6789);  // of a send, these mean nothing
    leave(wait);
  });
  process(1, [] {
    const auto prepare = region(RegionRole::prepare_receive, "MPI_Recv_init");
    const auto start = region(RegionRole::start, "MPI_Start");
    const auto wait = region(RegionRole::wait, "MPI_Waitall");
    enter(prepare, any_source, 5);
    leave(prepare, -1, 0, 0xBBBB);
    enter(start);
    trace::record({.ticks = trace::now(), .kind = EventKind::start, .value = 0xBBBB});
    leave(start);
    enter(wait);
    complete(0xBBBB, 0, 5);
    complete(0xCCCC, 0, 5);
    leave(wait);
  });
  const ReplayCounts counts = run();
  EXPECT_EQ(counts.unknown_requests, 1U);
  ASSERT_EQ(found_.messages.size(), 1U);
  EXPECT_TRUE(found_.messages[0].has_send() && found_.messages[0].has_receive());
  EXPECT_EQ(found_.messages[0].send.wait.role, RegionRole::wait);
  EXPECT_EQ(found_.messages[0].receive.site.role, RegionRole::wait);
}

TEST_F(ReplayTest, a_persistent_request_that_was_cancelled_is_started_again) {
  process(0, [] {
    const auto prepare = region(RegionRole::prepare_receive, "MPI_Recv_init");
    const auto start = region(RegionRole::start, "MPI_Start");
    const auto wait = region(RegionRole::wait, "MPI_Wait");
    const auto start_and_wait = [&](EventKind end) {
      enter(start);
      trace::record({.ticks = trace::now(), .kind = EventKind::start, .value = 0xBBBB});
      leave(start);
      enter(wait);
      trace::record({.ticks = trace::now(), .kind = end, .peer = 1, .tag = 5, .value = 0xBBBB});
      leave(wait);
    };
    enter(prepare, 1, 5);
    leave(prepare, -1, 0, 0xBBBB);
    start_and_wait(EventKind::cancel);
    start_and_wait(EventKind::complete);
  });
  process(1, [] {
    const auto send = region(RegionRole::send, "MPI_Send");
    enter(send, 0, 5, 8);
    leave(send);
  });
  EXPECT_EQ(run().unknown_requests, 0U);
  ASSERT_EQ(found_.messages.size(), 1U);
  EXPECT_TRUE(found_.messages[0].has_send() && found_.messages[0].has_receive());
}

TEST_F(ReplayTest, messages_of_spawned_processes_are_counted_and_not_joined) {
  process(0, [] {
    constexpr std::uint32_t children = 3;
    const trace::CommunicatorDefinition between{
        .communicator = children, .rank = 0, .members = 2, .remote_members = 1};
    const std::int32_t sides[] = {0, 1, -1};
    trace::define(trace::DefinitionType::communicator, &between, sizeof between, sides,
                  sizeof sides);
    const auto event = [](EventKind kind, std::uint16_t region, std::int32_t peer,
                          std::uint64_t value = 0) {
      trace::record({trace::now(), kind, region, peer, 5, children, value});
    };
    const auto send = region(RegionRole::send, "MPI_Send");
    const auto receive = region(RegionRole::receive, "MPI_Recv");
    const auto start = region(RegionRole::start_receive, "MPI_Irecv");
    const auto wait = region(RegionRole::wait, "MPI_Wait");
    const auto barrier = region(RegionRole::barrier, "MPI_Barrier");
    event(EventKind::enter, send, 0, 8);
    event(EventKind::leave, send, -1);
    event(EventKind::enter, receive, any_source);
    event(EventKind::leave, receive, 0, 8);
    event(EventKind::enter, start, any_source);
    event(EventKind::leave, start, -1, 0xAAAA);
    event(EventKind::enter, wait, -1);
    complete(0xAAAA, 0, 5);
    event(EventKind::leave, wait, -1);
    event(EventKind::enter, barrier, -1);
    event(EventKind::leave, barrier, -1);
  });
  process(1, [] {
    constexpr std::uint32_t children = 3;
    const trace::CommunicatorDefinition between{
        .communicator = children, .rank = 1, .members = 2, .remote_members = 1};
    const std::int32_t sides[] = {0, 1, -1};
    trace::define(trace::DefinitionType::communicator, &between, sizeof between, sides,
                  sizeof sides);
    const auto barrier = region(RegionRole::barrier, "MPI_Barrier");
    trace::record({trace::now(), EventKind::enter, barrier, -1, 0, children});
    trace::record({trace::now(), EventKind::leave, barrier});
  });
  const ReplayCounts counts = run();
  EXPECT_EQ(counts.outside, 3U);
  EXPECT_EQ(counts.unknown_requests, 0U);
  EXPECT_TRUE(found_.messages.empty());
  ASSERT_EQ(found_.collectives.size(), 1U);
  EXPECT_TRUE(found_.collectives[0].complete()) << "of those that are in the trace";
}

TEST_F(ReplayTest, a_death_leaves_its_calls_open) {
  process(0, [] {
    const auto barrier = region(RegionRole::barrier, "MPI_Barrier");
    enter(barrier);
    leave(barrier);
    enter(barrier);
    _exit(0);
  });
  process(1, [] {
    const auto barrier = region(RegionRole::barrier, "MPI_Barrier");
    enter(barrier);
    leave(barrier);
  });
  run();
  ASSERT_EQ(found_.collectives.size(), 2U);
  EXPECT_TRUE(found_.collectives[0].complete());
  EXPECT_FALSE(found_.collectives[1].complete());
  EXPECT_EQ(found_.calls.back().leave, never);
}

TEST_F(ReplayTest, events_of_all_threads_come_in_the_order_of_time) {
  for (std::int32_t rank = 0; rank < 2; ++rank)
    process(rank, [] {
      const auto step = region(RegionRole::program, "step");
      const auto work = [step] {
        for (int i = 0; i < 5000; ++i) enter(step);
      };
      std::thread other{work};
      work();
      other.join();
    });
  const TraceSet traces{files_};
  EventMerge merge{traces, 16};
  TraceTime before = 0;
  std::uint64_t count = 0;
  while (const TimedEvent* it = merge.next()) {
    ASSERT_GE(it->at, before);
    before = it->at;
    ++count;
  }
  EXPECT_EQ(count, 20'000U);
}

TEST_F(ReplayTest, both_sides_of_an_inter_communicator_are_one) {
  constexpr std::int32_t mpi_root = -4;
  for (std::int32_t rank = 0; rank < 2; ++rank)
    process(rank, [rank] {
      constexpr std::uint32_t own_half = 2;
      constexpr std::uint32_t between = 3;
      const trace::CommunicatorDefinition half{
          .communicator = own_half, .parent = world, .creation = 1, .rank = 0, .members = 1};
      trace::define(trace::DefinitionType::communicator, &half, sizeof half, &rank, sizeof rank);
      const trace::CommunicatorDefinition both{.communicator = between,
                                               .parent = own_half,
                                               .creation = 1,
                                               .rank = 0,
                                               .members = 1,
                                               .remote_members = 1};
      const std::int32_t sides[] = {rank, 1 - rank};
      trace::define(trace::DefinitionType::communicator, &both, sizeof both, sides, sizeof sides);
      const auto send = region(RegionRole::send, "MPI_Send");
      const auto receive = region(RegionRole::receive, "MPI_Recv");
      const auto broadcast = region(RegionRole::one_to_all, "MPI_Bcast");
      const auto event = [](EventKind kind, std::uint16_t region, std::int32_t peer = 0) {
        trace::record({trace::now(), kind, region, peer, 5, between, 8});
      };
      event(EventKind::enter, rank == 0 ? send : receive);
      event(EventKind::leave, rank == 0 ? send : receive);
      event(EventKind::enter, broadcast, rank == 0 ? mpi_root : 0);
      event(EventKind::leave, broadcast);
    });
  run();
  ASSERT_EQ(found_.messages.size(), 1U);
  EXPECT_TRUE(found_.messages[0].has_send() && found_.messages[0].has_receive());
  EXPECT_EQ(found_.messages[0].source, 0);
  EXPECT_EQ(found_.messages[0].target, 1);
  ASSERT_EQ(found_.collectives.size(), 1U);
  EXPECT_TRUE(found_.collectives[0].complete() && found_.collectives[0].consistent);
  EXPECT_EQ(found_.collectives[0].root, 0);
}

TEST_F(ReplayTest, recordings_of_different_traces_are_refused) {
  process(0, [] {});
  const std::filesystem::path other = folder_ / "other";
  ASSERT_EQ(testing::in_child([&] {
              if (trace::open_recorder({.path = other.c_str(), .trace_id = 7}) != nullptr) _exit(1);
            }),
            0);
  files_.push_back(other);
  EXPECT_THROW(TraceSet{files_}, core::Error);
}

}  // namespace
}  // namespace foundation::analysis
