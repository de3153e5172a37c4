#include "storage/file_reader.hpp"

#include <cstring>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/load_file.hpp"
#include "storage/publish_file.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::storage {
namespace {

using ::testing::HasSubstr;
using testing::SampleTables;
using testing::ScopedFolder;

/// The error of an attempt to read everything in a file; nothing when there is none.
std::optional<core::Error> error_of(const std::filesystem::path& path) {
  try {
    static_cast<void>(load_content_digest(path, IsolationLimits{.cpu_seconds = 1}));
  } catch (const core::Error& error) {
    return error;
  }
  return std::nullopt;
}

std::string sample_bytes(const std::filesystem::path& folder, Layout layout) {
  const auto path = folder / "whole.h5";
  publish_file(path, layout, [&](FileWriter& writer) { SampleTables{}.write(writer); });
  std::ifstream stream{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream{path, std::ios::binary} << bytes;
}

TEST(FileReader, refuses_a_missing_file) {
  const auto error = error_of("no-such-folder/run.h5");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), core::ErrorKind::io);
  EXPECT_THAT(error->what(), HasSubstr("No such file"));
}

TEST(FileReader, refuses_a_text_file) {
  const ScopedFolder folder{"text-file"};
  for (const std::string_view text : {"", "short", "accuracy,score\n1,2\nand more\n"}) {
    write_bytes(folder.path() / "run.h5", text);
    const auto error = error_of(folder.path() / "run.h5");
    ASSERT_TRUE(error);
    EXPECT_EQ(error->kind(), core::ErrorKind::bad_input);
    EXPECT_THAT(error->what(), HasSubstr("it is not an HDF5 file"));
    EXPECT_THAT(error->hint(), HasSubstr("run folder"));
  }
}

TEST(FileReader, refuses_a_file_of_another_program) {
  const ScopedFolder folder{"foreign"};
  publish_file(folder.path() / "run.h5", Layout::contiguous,
               [&](FileWriter& writer) { writer.begin_table("measurements", "", 0); });
  const auto error = error_of(folder.path() / "run.h5");
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), core::ErrorKind::bad_input);
  EXPECT_THAT(error->what(), HasSubstr("another program"));
}

TEST(FileReader, refuses_a_later_version_of_the_tables) {
  const ScopedFolder folder{"later"};
  publish_file(folder.path() / "run.h5", Layout::contiguous, [&](FileWriter& writer) {
    writer.set_attribute(schema::attribute::schema, std::string{schema::schema_name});
    writer.set_attribute(schema::attribute::schema_version, std::int64_t{2});
  });
  const auto error = error_of(folder.path() / "run.h5");
  ASSERT_TRUE(error);
  EXPECT_THAT(error->what(), HasSubstr("version 2"));
}

TEST(FileReader, refuses_what_is_not_there_or_of_another_type) {
  const ScopedFolder folder{"missing"};
  sample_bytes(folder.path(), Layout::contiguous);
  const FileReader reader{folder.path() / "whole.h5"};
  EXPECT_THROW(static_cast<void>(reader.rows("nothing")), core::Error);
  EXPECT_THROW(static_cast<void>(reader.read("all_types", "nothing")), core::Error);
  EXPECT_THROW(static_cast<void>(reader.read("all_types", "../empty/number")), core::Error);
  EXPECT_THROW(static_cast<void>(reader.heap("nothing")), core::Error);
  try {
    static_cast<void>(reader.values<double>("all_types", "count"));
    FAIL() << "a column of another type was read";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::corrupt_data);
    EXPECT_THAT(error.what(), HasSubstr("holds uint32 values instead of float64"));
  }
}

/// Each truncation is refused; nothing crashes or hangs.
TEST(FileReader, refuses_every_truncation) {
  const ScopedFolder folder{"truncated"};
  const std::string whole = sample_bytes(folder.path(), Layout::compressed);
  const auto path = folder.path() / "cut.h5";
  for (std::size_t length = 0; length < whole.size(); length += 97) {
    write_bytes(path, std::string_view{whole}.substr(0, length));
    const auto error = error_of(path);
    ASSERT_TRUE(error) << length;
    EXPECT_NE(error->kind(), core::ErrorKind::internal);
    EXPECT_FALSE(error->hint().empty()) << error->what();
  }
}

/// A damaged byte gives a typed error, or an untouched or noticeably different content.
TEST(FileReader, survives_damage_anywhere) {
  const ScopedFolder folder{"damaged"};
  const std::string whole = sample_bytes(folder.path(), Layout::contiguous);
  const auto path = folder.path() / "bad.h5";
  for (std::size_t at = 0; at < whole.size(); at += 211) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x41);
    write_bytes(path, bytes);
    const auto error = error_of(path);
    if (error) {
      EXPECT_NE(error->kind(), core::ErrorKind::internal);
    }
  }
}

}  // namespace
}  // namespace foundation::storage
