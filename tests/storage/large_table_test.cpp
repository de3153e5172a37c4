#include <array>
#include <cerrno>
#include <stdexcept>

#include <gtest/gtest.h>

#include "storage/file_reader.hpp"
#include "storage/publish_file.hpp"
#include "storage/schema.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::storage {
namespace {

using testing::ScopedFolder;

constexpr std::array columns = {
    LargeColumn{.info = {"square", "square of the row number", "metre2"},
                .type = ColumnType::int64},
    LargeColumn{.info = {"small", "row number modulo 100"}, .type = ColumnType::int8},
    LargeColumn{.info = {"half", "half the row number"}, .type = ColumnType::float64}};

void fill(std::uint64_t first, std::span<Column> all) {
  auto& squares = std::get<std::vector<std::int64_t>>(all[0]);
  auto& small = std::get<std::vector<std::int8_t>>(all[1]);
  auto& halves = std::get<std::vector<double>>(all[2]);
  for (std::size_t i = 0; i < squares.size(); ++i) {
    const auto row = static_cast<std::int64_t>(first + i);
    squares[i] = row * row;
    small[i] = static_cast<std::int8_t>(row % 100);
    halves[i] = 0.5 * static_cast<double>(row);
  }
}

void publish(const std::filesystem::path& path, std::uint64_t rows, const FillRows& filler) {
  publish_large_file(path, [&](FileWriter& writer) {
    writer.set_attribute(schema::attribute::schema, std::string{schema::schema_name});
    writer.set_attribute(schema::attribute::schema_version, schema::schema_version);
    writer.begin_table("small", "A table of the usual kind", 1);
    writer.add_column({"x", "a number"}, std::span{std::array<const std::int64_t, 1>{7}});
    writer.add_large_table("large", "A table in chunks", rows, columns, filler);
  });
}

class LargeTable : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(LargeTable, comes_back_as_it_was_made) {
  const ScopedFolder folder{"large-" + std::to_string(GetParam())};
  publish(folder.path() / "t.h5", GetParam(), fill);
  const FileReader file{folder.path() / "t.h5"};
  EXPECT_EQ(file.tables(), (std::vector<std::string>{"small", "large"}));
  ASSERT_EQ(file.rows("large"), GetParam());
  const auto squares = file.values<std::int64_t>("large", "square");
  const auto small = file.values<std::int8_t>("large", "small");
  const auto halves = file.values<double>("large", "half");
  for (std::size_t i = 0; i < squares.size(); ++i) {
    ASSERT_EQ(squares[i], static_cast<std::int64_t>(i * i));
    ASSERT_EQ(small[i], static_cast<std::int8_t>(i % 100));
    ASSERT_EQ(halves[i], 0.5 * static_cast<double>(i));
  }
}

// None, less than a chunk, exactly one, one more, and more than all threads take at a time.
INSTANTIATE_TEST_SUITE_P(Rows, LargeTable, ::testing::Values(0, 1, 65535, 65536, 65537, 1'000'003));

TEST(LargeTableFailure, a_failure_while_filling_leaves_the_old_file) {
  const ScopedFolder folder{"large-failing"};
  publish(folder.path() / "t.h5", 10, fill);
  const auto failing = [](std::uint64_t first, std::span<Column> all) {
    if (first > 100'000) throw std::runtime_error{"no more"};
    fill(first, all);
  };
  EXPECT_THROW(publish(folder.path() / "t.h5", 1'000'000, failing), std::runtime_error);
  EXPECT_EQ(FileReader{folder.path() / "t.h5"}.rows("large"), 10U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder.path()}, {}), 1);
}

}  // namespace
}  // namespace foundation::storage
