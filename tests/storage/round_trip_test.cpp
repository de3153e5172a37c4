#include <cstring>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

#include "storage/content_digest.hpp"
#include "storage/file_reader.hpp"
#include "storage/memory_tables.hpp"
#include "storage/publish_file.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::storage {
namespace {

using testing::SampleTables;
using testing::ScopedFolder;

/// Compares everything a source gives back with what was written.
void expect_sample(const TableSource& source, const SampleTables& sample) {
  EXPECT_EQ(source.tables(), (std::vector<std::string>{"all_types", "empty"}));
  EXPECT_EQ(source.columns("all_types"),
            (std::vector<std::string>{"state", "small", "count", "time", "hash", "score", "text"}));
  EXPECT_EQ(source.rows("all_types"), 3U);
  EXPECT_EQ(source.values<std::int8_t>("all_types", "state"), sample.states);
  EXPECT_EQ(source.values<std::int32_t>("all_types", "small"), sample.small);
  EXPECT_EQ(source.values<std::uint32_t>("all_types", "count"), sample.counts);
  EXPECT_EQ(source.values<std::int64_t>("all_types", "time"), sample.times);
  EXPECT_EQ(source.values<std::uint64_t>("all_types", "hash"), sample.hashes);
  const auto scores = source.values<double>("all_types", "score");
  EXPECT_EQ(std::memcmp(scores.data(), sample.scores.data(), 3 * sizeof(double)), 0);
  EXPECT_EQ(source.values<std::string>("all_types", "text"), sample.texts);
  EXPECT_EQ(source.rows("empty"), 0U);
  EXPECT_TRUE(source.values<double>("empty", "number").empty());
  EXPECT_TRUE(source.values<std::string>("empty", "text").empty());
  EXPECT_EQ(source.heaps(), std::vector<std::string>{"large"});
  EXPECT_EQ(source.heap("large"), sample.heap);
  EXPECT_EQ(source.text_attribute("all_types", "note"), "attribute of a table");
  EXPECT_EQ(source.attribute({}, "ratio"), AttributeValue{0.25});
  EXPECT_EQ(source.attribute({}, "missing"), std::nullopt);
  EXPECT_EQ(source.integer_attribute({}, schema::attribute::schema_version), 1);
}

class RoundTrip : public ::testing::TestWithParam<Layout> {};

TEST_P(RoundTrip, file_gives_back_what_was_written) {
  const ScopedFolder folder{"round-trip"};
  const SampleTables sample;
  const auto digest = publish_file(folder.path() / "a.h5", GetParam(),
                                   [&](FileWriter& writer) { sample.write(writer); });
  const FileReader reader{folder.path() / "a.h5"};
  expect_sample(reader, sample);
  EXPECT_EQ(reader.column_attribute("all_types", "time", "units"), schema::wall_time);
  EXPECT_EQ(reader.column_attribute("all_types", "time", "long_name"), "int64");
  EXPECT_EQ(reader.column_attribute("all_types", "state", "flag_meanings"),
            schema::status_flags.meanings);
  EXPECT_EQ(content_digest(reader), digest);
  EXPECT_EQ(reader.text_attribute({}, schema::attribute::content_digest), digest.hex());
}
INSTANTIATE_TEST_SUITE_P(Layouts, RoundTrip,
                         ::testing::Values(Layout::contiguous, Layout::compressed));

TEST(MemoryTables, give_back_what_was_written) {
  MemoryTables tables;
  const SampleTables sample;
  sample.write(tables);
  expect_sample(tables, sample);
}

TEST(ContentDigest, is_the_same_in_file_and_memory_and_without_either) {
  const SampleTables sample;
  MemoryTables tables;
  sample.write(tables);
  ContentDigest digest;
  sample.write(digest);
  EXPECT_EQ(content_digest(tables), digest.digest());
}

TEST(ContentDigest, notices_every_change) {
  const auto digest_of = [](const SampleTables& sample) {
    ContentDigest digest;
    sample.write(digest);
    return digest.digest();
  };
  const auto original = digest_of({});
  EXPECT_EQ(digest_of({}), original);
  SampleTables other;
  other.states[0] = 0;
  EXPECT_NE(digest_of(other), original);
  other = {};
  other.texts = {"naïve ✓", "", "two\nlines"};
  EXPECT_NE(digest_of(other), original);
  other = {};
  other.heap.pop_back();
  EXPECT_NE(digest_of(other), original);
}

TEST(FileWriter, equal_content_gives_equal_files) {
  const ScopedFolder folder{"equal"};
  for (const char* name : {"a.h5", "b.h5"}) {
    publish_file(folder.path() / name, Layout::compressed,
                 [&](FileWriter& writer) { SampleTables{}.write(writer); });
  }
  const auto bytes_of = [&](const char* name) {
    std::ifstream stream{folder.path() / name, std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{stream}, {}};
  };
  EXPECT_EQ(bytes_of("a.h5"), bytes_of("b.h5"));
}

TEST(FileWriter, compresses_long_columns) {
  const ScopedFolder folder{"compress"};
  constexpr std::size_t rows = 200'000;
  const std::vector<std::int64_t> values(rows, 7);
  for (const auto layout : {Layout::contiguous, Layout::compressed}) {
    const auto path = folder.path() / (layout == Layout::compressed ? "small.h5" : "large.h5");
    publish_file(path, layout, [&](FileWriter& writer) {
      SampleTables{}.write(writer);
      writer.begin_table("long", "one long column", rows);
      writer.add_column({"value", "always 7"}, std::span{values});
    });
    EXPECT_EQ(FileReader{path}.values<std::int64_t>("long", "value"), values);
  }
  EXPECT_LT(std::filesystem::file_size(folder.path() / "small.h5") * 5,
            std::filesystem::file_size(folder.path() / "large.h5"));
}

TEST(TableSink, cleans_texts_for_every_sink_alike) {
  const ScopedFolder folder{"clean"};
  const std::vector<std::string> texts{std::string{"a\0b", 3}, "bad\xff", "fine"};
  const std::vector<std::string> expected{
      "a\xEF\xBF\xBD"
      "b",
      "bad\xEF\xBF\xBD", "fine"};
  const auto write = [&](TableSink& sink) {
    SampleTables{}.write(sink);
    sink.begin_table("texts", "", texts.size());
    sink.add_column({"text", "text"}, std::span<const std::string>{texts});
  };
  const auto digest = publish_file(folder.path() / "a.h5", Layout::compressed, write);
  const FileReader reader{folder.path() / "a.h5"};
  EXPECT_EQ(reader.values<std::string>("texts", "text"), expected);
  EXPECT_EQ(content_digest(reader), digest);
}

}  // namespace
}  // namespace foundation::storage
