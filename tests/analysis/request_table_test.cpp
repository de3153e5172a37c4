#include "analysis/request_table.hpp"

#include <gtest/gtest.h>

namespace foundation::analysis {
namespace {

constexpr std::uint64_t bits = 0x1234;
constexpr std::uint32_t window = 0;

Pending send(MessageMatcher::Handle handle) { return PendingSend{handle}; }

MessageMatcher::Handle handle_of(const std::optional<Pending>& pending) {
  return pending ? std::get<PendingSend>(*pending).handle : ~MessageMatcher::Handle{0};
}

TEST(RequestTable, a_request_is_known_until_it_is_complete) {
  RequestTable table;
  EXPECT_FALSE(table.complete(bits, 0).known);
  table.begin(bits, send(7), 0, window);
  const RequestTable::Ended ended = table.complete(bits, 0);
  EXPECT_TRUE(ended.known);
  EXPECT_EQ(handle_of(ended.pending), 7U);
  EXPECT_FALSE(table.complete(bits, 0).known);
}

TEST(RequestTable, a_handle_used_again_before_its_completion_was_recorded) {
  RequestTable table;
  table.begin(bits, send(1), 0, window);
  table.begin(bits, send(2), 1, window);
  EXPECT_EQ(handle_of(table.complete(bits, 0).pending), 1U) << "a thread ends what it has begun";
  EXPECT_EQ(handle_of(table.complete(bits, 1).pending), 2U);
  table.begin(bits, send(3), 0, window);
  table.begin(bits, send(4), 1, window);
  EXPECT_EQ(handle_of(table.complete(bits, 1).pending), 4U);
  EXPECT_EQ(handle_of(table.complete(bits, 0).pending), 3U);
}

TEST(RequestTable, what_others_have_begun_ends_in_its_order) {
  RequestTable table;
  for (MessageMatcher::Handle i = 1; i <= 3; ++i) table.begin(bits, send(i), 0, window);
  for (MessageMatcher::Handle i = 1; i <= 3; ++i)
    EXPECT_EQ(handle_of(table.complete(bits, 9).pending), i);
  EXPECT_FALSE(table.complete(bits, 9).known);
}

TEST(RequestTable, one_handle_for_everything_that_is_complete_from_the_start) {
  RequestTable table;
  for (MessageMatcher::Handle i = 0; i < 1000; ++i) table.begin(bits, send(i), 0, window);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(table.complete(bits, 0).pending.has_value());
  EXPECT_FALSE(table.complete(bits, 0).known);
}

TEST(RequestTable, what_ended_between_two_windows_is_forgotten) {
  RequestTable table;
  table.begin(bits, send(1), 0, 1);
  table.begin(bits, send(2), 0, 2);
  EXPECT_EQ(handle_of(table.complete(bits, 5).pending), 2U);
  EXPECT_FALSE(table.complete(bits, 5).known);
}

TEST(RequestTable, a_persistent_request_is_known_until_it_is_freed) {
  RequestTable table;
  table.prepare(bits, {.envelope = {}, .communicator = 1, .bytes = 8, .is_send = true});
  for (MessageMatcher::Handle i = 0; i < 3; ++i) {
    ASSERT_NE(table.prepared(bits), nullptr);
    table.begin(bits, send(i), 0, window);
    EXPECT_EQ(handle_of(table.complete(bits, 0).pending), i);
  }
  EXPECT_TRUE(table.complete(bits, 0).known) << "one to nobody";
  EXPECT_FALSE(table.free(bits, 0));
  EXPECT_EQ(table.prepared(bits), nullptr);
  EXPECT_FALSE(table.complete(bits, 0).known);
}

}  // namespace
}  // namespace foundation::analysis
