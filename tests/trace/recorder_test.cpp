#include "trace/recorder.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "tests/journal/scratch_folder.hpp"
#include "tests/trace/child.hpp"
#include "trace/recording.hpp"

namespace foundation::trace {
namespace {

using testing::in_child;

constexpr std::uint64_t small_stream = chunk_bytes;  // 32,768 events
constexpr std::uint64_t small_capacity = small_stream / sizeof(Event);

/// The n-th event of a test: whatever is torn, lost or doubled does not fit its number.
Event numbered(std::uint64_t n) {
  return {.ticks = n * 3,
          .kind = EventKind::enter,
          .region = static_cast<std::uint16_t>(n),
          .peer = static_cast<std::int32_t>(n),
          .tag = static_cast<std::int32_t>(~n),
          .communicator = static_cast<std::uint32_t>(n * 7),
          .value = n ^ 0x5555555555555555};
}

class RecorderTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string file() const { return (folder_ / "rank.ftr").string(); }

  void open_or_die(RecorderOptions options = {}) const {
    const std::string path = file();
    options.path = path.c_str();
    if (open_recorder(options) != nullptr) _exit(101);
  }
  static void record_numbered(std::uint64_t begin, std::uint64_t end) {
    for (std::uint64_t n = begin; n < end; ++n) record(numbered(n));
  }
  static void expect_numbered(const Recording& recording, std::uint32_t stream) {
    const StreamExtent& extent = recording.streams().at(stream);
    std::vector<Event> events(extent.published - extent.oldest);
    recording.read(stream, extent.oldest, events);
    for (std::uint64_t i = 0; i < events.size(); ++i) {
      const Event expected = numbered(extent.oldest + i);
      ASSERT_EQ(std::memcmp(&events[i], &expected, sizeof expected), 0) << "event " << i;
    }
  }

  testing::ScratchFolder folder_;
};

TEST_F(RecorderTest, what_was_recorded_can_be_read) {
  ASSERT_EQ(in_child([this] {
              open_or_die({.trace_id = 0xABCDEF});
              set_rank(3, 8);
              record_numbered(0, 100'000);
              close_recorder();
            }),
            0);
  const Recording recording{file()};
  EXPECT_EQ(recording.facts().trace_id, 0xABCDEFU);
  EXPECT_EQ(recording.facts().rank, 3);
  EXPECT_EQ(recording.facts().ranks, 8);
  EXPECT_TRUE(recording.facts().closed);
  EXPECT_GT(recording.facts().last.monotonic_ns, recording.facts().first.monotonic_ns);
  ASSERT_EQ(recording.streams().size(), 1U);
  EXPECT_EQ(recording.streams()[0].published, 100'000U);
  EXPECT_EQ(recording.streams()[0].dropped, 0U);
  expect_numbered(recording, 0);
}

TEST_F(RecorderTest, definitions_keep_their_order) {
  ASSERT_EQ(in_child([this] {
              open_or_die();
              const std::uint16_t first =
                  define_region(RegionRole::program, "solve", "solver.cpp", 42);
              const std::uint16_t second = define_region(RegionRole::other, "", "", 0);
              if (first == 0 || second != first + 1) _exit(1);
              if (!define_text(TextKind::command, 7, "./app --fast")) _exit(2);
            }),
            0);
  std::vector<std::string> seen;
  Recording{file()}.visit_definitions(
      [&seen](DefinitionType type, std::span<const std::byte> payload) {
        const std::string text{reinterpret_cast<const char*>(payload.data()), payload.size()};
        seen.push_back(std::to_string(static_cast<int>(type)) + ":" + text.substr(8));
      });
  using namespace std::string_literals;
  EXPECT_EQ(seen, (std::vector{"1:solve\0solver.cpp\0\0"s, "1:\0\0\0"s, "3:./app --fast\0"s}));
}

TEST_F(RecorderTest, a_dead_process_has_lost_nothing) {
  core::Stream chance{1, core::Purpose::simulate};
  const std::vector<std::function<void()>> deaths{[] { raise(SIGKILL); }, [] { raise(SIGTERM); },
                                                  [] { std::abort(); }, [] { _exit(3); },
                                                  [] {
                                                    rlimit no_core{0, 0};
                                                    setrlimit(RLIMIT_CORE, &no_core);
                                                    raise(SIGSEGV);
                                                  }};
  for (std::size_t round = 0; round < 25; ++round) {
    const std::uint64_t count = 1 + chance.below(200'000);
    ASSERT_NE(in_child([&] {
                open_or_die();
                record_numbered(0, count);
                deaths[round % deaths.size()]();
              }),
              0);
    const Recording recording{file()};
    EXPECT_FALSE(recording.facts().closed);
    EXPECT_EQ(recording.streams().at(0).published, count);
    expect_numbered(recording, 0);
    std::filesystem::remove(file());
  }
}

TEST_F(RecorderTest, each_thread_has_its_stream) {
  constexpr std::uint32_t threads = 8;
  ASSERT_EQ(in_child([this] {
              open_or_die();
              std::vector<std::thread> all;
              for (std::uint32_t i = 0; i < threads; ++i)
                all.emplace_back([] { record_numbered(0, 50'000); });
              for (std::thread& it : all) it.join();
              record_numbered(0, 10);
            }),
            0);
  const Recording recording{file()};
  ASSERT_EQ(recording.streams().size(), threads + 1);
  for (std::uint32_t stream = 0; stream <= threads; ++stream) {
    EXPECT_EQ(recording.streams()[stream].published, stream < threads ? 50'000U : 10U);
    EXPECT_EQ(recording.streams()[stream].ended, stream < threads);
    expect_numbered(recording, stream);
  }
}

TEST_F(RecorderTest, threads_without_a_stream_are_counted) {
  ASSERT_EQ(in_child([this] {
              open_or_die({.stream_bytes = small_stream});
              for (std::uint32_t i = 0; i < stream_limit + 5; ++i)
                std::thread{[] { record_numbered(0, 2); }}.join();
            }),
            0);
  const Recording recording{file()};
  EXPECT_EQ(recording.streams().size(), stream_limit);
  EXPECT_EQ(recording.facts().streams_refused, 5U);
}

TEST_F(RecorderTest, a_full_stream_drops_and_counts) {
  ASSERT_EQ(in_child([this] {
              open_or_die({.stream_bytes = small_stream});
              record_numbered(0, small_capacity + 100'000);
            }),
            0);
  const Recording recording{file()};
  EXPECT_EQ(recording.streams()[0].published, small_capacity);
  EXPECT_EQ(recording.streams()[0].dropped, 100'000U);
  expect_numbered(recording, 0);
}

TEST_F(RecorderTest, a_flight_recorder_keeps_the_newest) {
  ASSERT_EQ(
      in_child([this] {
        open_or_die({.stream_bytes = 2 * small_stream, .full_policy = FullPolicy::keep_newest});
        record_numbered(0, 5 * small_capacity + 17);
      }),
      0);
  const Recording recording{file()};
  EXPECT_EQ(recording.streams()[0].published, 5 * small_capacity + 17);
  // The one before may have been half overwritten as the process died.
  EXPECT_EQ(recording.streams()[0].oldest, 3 * small_capacity + 17 + 1);
  EXPECT_EQ(recording.streams()[0].dropped, 0U);
  expect_numbered(recording, 0);
}

TEST_F(RecorderTest, a_child_that_is_followed_records_instead) {
  ASSERT_EQ(in_child([this] {
              open_or_die();
              record_numbered(0, 10);
              follow_child();
              const int status = in_child([] {
                if (!is_recording(event_class::all)) _exit(1);
                record_numbered(0, 20);
                const int grandchild = in_child([] {
                  if (is_recording(event_class::all)) _exit(2);
                });
                close_recorder();
                _exit(grandchild == 0 ? 0 : 3);
              });
              if (status != 0) _exit(1);
              if (is_recording(event_class::all)) _exit(4);
              close_recorder();  // says nothing any more
            }),
            0);
  const Recording recording{file()};
  EXPECT_TRUE(recording.facts().closed);
  ASSERT_EQ(recording.streams().size(), 2U);
  EXPECT_EQ(recording.streams()[0].published, 10U);
  EXPECT_EQ(recording.streams()[1].published, 20U);
  EXPECT_EQ(recording.facts().process, recording.streams()[1].thread) << "the child's first thread";
  expect_numbered(recording, 0);
  expect_numbered(recording, 1);
}

/// As it looks in a copy that was made while the program went on.
TEST_F(RecorderTest, what_is_being_overwritten_is_left_out) {
  constexpr std::uint64_t last = 2 * small_capacity + 100;
  ASSERT_EQ(in_child([this] {
              open_or_die({.stream_bytes = small_stream, .full_policy = FullPolicy::keep_newest});
              record_numbered(0, last);
              const std::uint64_t published = last;
              record_numbered(last, last + 50);
              detail::writer.header->published.store(published);
            }),
            0);
  const Recording recording{file()};
  EXPECT_EQ(recording.streams()[0].published, last);
  EXPECT_EQ(recording.streams()[0].oldest, last - small_capacity + 50 + 1);
  expect_numbered(recording, 0);
}

TEST_F(RecorderTest, a_child_of_the_program_records_nothing) {
  ASSERT_EQ(in_child([this] {
              open_or_die();
              record_numbered(0, 10);
              const int status = in_child([] {
                if (is_recording(event_class::all)) _exit(1);
                if (define_region(RegionRole::program, "child", "", 0) != 0) _exit(2);
                close_recorder();
              });
              if (status != 0) _exit(1);
              record_numbered(10, 20);
            }),
            0);
  const Recording recording{file()};
  EXPECT_FALSE(recording.facts().closed);
  EXPECT_EQ(recording.streams().at(0).published, 20U);
  expect_numbered(recording, 0);
}

TEST_F(RecorderTest, classes_can_be_switched_off) {
  ASSERT_EQ(in_child([this] {
              if (is_recording(event_class::all)) _exit(1);
              open_or_die({.control = event_class::collective});
              if (is_recording(event_class::point_to_point)) _exit(2);
              if (!is_recording(event_class::collective)) _exit(3);
            }),
            0);
}

TEST_F(RecorderTest, a_file_that_exists_is_left_alone) {
  ASSERT_EQ(in_child([this] { open_or_die(); }), 0);
  ASSERT_EQ(in_child([this] {
              const std::string path = file();
              const char* failed = open_recorder({.path = path.c_str()});
              if (failed == nullptr || std::string{failed} != "open" || errno != EEXIST) _exit(1);
              if (is_recording(event_class::all)) _exit(2);
            }),
            0);
}

TEST_F(RecorderTest, a_limit_of_file_sizes_switches_it_off_and_harms_nobody) {
  ASSERT_EQ(in_child([this] {
              const rlimit limit{chunk_bytes, chunk_bytes};
              setrlimit(RLIMIT_FSIZE, &limit);
              const std::string path = file();
              if (open_recorder({.path = path.c_str()}) == nullptr || errno != EFBIG) _exit(1);
            }),
            0);
}

/// Makes a file system of this size at the folder, visible to this process alone.
bool mount_small(const std::string& folder, const char* options) {
  if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
  mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  return mount("none", folder.c_str(), "tmpfs", 0, options) == 0;
}

TEST_F(RecorderTest, a_full_file_system_drops_and_counts) {
  constexpr int no_namespaces = 42;
  const int status = in_child([this] {
    if (!mount_small(folder_.path().string(), "size=4m")) _exit(no_namespaces);
    open_or_die();
    errno = 0;
    record_numbered(0, 1'000'000);
    if (errno != 0) _exit(1);
    const Recording recording{file()};
    const StreamExtent& extent = recording.streams().at(0);
    if (extent.published % small_capacity != 0 || extent.published == 0) _exit(2);
    if (extent.published + extent.dropped != 1'000'000) _exit(3);
    std::vector<Event> events(extent.published);
    recording.read(0, 0, events);
    for (std::uint64_t n = 0; n < events.size(); ++n) {
      const Event expected = numbered(n);
      if (std::memcmp(&events[n], &expected, sizeof expected) != 0) _exit(4);
    }
  });
  if (WIFEXITED(status) && WEXITSTATUS(status) == no_namespaces)
    GTEST_SKIP() << "no small file system can be mounted here (needs namespaces)";
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace foundation::trace
