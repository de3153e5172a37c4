#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"
#include "storage/load_file.hpp"
#include "storage/publish_file.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::storage {
namespace {

using testing::SampleTables;
using testing::ScopedFolder;

int rounds() {
  const char* text = std::getenv("FOUNDATION_HOSTILE_FILES");
  return text == nullptr ? 200 : std::atoi(text);
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

/// Numbers that lengths and offsets are likely to be wrong with, and blocks in the wrong place.
std::string changed(std::string content, core::Stream& chance) {
  static constexpr char odd[] = {0, 1, '\x7f', '\xff', '\x80'};
  const auto changes = 1 + chance.below(6);
  for (std::uint64_t i = 0; i < changes; ++i) {
    const std::size_t at = chance.below(content.size());
    switch (chance.below(5)) {
      case 0: content[at] = static_cast<char>(chance.next()); break;
      case 1: content[at] = odd[chance.below(sizeof odd)]; break;
      case 2: content.replace(at, std::min<std::size_t>(8, content.size() - at), 8, '\xff'); break;
      case 3: content.replace(at, 0, content.substr(chance.below(content.size()), 16)); break;
      default: content.resize(std::max<std::size_t>(at, 64));
    }
  }
  return content;
}

/// HDF5 1.10 crashes on some of these: in a process of its own, with bounds for time and memory.
TEST(HostileFiles, are_read_or_refused) {
  const ScopedFolder folder{"hostile"};
  core::Stream chance{17, core::Purpose::simulate};
  const IsolationLimits limits{.cpu_seconds = 10, .memory_bytes = std::uint64_t{2} << 30};
  int read = 0;
  int refused = 0;
  for (const auto layout : {Layout::contiguous, Layout::compressed}) {
    const auto path = folder.path() / "run.h5";
    const SampleTables sample;
    publish_file(path, layout, [&](FileWriter& writer) { sample.write(writer); });
    const std::string whole = content_of(path);
    for (int round = 0; round < rounds(); ++round) {
      const std::string content = changed(whole, chance);
      std::ofstream{path, std::ios::binary} << content;
      try {
        (void)load_tables(path, {}, limits);
        (void)load_content_digest(path, limits);
        ++read;
      } catch (const core::Error& error) {
        ++refused;
        const bool typed = error.kind() == core::ErrorKind::bad_input ||
                           error.kind() == core::ErrorKind::corrupt_data;
        EXPECT_TRUE(typed && !error.hint().empty()) << "round " << round << ": " << error.what();
      }
    }
  }
  fmt::print("{} files: {} read, {} refused\n", read + refused, read, refused);
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace foundation::storage
