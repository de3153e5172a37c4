#include "analysis/wait_states.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "analysis/wait_sorter.hpp"

namespace foundation::analysis {
namespace {

using trace::RegionRole;

/// Rank 1 sends at `send`, rank 0 has asked at `receive`; both end at 100.
Message message(TraceTime send, TraceTime receive, std::uint64_t bytes = 8) {
  Message it;
  it.bytes = bytes;
  it.send = {.site = {.process = 1, .role = RegionRole::send}, .enter = send, .leave = 100};
  it.receive = {.site = {.process = 0, .role = RegionRole::receive},
                .post = {.process = 0, .role = RegionRole::receive},
                .posted = receive,
                .enter = receive,
                .leave = 100};
  return it;
}
std::vector<Wait> waits_of(const Message& it) {
  std::vector<Wait> found;
  find_waits(it, {}, [&](const Wait& wait) { found.push_back(wait); });
  return found;
}
/// Every rank enters at the time given and leaves at `leave`.
Collective collective(RegionRole role, const std::vector<TraceTime>& enters, TraceTime leave) {
  Collective it;
  it.role = role;
  it.expected = static_cast<std::uint32_t>(enters.size());
  for (std::uint32_t i = 0; i < enters.size(); ++i)
    it.parts.push_back({.site = {.process = i, .role = role},
                        .posted = enters[i],
                        .enter = enters[i],
                        .leave = leave,
                        .rank = static_cast<std::int32_t>(i),
                        .is_root = i == 1});
  return it;
}
std::vector<Wait> waits_of(const Collective& it) {
  std::vector<Wait> found;
  find_waits(it, [&](const Wait& wait) { found.push_back(wait); });
  return found;
}

TEST(WaitStates, a_receive_waits_for_a_late_sender) {
  const auto found = waits_of(message(40, 10));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].pattern, WaitPattern::late_sender);
  EXPECT_EQ(found[0].begin, 10);
  EXPECT_EQ(found[0].duration, 30);
  EXPECT_EQ(found[0].site.process, 0U);
  EXPECT_EQ(found[0].causer.process, 1U);
}

TEST(WaitStates, a_wait_ends_with_its_call) {
  Message it = message(400, 10);  // clocks that differ
  it.receive.leave = 60;
  ASSERT_EQ(waits_of(it).size(), 1U);
  EXPECT_EQ(waits_of(it)[0].duration, 50);
}

TEST(WaitStates, a_test_never_waits) {
  Message it = message(40, 10);
  it.receive.site.role = RegionRole::test;
  EXPECT_TRUE(waits_of(it).empty());
}

TEST(WaitStates, only_large_or_synchronous_sends_wait_for_their_receiver) {
  EXPECT_TRUE(waits_of(message(10, 40)).empty());
  EXPECT_TRUE(waits_of(message(10, 40, 4096)).empty());
  const auto large = waits_of(message(10, 40, 4097));
  ASSERT_EQ(large.size(), 1U);
  EXPECT_EQ(large[0].pattern, WaitPattern::late_receiver);
  EXPECT_EQ(large[0].duration, 30);
  EXPECT_EQ(large[0].causer.process, 0U);
  Message synchronous = message(10, 40);
  synchronous.send.site.role = RegionRole::synchronous_send;
  EXPECT_EQ(waits_of(synchronous).size(), 1U);
}

TEST(WaitStates, a_send_that_does_not_block_waits_in_its_wait) {
  Message it = message(10, 40, 5000);
  it.send.site.role = RegionRole::start_send;
  EXPECT_TRUE(waits_of(it).empty()) << "nobody waited";
  it.send.wait = {.process = 1, .role = RegionRole::wait};
  it.send.wait_enter = 25;
  it.send.wait_leave = 90;
  ASSERT_EQ(waits_of(it).size(), 1U);
  EXPECT_EQ(waits_of(it)[0].duration, 15);
}

TEST(WaitStates, ends_without_a_partner_wait_for_nothing) {
  Message it = message(40, 10);
  it.send.enter = never;
  EXPECT_TRUE(waits_of(it).empty());
}

TEST(WaitStates, all_wait_for_the_last_at_a_barrier) {
  Collective it = collective(RegionRole::barrier, {10, 50, 20}, 60);
  it.parts[0].leave = 55;
  const auto found = waits_of(it);
  ASSERT_EQ(found.size(), 4U);
  EXPECT_EQ(found[0].duration, 40);
  EXPECT_EQ(found[1].duration, 30);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(found[static_cast<std::size_t>(i)].causer.process, 1U);
  EXPECT_EQ(found[2].pattern, WaitPattern::barrier_completion);
  EXPECT_EQ(found[2].duration, 5);
  EXPECT_FALSE(found[2].has_causer());
}

TEST(WaitStates, the_root_of_a_reduction_waits_for_the_last_and_others_for_a_root_that_gives) {
  const auto reduce = waits_of(collective(RegionRole::all_to_one, {50, 10, 30}, 60));
  ASSERT_EQ(reduce.size(), 1U);
  EXPECT_EQ(reduce[0].site.process, 1U);
  EXPECT_EQ(reduce[0].duration, 40);
  EXPECT_EQ(reduce[0].causer.process, 0U);
  const auto broadcast = waits_of(collective(RegionRole::one_to_all, {10, 50, 55}, 60));
  ASSERT_EQ(broadcast.size(), 1U);
  EXPECT_EQ(broadcast[0].site.process, 0U);
  EXPECT_EQ(broadcast[0].duration, 40);
}

TEST(WaitStates, a_scan_waits_for_lower_ranks_only) {
  const auto found = waits_of(collective(RegionRole::prefix, {30, 10, 5, 40}, 60));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].site.process, 1U);
  EXPECT_EQ(found[0].duration, 20);
  EXPECT_EQ(found[1].site.process, 2U);
  EXPECT_EQ(found[1].duration, 25);
  EXPECT_EQ(found[1].causer.process, 0U);
}

TEST(WaitStates, collectives_that_do_not_match_tell_nothing) {
  Collective it = collective(RegionRole::barrier, {10, 50}, 60);
  it.consistent = false;
  EXPECT_TRUE(waits_of(it).empty());
  it.consistent = true;
  it.expected = 3;
  EXPECT_TRUE(waits_of(it).empty());
  it.expected = 2;
  it.parts[1].leave = never;
  EXPECT_TRUE(waits_of(it).empty());
}

TEST(WrongOrder, an_earlier_message_that_lay_waiting_tells) {
  std::vector<Wait> found;
  WrongOrder order{[&](const Wait& it) { found.push_back(it); }};
  Message first = message(40, 10);
  first.receive.leave = 45;
  order.message(first);
  order.late_sender(waits_of(first)[0], first);
  order.message(message(20, 50));  // sent before, received after
  order.finish();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].pattern, WaitPattern::late_sender_order);
}

TEST(WrongOrder, messages_in_order_change_nothing) {
  std::vector<Wait> found;
  WrongOrder order{[&](const Wait& it) { found.push_back(it); }, 1};
  for (TraceTime at = 0; at < 3; ++at) {
    Message it = message(40 + at, 10);
    it.receive.leave = 45;
    order.message(it);
    order.late_sender(waits_of(it)[0], it);
  }
  EXPECT_EQ(found.size(), 2U) << "the window holds one";
  order.finish();
  ASSERT_EQ(found.size(), 3U);
  for (const Wait& it : found) EXPECT_EQ(it.pattern, WaitPattern::late_sender);
}

TEST(SeparateWaits, waits_of_one_call_are_hidden_behind_the_longest) {
  WaitSorter sorter{2};
  const auto add = [&](TraceTime call, TraceTime begin, TraceTime duration) {
    sorter.add({.call = call, .begin = begin, .duration = duration});
  };
  add(100, 100, 5);
  add(10, 10, 20);
  add(10, 10, 50);
  add(10, 55, 15);  // the first 5 of it are hidden
  sorter.finish();
  SeparateWaits separate{sorter};
  std::vector<TraceTime> durations;
  while (const auto it = separate.next()) durations.push_back(it->duration);
  EXPECT_EQ(durations, (std::vector<TraceTime>{50, 10, 5}));
}

}  // namespace
}  // namespace foundation::analysis
