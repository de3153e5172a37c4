#include "exports/detail/otf2_translator.hpp"

#include <algorithm>
#include <bit>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exports/detail/otf2_locations.hpp"

namespace foundation::exports::detail {
namespace {

using analysis::Communicator;
using analysis::Process;
using analysis::Region;
using analysis::TraceSet;
using ::testing::ElementsAre;
using trace::Event;
using trace::EventKind;
using trace::RegionRole;
using Kind = RecordKind;

enum RegionId : std::uint16_t {
  none,
  solve,
  send,
  isend,
  irecv,
  recv,
  wait,
  bcast,
  residual,
  init
};

constexpr std::uint32_t world = 1;
constexpr std::uint32_t between = 2;  ///< ranks 0 and 1 on one side, 2 on the other

/// A recording of one process of three; its clock shows nanoseconds since the start.
class Recording final : public trace::EventSource {
 public:
  explicit Recording(std::vector<std::vector<Event>> events) : events_{std::move(events)} {
    facts_.rank = 0;
    facts_.ranks = 3;
    for (const auto& it : events_) streams_.emplace_back().published = it.size();
  }
  void read(std::uint32_t stream, std::uint64_t begin, std::span<Event> events) const override {
    std::copy_n(events_[stream].begin() + static_cast<std::ptrdiff_t>(begin), events.size(),
                events.begin());
  }

 private:
  std::vector<std::vector<Event>> events_;
};

TraceSet trace_of(std::vector<std::vector<Event>> events) {
  const std::vector<std::pair<const char*, RegionRole>> names{
      {"", RegionRole::program},
      {"solve", RegionRole::program},
      {"MPI_Send", RegionRole::send},
      {"MPI_Isend", RegionRole::start_send},
      {"MPI_Irecv", RegionRole::start_receive},
      {"MPI_Recv", RegionRole::receive},
      {"MPI_Wait", RegionRole::wait},
      {"MPI_Bcast", RegionRole::one_to_all},
      {"residual", RegionRole::program},
      {"MPI_Send_init", RegionRole::prepare_send}};
  std::vector<Region> regions;
  for (const auto& [name, role] : names) {
    const auto next = static_cast<std::uint32_t>(regions.size());
    regions.push_back({.name = name, .file = {}, .line = 0, .role = role, .shared = next});
  }
  Process process;
  process.recording = std::make_shared<Recording>(std::move(events));
  process.regions = regions;
  process.communicators = {{}, {1, false, 0}, {2, false, 0}};
  const std::vector<Communicator> communicators{
      {}, {.members = {0, 1, 2}, .remote = {}}, {.members = {0, 1}, .remote = {2}, .parent = 1}};
  return {{process}, communicators, regions};
}

/// What an event says but for its time, kind and region.
struct Told {
  std::int32_t peer = -1;
  std::int32_t tag = 0;
  std::uint32_t communicator = world;
  std::uint64_t value = 0;
};
Event event(std::uint64_t at, EventKind kind, RegionId region, const Told& told = {}) {
  return {at, kind, region, told.peer, told.tag, told.communicator, told.value};
}
Event enter(std::uint64_t at, RegionId region, const Told& told = {}) {
  return event(at, EventKind::enter, region, told);
}
Event leave(std::uint64_t at, RegionId region, const Told& told = {}) {
  return event(at, EventKind::leave, region, told);
}
Event complete(std::uint64_t at, std::uint64_t request, std::int32_t peer = -1) {
  return event(at, EventKind::complete, wait,
               {.peer = peer, .tag = 7, .communicator = 64, .value = request});
}

class Otf2TranslatorTest : public ::testing::Test {
 protected:
  void translate(std::vector<std::vector<Event>> events, const ExportOptions& options = {}) {
    const TraceSet traces = trace_of(std::move(events));
    const RecordSink sink = [this](std::uint32_t stream, const Record& record) {
      records_.push_back(record);
      by_stream_[stream].push_back(record);
    };
    Otf2Translator translator{traces, 0, options, sink};
    analysis::EventMerge merge{traces, analysis::EventMerge::Only{0}};
    while (const analysis::TimedEvent* it = merge.next()) translator.event(*it);
    open_ = translator.open();
    translator.finish(end);
    counts_ = translator.counts();
  }
  [[nodiscard]] std::vector<Kind> kinds() const {
    std::vector<Kind> kinds;
    for (const Record& it : records_) kinds.push_back(it.kind);
    return kinds;
  }
  [[nodiscard]] std::vector<std::uint32_t> entered() const {
    std::vector<std::uint32_t> regions;
    for (const Record& it : records_)
      if (it.kind == Kind::enter) regions.push_back(it.region);
    return regions;
  }
  [[nodiscard]] const Record& first(Kind kind) const {
    return *std::ranges::find(records_, kind, &Record::kind);
  }

  static constexpr analysis::TraceTime end = 1000;
  std::vector<Record> records_;
  std::map<std::uint32_t, std::vector<Record>> by_stream_;
  std::optional<std::uint32_t> open_;
  Otf2Counts counts_;
};

TEST_F(Otf2TranslatorTest, a_send_is_at_the_enter_and_a_receive_at_the_leave) {
  translate({{enter(1, send, {.peer = 2, .tag = 5, .value = 8}), leave(2, send),
              enter(3, recv, {.peer = -2}), leave(4, recv, {.peer = 1, .tag = 6, .value = 16})}});
  EXPECT_THAT(kinds(), ElementsAre(Kind::enter, Kind::send, Kind::leave, Kind::enter, Kind::receive,
                                   Kind::leave));
  EXPECT_EQ(records_[1].at, 1);
  EXPECT_EQ(records_[1].peer, 2);
  EXPECT_EQ(records_[1].bytes, 8U);
  EXPECT_EQ(records_[4].at, 4);
  EXPECT_EQ(records_[4].peer, 1);
  EXPECT_EQ(counts_.sends, 1U);
  EXPECT_EQ(counts_.receives, 1U);
}

TEST_F(Otf2TranslatorTest, nobody_sends_and_receives_nothing) {
  translate({{enter(1, send, {.peer = -1}), leave(2, send), enter(3, irecv, {.peer = -1}),
              leave(4, irecv, {.value = 9}), enter(5, wait), complete(6, 9), leave(7, wait)}});
  EXPECT_EQ(counts_.sends + counts_.receives, 0U);
  EXPECT_EQ(kinds().size(), 6U);
}

TEST_F(Otf2TranslatorTest, a_handle_that_is_used_again_names_another_request) {
  const auto round = [](std::uint64_t at) {
    return std::vector{enter(at, irecv, {.peer = 1}), leave(at + 1, irecv, {.value = 9}),
                       enter(at + 2, wait), complete(at + 3, 9, 1), leave(at + 4, wait)};
  };
  std::vector<Event> events = round(10);
  for (const Event& it : round(20)) events.push_back(it);
  translate({events});
  std::vector<std::uint64_t> requests;
  for (const Record& it : records_)
    if (it.kind == Kind::start_receive || it.kind == Kind::end_receive)
      requests.push_back(it.request);
  EXPECT_THAT(requests, ElementsAre(0, 0, 1, 1));
  EXPECT_EQ(first(Kind::end_receive).bytes, 64U);
  EXPECT_EQ(first(Kind::end_receive).tag, 7);
}

TEST_F(Otf2TranslatorTest, sends_that_are_complete_at_once_may_share_a_handle) {
  translate({{enter(1, isend, {.peer = 1}), leave(2, isend, {.value = 9}),
              enter(3, isend, {.peer = 1}), leave(4, isend, {.value = 9}), enter(5, wait),
              complete(6, 9), complete(7, 9), leave(8, wait)}});
  std::vector<std::uint64_t> ended;
  for (const Record& it : records_)
    if (it.kind == Kind::end_send) ended.push_back(it.request);
  EXPECT_THAT(ended, ElementsAre(0, 1));
}

TEST_F(Otf2TranslatorTest, a_persistent_request_starts_again) {
  translate({{enter(1, init, {.peer = 2, .tag = 3, .value = 8}), leave(2, init, {.value = 9}),
              enter(3, wait), event(4, EventKind::start, wait, {.value = 9}), complete(5, 9),
              event(6, EventKind::start, wait, {.value = 9}), complete(7, 9), leave(8, wait)}});
  EXPECT_EQ(std::ranges::count(kinds(), Kind::start_send), 2);
  EXPECT_EQ(std::ranges::count(kinds(), Kind::end_send), 2);
  EXPECT_EQ(first(Kind::start_send).tag, 3);
}

TEST_F(Otf2TranslatorTest, a_request_may_be_completed_by_another_thread) {
  translate({{enter(1, irecv, {.peer = 1}), leave(2, irecv, {.value = 9})},
             {enter(3, wait), complete(4, 9, 1), leave(5, wait)}});
  ASSERT_EQ(by_stream_[1].size(), 3U);
  EXPECT_EQ(by_stream_[1][1].kind, Kind::end_receive);
  EXPECT_EQ(by_stream_[1][1].request, by_stream_[0][1].request);
}

TEST_F(Otf2TranslatorTest, ranks_of_the_other_side_are_behind_the_own_ones) {
  translate({{enter(1, send, {.peer = 0, .communicator = between}), leave(2, send),
              enter(3, bcast, {.peer = -4, .communicator = between, .value = 8}), leave(4, bcast),
              enter(5, bcast, {.peer = -1, .communicator = between, .value = 8}), leave(6, bcast),
              enter(7, bcast, {.peer = 0, .communicator = between, .value = 8}), leave(8, bcast)}});
  EXPECT_EQ(first(Kind::send).peer, 2);
  std::vector<Record> ended;
  std::ranges::copy_if(records_, std::back_inserter(ended),
                       [](const Record& it) { return it.kind == Kind::end_collective; });
  ASSERT_EQ(ended.size(), 3U);
  EXPECT_EQ(ended[0].peer, 0);  // this process itself
  EXPECT_EQ(ended[0].bytes, 8U);
  EXPECT_EQ(ended[1].peer, no_root);  // another one of its group
  EXPECT_EQ(ended[1].bytes + ended[1].bytes_received, 0U);
  EXPECT_EQ(ended[2].peer, 2);
  EXPECT_EQ(ended[2].bytes_received, 8U);
}

TEST_F(Otf2TranslatorTest, calls_that_never_ended_last_until_the_end) {
  translate({{enter(1, solve), enter(2, recv, {.peer = 1})}});
  EXPECT_THAT(kinds(),
              ElementsAre(Kind::enter, Kind::enter, Kind::leave_at_end, Kind::leave_at_end));
  EXPECT_EQ(records_.back().at, end);
  EXPECT_EQ(open_, recv);
}

TEST_F(Otf2TranslatorTest, a_leave_without_its_enter_is_left_out) {
  translate({{leave(1, recv, {.peer = 1}), complete(2, 9), enter(3, solve), leave(4, recv),
              leave(5, solve)}});
  EXPECT_THAT(kinds(), ElementsAre(Kind::enter, Kind::leave));
}

TEST_F(Otf2TranslatorTest, counters_and_marks_are_points) {
  translate({{event(1, EventKind::counter, residual, {.value = std::bit_cast<std::uint64_t>(0.5)}),
              event(2, EventKind::mark, residual)}});
  EXPECT_THAT(kinds(), ElementsAre(Kind::counter, Kind::mark));
  EXPECT_EQ(records_[0].value, 0.5);
  EXPECT_EQ(records_[0].region, residual);
}

TEST_F(Otf2TranslatorTest, short_calls_are_left_out_with_what_they_tell) {
  translate({{enter(0, solve), enter(10, send, {.peer = 1}), leave(12, send),
              enter(20, recv, {.peer = 1}), leave(90, recv, {.peer = 1}), enter(91, wait),
              leave(92, wait), leave(100, solve)}},
            {.min_duration = 50});
  EXPECT_THAT(entered(), ElementsAre(solve, recv));
  EXPECT_EQ(counts_.sends, 0U);
  EXPECT_EQ(counts_.receives, 1U);
  EXPECT_TRUE(std::ranges::is_sorted(records_, {}, &Record::at));
}

TEST_F(Otf2TranslatorTest, calls_that_overlap_with_the_limits_are_whole) {
  translate({{enter(0, solve), enter(10, send, {.peer = 1}), leave(20, send),
              enter(30, recv, {.peer = 1}), leave(60, recv, {.peer = 1}), enter(70, wait),
              leave(80, wait), leave(100, solve)}},
            {.from = 50, .to = 65});
  EXPECT_THAT(entered(), ElementsAre(solve, recv));
  EXPECT_EQ(first(Kind::enter).at, 0);
  EXPECT_EQ(records_.back().at, 100);
  EXPECT_TRUE(std::ranges::is_sorted(records_, {}, &Record::at));
}

TEST_F(Otf2TranslatorTest, a_request_whose_start_is_left_out_has_no_end_either) {
  translate({{enter(1, irecv, {.peer = 1}), leave(2, irecv, {.value = 9}), enter(60, wait),
              complete(65, 9, 1), leave(70, wait)}},
            {.from = 50});
  EXPECT_THAT(kinds(), ElementsAre(Kind::enter, Kind::leave));
}

TEST(Otf2LocationsTest, ranks_have_their_numbers_recorded_or_not) {
  const Otf2Locations locations{trace_of({{}, {}})};
  ASSERT_EQ(locations.groups().size(), 3U);
  EXPECT_EQ(locations.groups()[0].name, "rank 0");
  EXPECT_EQ(locations.groups()[0].threads, 2U);
  EXPECT_EQ(locations.groups()[2].name, "rank 2 (not recorded)");
  EXPECT_EQ(locations.members(), 3U);
}

TEST(Otf2LocationsTest, members_of_other_worlds_have_places_behind_the_ranks) {
  const TraceSet one = trace_of({{}});
  std::vector<Communicator> communicators = one.communicators();
  communicators.push_back({.members = {0, 1}, .remote = {-1, -1}});
  const Otf2Locations locations{TraceSet{one.processes(), communicators, one.regions()}};
  EXPECT_EQ(locations.members(), 5U);
  EXPECT_THAT(locations.members_of({1, -1, -1}), ElementsAre(1, 3, 4));
}

TEST(CollectiveFunctionTest, what_a_function_is_follows_from_its_name) {
  using Function = CollectiveFunction;
  EXPECT_EQ(collective_function(RegionRole::all_to_all, "MPI_Alltoallw"),
            Function::all_to_all_with_types);
  EXPECT_EQ(collective_function(RegionRole::start_collective, "MPI_Ireduce_scatter_block"),
            Function::reduce_scatter_block);
  EXPECT_EQ(collective_function(RegionRole::program, "MPI_Bcast"), std::nullopt);
  EXPECT_EQ(collective_function(RegionRole::all_to_all, "MPI_Unheard_of"), std::nullopt);
}

}  // namespace
}  // namespace foundation::exports::detail
