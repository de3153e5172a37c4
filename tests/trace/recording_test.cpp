#include "trace/recording.hpp"

#include <cstddef>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "tests/journal/scratch_folder.hpp"
#include "tests/trace/child.hpp"
#include "trace/recorder.hpp"

namespace foundation::trace {
namespace {

/// A small recording, as bytes.
class RecordingTest : public ::testing::Test {
 protected:
  RecordingTest() {
    const std::string path = (folder_ / "original").string();
    testing::in_child([&path] {
      static_cast<void>(open_recorder(
          {.path = path.c_str(), .stream_bytes = chunk_bytes, .definitions_bytes = 4096}));
      static_cast<void>(define_region(RegionRole::program, "region", "file.cpp", 1));
      for (std::uint64_t n = 0; n < 100; ++n) record({.ticks = n});
      close_recorder();
    });
    std::ifstream file{path, std::ios::binary};
    bytes_.assign(std::istreambuf_iterator<char>{file}, {});
  }

  /// Reads everything there is in the file of these bytes; false if it is refused.
  bool read_all(const std::string& bytes) {
    const std::filesystem::path path = folder_ / "changed";
    std::ofstream{path, std::ios::binary}.write(bytes.data(),
                                                static_cast<std::streamsize>(bytes.size()));
    try {
      const Recording recording{path};
      recording.visit_definitions([](DefinitionType, std::span<const std::byte>) {});
      std::vector<Event> events(64);
      for (std::uint32_t stream = 0; stream < recording.streams().size(); ++stream) {
        const StreamExtent& extent = recording.streams()[stream];
        for (std::uint64_t at = extent.oldest; at + events.size() <= extent.published;
             at += events.size())
          recording.read(stream, at, events);
      }
      return true;
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::corrupt_data);
      return false;
    }
  }

  testing::ScratchFolder folder_;
  std::string bytes_;
};

TEST_F(RecordingTest, is_read_as_it_was_written) { EXPECT_TRUE(read_all(bytes_)); }

TEST_F(RecordingTest, is_refused_when_something_is_missing) {
  EXPECT_FALSE(read_all(""));
  EXPECT_FALSE(read_all(bytes_.substr(0, sizeof(FileHeader) - 1)));
  EXPECT_FALSE(read_all(bytes_.substr(0, header_bytes)));
  const std::size_t events = stream_offset(4096, chunk_bytes, 0);
  EXPECT_FALSE(read_all(bytes_.substr(0, events + 99 * sizeof(Event))));
  EXPECT_TRUE(read_all(bytes_.substr(0, events + 100 * sizeof(Event))));
}

TEST_F(RecordingTest, of_an_older_version_is_read_and_of_a_newer_refused) {
  std::string changed = bytes_;
  const auto set_version = [&](std::uint32_t version) {
    std::memcpy(changed.data() + offsetof(FileHeader, version), &version, sizeof version);
  };
  set_version(oldest_file_version);
  EXPECT_TRUE(read_all(changed));
  set_version(file_version + 1);
  EXPECT_FALSE(read_all(changed));
  set_version(0);
  EXPECT_FALSE(read_all(changed));
}

TEST_F(RecordingTest, survives_whatever_its_headers_say) {
  core::Stream chance{1, core::Purpose::simulate};
  const std::size_t fixed = definitions_offset() + 64;
  for (int round = 0; round < 300; ++round) {
    std::string changed = bytes_;
    for (std::uint64_t flips = 1 + chance.below(4); flips > 0; --flips) {
      const bool in_header = chance.below(2) == 0;
      const std::size_t place = chance.below(in_header ? sizeof(FileHeader) : fixed);
      changed[place] = static_cast<char>(chance.below(256));
    }
    read_all(changed);
  }
}

}  // namespace
}  // namespace foundation::trace
