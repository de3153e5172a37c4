#include "runtime/publisher.hpp"

#include <fstream>
#include <iterator>
#include <unistd.h>

#include <gmock/gmock.h>

#include "keeper_scenarios.hpp"
#include "tests/journal/scratch_folder.hpp"

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 30s;

/// `foundation rebuild` is played by this executable, which notes how it was called.
class PublisherTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string rebuilds() const {
    std::ifstream stream{folder_ / "rebuilds"};
    return {std::istreambuf_iterator<char>{stream}, {}};
  }
  void touch(const char* name) const { std::ofstream{folder_ / name}; }
  /// Polls with the clock standing at `now` until `text` is noted.
  bool poll_until(const std::string& text, core::Time now) {
    const core::Time deadline = core::monotonic_now() + patience;
    while (rebuilds() != text && core::monotonic_now() < deadline) {
      publisher_.poll(now);
      usleep(500);
    }
    return rebuilds() == text;
  }

  testing::ScratchFolder folder_;
  Publisher publisher_{testing::keeper_of_tests(), folder_.path()};
};

TEST_F(PublisherTest, does_nothing_unasked) {
  publisher_.poll({0});
  EXPECT_TRUE(publisher_.finish(patience));
  EXPECT_EQ(rebuilds(), "");
}

TEST_F(PublisherTest, makes_a_partial_view_now_and_a_whole_one_at_the_end) {
  publisher_.request(7, false);
  EXPECT_EQ(rebuilds(), "");
  EXPECT_TRUE(poll_until("--until 7 --partial \n", {0}));
  publisher_.request(9, true);
  EXPECT_TRUE(publisher_.finish(patience));
  EXPECT_EQ(rebuilds(), "--until 7 --partial \n--until 9 \n");
}

TEST_F(PublisherTest, a_newer_wish_takes_the_place_of_one_not_begun) {
  touch("slow");
  publisher_.request(1, false);
  ASSERT_TRUE(poll_until("--until 1 --partial \n", {0}));
  publisher_.request(2, false);
  publisher_.request(3, true);
  EXPECT_TRUE(publisher_.finish(patience));
  EXPECT_EQ(rebuilds(), "--until 1 --partial \n--until 3 \n");
}

TEST_F(PublisherTest, takes_at_most_a_percent_of_a_core) {
  touch("slow");  // 0.3 s: the next one begins 30 s later at the earliest
  publisher_.request(1, false);
  ASSERT_TRUE(poll_until("--until 1 --partial \n", {0}));
  usleep(500'000);
  publisher_.poll(core::Time{0} + 300ms);
  publisher_.request(2, false);
  for (const auto later : {1s, 10s, 30s}) publisher_.poll(core::Time{0} + later);
  usleep(50'000);
  EXPECT_EQ(rebuilds(), "--until 1 --partial \n");
  EXPECT_TRUE(poll_until("--until 1 --partial \n--until 2 --partial \n", core::Time{0} + 31s));
  EXPECT_TRUE(publisher_.finish(patience));
}

TEST_F(PublisherTest, a_failed_view_is_told_and_the_next_one_made_all_the_same) {
  touch("fails");
  publisher_.request(1, true);
  ::testing::internal::CaptureStderr();
  EXPECT_FALSE(publisher_.finish(patience));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::HasSubstr("foundation rebuild " + folder_.path().string()));
  std::filesystem::remove(folder_ / "fails");
  publisher_.request(2, true);
  EXPECT_TRUE(publisher_.finish(patience));
}

TEST_F(PublisherTest, waits_no_longer_than_it_is_told) {
  touch("slow");
  publisher_.request(1, true);
  EXPECT_FALSE(publisher_.finish(20ms));
  EXPECT_TRUE(publisher_.finish(patience));
}

}  // namespace
}  // namespace foundation::runtime
