#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "core/log.hpp"
#include "core/random.hpp"
#include "targets.hpp"

namespace foundation::fuzz {
namespace {

namespace fs = std::filesystem;

const fs::path corpus{FOUNDATION_FUZZ_CORPUS};

std::vector<std::byte> content_of(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  const auto bytes = std::as_bytes(std::span{text});
  return {bytes.begin(), bytes.end()};
}

std::vector<fs::path> files_of(const Target& target) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator{corpus / target.name})
    files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

class Replay : public ::testing::TestWithParam<Target> {
 protected:
  void SetUp() override { core::set_log_level(core::LogLevel::off); }
  void TearDown() override { core::set_log_level(core::LogLevel::info); }
};

/// Seeds and every input that once was a finding (crash-...).
TEST_P(Replay, every_stored_input_is_read_or_refused) {
  const auto files = files_of(GetParam());
  ASSERT_FALSE(files.empty());
  for (const fs::path& file : files) EXPECT_NO_THROW(GetParam().run(content_of(file))) << file;
}

/// A little fuzzing with every compiler, always the same: cut, change, repeat and splice.
TEST_P(Replay, changed_inputs_are_read_or_refused) {
  core::Stream chance{11, core::Purpose::simulate};
  const auto files = files_of(GetParam());
  for (int round = 0; round < 300; ++round) {
    auto input = content_of(files[chance.below(files.size())]);
    const auto changes = 1 + chance.below(8);
    for (std::uint64_t i = 0; i < changes && !input.empty(); ++i) {
      const auto at = static_cast<std::ptrdiff_t>(chance.below(input.size()));
      switch (chance.below(4)) {
        case 0: input[static_cast<std::size_t>(at)] = static_cast<std::byte>(chance.next()); break;
        case 1: input.erase(input.begin() + at); break;
        case 2: input.insert(input.begin() + at, static_cast<std::byte>(chance.next())); break;
        default: input.resize(static_cast<std::size_t>(at));
      }
    }
    ASSERT_NO_THROW(GetParam().run(input)) << "round " << round;
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Replay, ::testing::ValuesIn(targets().begin(), targets().end()),
                         [](const auto& instance) { return std::string{instance.param.name}; });

/// The formats have not changed without their inputs.
TEST(Seeds, are_what_the_encoders_write) {
  for (const Seed& seed : binary_seeds())
    EXPECT_EQ(content_of(corpus / seed.target / seed.name), seed.bytes)
        << seed.name << ": run foundation-fuzz-seeds tests/fuzz/corpus";
}

}  // namespace
}  // namespace foundation::fuzz
