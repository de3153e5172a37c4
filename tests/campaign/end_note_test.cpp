#include "campaign/end_note.hpp"

#include <cerrno>

#include <gtest/gtest.h>

#include "tests/journal/memory_disk.hpp"

namespace foundation::campaign {
namespace {

TEST(EndNote, survives_a_round_trip) {
  const EndNote note{3, 5, "quote \" and \n line"};
  const auto again = parse_end_note(to_json(note));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->epoch, 3U);
  EXPECT_EQ(again->exit_status, 5);
  EXPECT_EQ(again->reason, note.reason);
  EXPECT_FALSE(again->again);
  EXPECT_TRUE(parse_end_note(to_json({.epoch = 3, .exit_status = 5, .again = true}))->again);
}

TEST(EndNote, refuses_other_texts) {
  for (const char* text :
       {"", "{", "[]", "{}", R"({"epoch":-1,"exit_status":0})", R"({"epoch":1,"exit_status":"0"})",
        R"({"epoch":1,"exit_status":300})", R"({"epoch":99999999999,"exit_status":0})"})
    EXPECT_FALSE(parse_end_note(text)) << text;
}

TEST(EndNote, names_its_file_by_the_exit_status) {
  EXPECT_EQ(note_file(exit_status(Ending::done)), "DONE");
  EXPECT_EQ(note_file(exit_status(Ending::no_result)), "DONE");
  EXPECT_EQ(note_file(exit_status(Ending::stopped)), "STOPPED");
  EXPECT_EQ(note_file(exit_status(Ending::workers_lost)), "FAILED");
  EXPECT_EQ(note_file(70), "FAILED");
}

TEST(EndNote, counts_for_the_newest_epoch_only) {
  foundation::testing::MemoryStorage storage;
  foundation::testing::MemoryDisk disk{storage};
  EXPECT_FALSE(read_end_note(disk));
  static_cast<void>(journal::claim_epoch(disk, {}));
  leave_end_note(disk, {1, 3, "SIGTERM"});
  const auto stopped = read_end_note(disk);
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->file, stopped_file);
  EXPECT_EQ(stopped->reason, "SIGTERM");
  static_cast<void>(journal::claim_epoch(disk, {}));
  EXPECT_FALSE(read_end_note(disk)) << "the second session has not ended";
  leave_end_note(disk, {2, 0, "target reached"});
  EXPECT_EQ(read_end_note(disk)->exit_status, 0);
}

TEST(EndNote, tells_a_failure_after_a_stop_but_keeps_an_answer) {
  foundation::testing::MemoryStorage storage;
  foundation::testing::MemoryDisk disk{storage};
  static_cast<void>(journal::claim_epoch(disk, {}));
  leave_end_note(disk, {1, 3, "SIGTERM"});
  leave_end_note(disk, {1, 5, "disk full"});
  EXPECT_EQ(read_end_note(disk)->file, failed_file);
  leave_end_note(disk, {1, 0, "all candidates evaluated"});
  EXPECT_EQ(read_end_note(disk)->file, done_file);
}

TEST(EndNote, is_given_up_where_the_disk_refuses) {
  foundation::testing::MemoryStorage storage;
  foundation::testing::MemoryDisk disk{storage};
  static_cast<void>(journal::claim_epoch(disk, {}));
  storage.fail_call(0, ENOSPC);
  leave_end_note(disk, {1, 5, "disk full"});
  EXPECT_FALSE(read_end_note(disk));
}

}  // namespace
}  // namespace foundation::campaign
