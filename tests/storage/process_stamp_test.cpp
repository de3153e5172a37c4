#include "storage/process_stamp.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace foundation::storage {
namespace {

TEST(ProcessStamp, this_process_is_alive) {
  const ProcessStamp self = this_process();
  EXPECT_EQ(self.pid, ::getpid());
  EXPECT_GT(self.start_ticks, 0);
  EXPECT_EQ(liveness_of(self), Liveness::alive);
}

TEST(ProcessStamp, a_later_process_of_the_same_number_is_another_one) {
  ProcessStamp earlier = this_process();
  --earlier.start_ticks;
  EXPECT_EQ(liveness_of(earlier), Liveness::dead);
}

TEST(ProcessStamp, an_ended_process_is_dead) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) ::_exit(0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(start_ticks_of(child), 0) << "a zombie counts as alive";
  ::waitpid(child, nullptr, 0);
  EXPECT_EQ(start_ticks_of(child), 0);
  EXPECT_EQ(liveness_of({this_boot_id(), child, 0}), Liveness::dead);
}

TEST(ProcessStamp, other_machines_are_unknown) {
  ProcessStamp elsewhere = this_process();
  elsewhere.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(liveness_of(elsewhere), Liveness::unknown);
  elsewhere.boot_id.clear();
  EXPECT_EQ(liveness_of(elsewhere), Liveness::unknown);
}

}  // namespace
}  // namespace foundation::storage
