#include "storage/load_file.hpp"

#include <atomic>
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "storage/content_digest.hpp"
#include "storage/isolate.hpp"
#include "storage/publish_file.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::storage {
namespace {

using ::testing::HasSubstr;
using testing::SampleTables;
using testing::ScopedFolder;

TEST(LoadTables, brings_tables_and_attributes) {
  const ScopedFolder folder{"load"};
  const auto path = folder.path() / "run.h5";
  const SampleTables sample;
  const auto digest =
      publish_file(path, Layout::compressed, [&](FileWriter& writer) { sample.write(writer); });
  const MemoryTables all = load_tables(path);
  EXPECT_EQ(all.tables(), (std::vector<std::string>{"all_types", "empty"}));
  EXPECT_EQ(all.values<std::string>("all_types", "text"), sample.texts);
  EXPECT_EQ(all.values<std::uint64_t>("all_types", "hash"), sample.hashes);
  EXPECT_EQ(all.text_attribute({}, schema::attribute::schema), schema::schema_name);
  const std::vector<std::string_view> wanted{"empty", "unknown"};
  EXPECT_EQ(load_tables(path, wanted).tables(), std::vector<std::string>{"empty"});
  EXPECT_EQ(load_content_digest(path), digest);
}

TEST(RunIsolated, returns_bytes_of_any_number) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{3'000'000}}) {
    const auto bytes = run_isolated([size] { return std::vector<std::byte>(size, std::byte{7}); });
    EXPECT_EQ(bytes, std::vector<std::byte>(size, std::byte{7}));
  }
}

TEST(RunIsolated, passes_errors_on) {
  try {
    static_cast<void>(run_isolated([]() -> std::vector<std::byte> {
      throw core::Error{core::ErrorKind::bad_input, "what", "hint"};
    }));
    FAIL() << "the error was lost";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
    EXPECT_STREQ(error.what(), "what");
    EXPECT_EQ(error.hint(), "hint");
  }
}

TEST(RunIsolated, turns_a_crash_into_an_error) {
  try {
    static_cast<void>(run_isolated([]() -> std::vector<std::byte> {
      ::raise(SIGKILL);
      return {};
    }));
    FAIL() << "the crash was not noticed";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::corrupt_data);
    EXPECT_THAT(error.what(), HasSubstr("signal 9"));
  }
}

TEST(RunIsolated, ends_endless_work) {
  EXPECT_THROW(static_cast<void>(run_isolated(
                   []() -> std::vector<std::byte> {
                     const std::atomic<bool> enough{false};
                     while (!enough.load()) {
                     }
                     return {};
                   },
                   {.cpu_seconds = 1})),
               core::Error);
}

}  // namespace
}  // namespace foundation::storage
