#include "runtime/stop_signals.hpp"

#include <signal.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace foundation::runtime {
namespace {

constexpr int resumable = 3;
constexpr useconds_t longer_than_a_doubled_signal = 400'000;

TEST(StopSignals, the_first_one_asks_for_a_stop) {
  catch_stop_signals();
  EXPECT_FALSE(stop_requested());
  raise(SIGUSR1);
  EXPECT_EQ(stop_requested(), "SIGUSR1");
  raise(SIGTERM);
  raise(SIGINT);  // within moments of the first: the same wish
  EXPECT_EQ(stop_requested(), "SIGUSR1");
}

TEST(StopSignalsDeathTest, a_second_interrupt_ends_at_once) {
  EXPECT_EXIT(
      {
        catch_stop_signals();
        raise(SIGINT);
        usleep(longer_than_a_doubled_signal);
        raise(SIGTERM);
        raise(SIGINT);
      },
      ::testing::ExitedWithCode(resumable), "");
}

TEST(StopSignalsDeathTest, workers_ignore_them) {
  EXPECT_EXIT(
      {
        ignore_stop_signals();
        for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) raise(signal);
        _exit(stop_requested() ? 1 : 0);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace foundation::runtime
