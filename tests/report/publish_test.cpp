#include "report/publish.hpp"

#include <cmath>
#include <iterator>
#include <sstream>
#include <tuple>

#include <gtest/gtest.h>

#include "model/cell.hpp"
#include "storage/file_reader.hpp"
#include "storage/memory_tables.hpp"
#include "storage/schema.hpp"
#include "tests/report/sample_run.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::report {
namespace {

namespace schema = storage::schema;
using storage::FileReader;
using testing::ScopedFolder;
using testing::write_sample_run;

core::Digest rebuild(const std::filesystem::path& folder, Completeness completeness) {
  return rebuild_view(folder, journal::PosixDisk{folder}, completeness, testing::sample_start);
}

TEST(RebuildView, publishes_empty_tables_before_anything_happened) {
  const ScopedFolder folder{"publish-empty"};
  for (const auto completeness : {Completeness::partial, Completeness::complete}) {
    rebuild(folder.path(), completeness);
    const FileReader file{folder.path() / view_file};
    for (const char* table :
         {"job", "sessions", "result", "candidates", "decisions", "progress", "workers"})
      EXPECT_EQ(file.rows(table), 0U) << table;
    EXPECT_EQ(file.has_table("evaluations"), completeness == Completeness::complete);
    EXPECT_FALSE(file.has_table("outputs"));
  }
}

TEST(RebuildView, gives_the_same_digest_twice) {
  const ScopedFolder folder{"publish-twice"};
  write_sample_run(folder.path());
  const auto complete = rebuild(folder.path(), Completeness::complete);
  const auto partial = rebuild(folder.path(), Completeness::partial);
  EXPECT_NE(partial, complete);
  EXPECT_EQ(rebuild(folder.path(), Completeness::complete), complete);
  EXPECT_EQ(rebuild(folder.path(), Completeness::partial), partial);
}

TEST(RebuildView, says_where_it_stands) {
  const ScopedFolder folder{"publish-attributes"};
  write_sample_run(folder.path());
  rebuild(folder.path(), Completeness::partial);
  const FileReader file{folder.path() / view_file};
  EXPECT_EQ(file.text_attribute({}, schema::attribute::software), "Foundation");
  EXPECT_EQ(file.text_attribute({}, schema::attribute::status), "partial");
  EXPECT_EQ(file.text_attribute({}, schema::attribute::run_state), "finished");
  EXPECT_EQ(file.text_attribute({}, schema::attribute::date), "2023-11-14T22:13:20Z");
  EXPECT_EQ(file.integer_attribute({}, schema::attribute::epoch), 2);
  EXPECT_EQ(file.integer_attribute({}, schema::attribute::sequence),
            static_cast<std::int64_t>(read_run_view(journal::PosixDisk{folder.path()}).sequence));
  EXPECT_EQ(file.tables(), (std::vector<std::string>{"job", "sessions", "result", "candidates",
                                                     "decisions", "progress", "workers", "nodes",
                                                     "services", "health", "traffic", "failures"}));
}

TEST(RebuildView, has_the_texts_that_were_asked_for) {
  const ScopedFolder folder{"publish-texts"};
  write_sample_run(folder.path(), {.texts = true});
  rebuild(folder.path(), Completeness::complete);
  const FileReader file{folder.path() / view_file};
  const auto numbers = [&](const char* table, const char* column) {
    return file.values<std::uint32_t>(table, column);
  };
  using Numbers = std::vector<std::uint32_t>;
  EXPECT_EQ(numbers("requests", "request"), (Numbers{0, 1}));
  EXPECT_EQ(file.values<std::int8_t>("requests", "kind"), (std::vector<std::int8_t>{0, 1}));
  EXPECT_EQ(file.values<std::string>("requests", "parameter"),
            (std::vector<std::string>{"", "rule"}));
  EXPECT_EQ(file.values<std::int64_t>("requests", "candidate"), (std::vector<std::int64_t>{-1, 1}));
  EXPECT_EQ(numbers("requests", "attempts"), (Numbers{0, 1}));
  EXPECT_EQ(numbers("requests", "observations"), (Numbers{0, 1}));
  EXPECT_EQ(numbers("requests", "samples"), (Numbers{1, 3}));
  EXPECT_EQ(numbers("requests", "samples_ok"), (Numbers{1, 2}));
  EXPECT_EQ(numbers("requests", "samples_invalid_output"), (Numbers{0, 1}));
  EXPECT_EQ(numbers("texts", "request"), (Numbers{0, 1, 1, 1}));
  EXPECT_EQ(numbers("texts", "sample"), (Numbers{0, 0, 1, 2}));
  EXPECT_EQ(
      file.values<std::string>("texts", "text"),
      (std::vector<std::string>{"They are short.", "zero", "one", "the model's answer was cut"}));
  rebuild(folder.path(), Completeness::partial);
  EXPECT_FALSE(FileReader{folder.path() / view_file}.has_table("texts"));
  EXPECT_TRUE(FileReader{folder.path() / view_file}.has_table("requests"));
}

TEST(RebuildView, compares_candidates_by_several_objectives) {
  const ScopedFolder folder{"publish-objectives"};
  write_sample_run(folder.path(), {.costs = true});
  rebuild(folder.path(), Completeness::partial);
  const FileReader file{folder.path() / view_file};
  const auto flags = [&](const char* table, const char* column) {
    return file.values<std::int8_t>(table, column);
  };
  using Flags = std::vector<std::int8_t>;
  using Values = std::vector<double>;
  EXPECT_EQ(file.values<std::string>("goals", "unit"),
            (std::vector<std::string>{"accuracy", "tokens"}));
  EXPECT_EQ(flags("goals", "maximise"), (Flags{1, 0}));
  EXPECT_EQ(flags("goals", "decides"), (Flags{1, 0}));
  EXPECT_EQ(file.values<double>("goals", "limit")[1], 3.5);
  EXPECT_EQ(file.values<std::uint32_t>("objectives", "candidate"),
            (std::vector<std::uint32_t>{0, 0, 1, 1, 2, 2, 3, 3}));
  EXPECT_EQ(file.values<double>("objectives", "mean"), (Values{0.5, 1, 0.6, 2, 0.7, 3, 0.8, 4}));
  EXPECT_EQ(flags("objectives", "limit_kept"), (Flags{1, 1, 1, 1, 1, 1, 1, 0}));
  EXPECT_EQ(file.values<std::uint32_t>("objectives", "cells"),
            (std::vector<std::uint32_t>{10, 10, 10, 10, 20, 20, 20, 20}));
  EXPECT_EQ(file.values<std::uint32_t>("front", "candidate"), (std::vector<std::uint32_t>{3, 2}))
      << "those that were evaluated in full";
  EXPECT_EQ(file.values<double>("front", "cost"), (Values{4, 3}));
  EXPECT_EQ(flags("front", "limits_kept"), (Flags{0, 1}));
  EXPECT_EQ(flags("front", "wins"), (Flags{0, 1})) << "the better one costs too much";
}

TEST(RebuildView, stops_where_it_is_told) {
  const ScopedFolder folder{"publish-until"};
  write_sample_run(folder.path());
  const journal::PosixDisk disk{folder.path()};
  const auto middle = read_run_view(disk).sequence / 2;
  rebuild_view(folder.path(), disk, Completeness::partial, 0, middle);
  const FileReader file{folder.path() / view_file};
  EXPECT_EQ(file.integer_attribute({}, schema::attribute::sequence),
            static_cast<std::int64_t>(read_run_view(disk, {.up_to = middle}).sequence));
  EXPECT_EQ(file.text_attribute({}, schema::attribute::run_state), "running");
  EXPECT_EQ(file.rows("result"), 0U);
}

TEST(PublishTables, lists_evaluations_in_canonical_order) {
  const ScopedFolder folder{"publish-evaluations"};
  write_sample_run(folder.path());
  storage::MemoryTables tables;
  publish_tables(read_run_view(journal::PosixDisk{folder.path()}), Completeness::complete, tables);
  const auto candidate = tables.values<std::uint32_t>("evaluations", "candidate");
  const auto split = tables.values<std::int8_t>("evaluations", "split");
  const auto position = tables.values<std::uint32_t>("evaluations", "position");
  const auto example = tables.values<std::uint32_t>("evaluations", "example");
  const auto trial = tables.values<std::uint32_t>("evaluations", "trial");
  const auto output = tables.values<std::uint64_t>("evaluations", "output");
  ASSERT_EQ(candidate.size(), 180U);
  for (std::size_t i = 0; i < candidate.size(); ++i) {
    if (i > 0) {
      EXPECT_LT(std::tie(candidate[i - 1], split[i - 1], position[i - 1]),
                std::tie(candidate[i], split[i], position[i]));
    }
    EXPECT_EQ(example[i] * 2 + trial[i], position[i]);
    EXPECT_EQ(output[i],
              testing::sample_cell(candidate[i], static_cast<model::Split>(split[i]), position[i])
                  .output);
  }
}

TEST(PublishTables, keeps_answers_as_a_heap) {
  const ScopedFolder folder{"publish-outputs"};
  write_sample_run(folder.path());
  storage::MemoryTables tables;
  publish_tables(read_run_view(journal::PosixDisk{folder.path()}), Completeness::complete, tables);
  const auto position = tables.values<std::uint32_t>("outputs", "position");
  const auto offset = tables.values<std::int64_t>("outputs", "offset");
  const auto length = tables.values<std::int64_t>("outputs", "length");
  const std::string heap = tables.heap("outputs");
  ASSERT_EQ(position.size(), 80U);
  for (std::size_t i = 0; i < position.size(); ++i)
    EXPECT_EQ(heap.substr(static_cast<std::size_t>(offset[i]), static_cast<std::size_t>(length[i])),
              "answer " + std::to_string(position[i]));
}

TEST(PublishTables, gives_each_parameter_a_column) {
  const ScopedFolder folder{"publish-parameters"};
  write_sample_run(folder.path());
  storage::MemoryTables tables;
  publish_tables(read_run_view(journal::PosixDisk{folder.path()}), Completeness::partial, tables);
  EXPECT_EQ(tables.values<std::string>("candidates", "param_rule"),
            (std::vector<std::string>{"nearest", "bayes", "nearest", "bayes"}));
  EXPECT_EQ(tables.values<double>("candidates", "param_k"), (std::vector<double>{1, 2, 3, 4}));
  EXPECT_EQ(tables.values<std::int8_t>("candidates", "param_lower"),
            (std::vector<std::int8_t>{1, 0, 0, 1}));
  EXPECT_EQ(tables.values<std::string>("candidates", "param_shown")[1], "[1,2]");
  const auto smoothing = tables.values<double>("candidates", "param_smoothing");
  EXPECT_TRUE(std::isnan(smoothing[0]));
  EXPECT_EQ(smoothing[3], 1.5);
  EXPECT_EQ(tables.values<std::int64_t>("candidates", "parent"),
            (std::vector<std::int64_t>{-1, 0, 0, 0}));
  EXPECT_EQ(tables.values<std::string>("candidates", "changes")[2],
            "k=3, lower=false, shown=[2 demonstrations]");
}

TEST(PublishTables, sums_up_workers_by_session) {
  const ScopedFolder folder{"publish-workers"};
  write_sample_run(folder.path());
  storage::MemoryTables tables;
  publish_tables(read_run_view(journal::PosixDisk{folder.path()}), Completeness::partial, tables);
  EXPECT_EQ(tables.values<std::uint32_t>("workers", "epoch"),
            (std::vector<std::uint32_t>{1, 1, 2, 2}));
  EXPECT_EQ(tables.values<std::uint64_t>("workers", "cells"),
            (std::vector<std::uint64_t>{80, 40, 40, 20}));
  EXPECT_EQ(tables.values<std::int8_t>("workers", "presence"),
            (std::vector<std::int8_t>{0, 2, 0, 0}));
  const auto left = tables.values<std::int64_t>("workers", "left_at");
  EXPECT_EQ(left[0], schema::no_time);
  EXPECT_GT(left[1], testing::sample_start);
  for (const double seconds : tables.values<double>("workers", "busy_s")) EXPECT_GT(seconds, 0);
}

TEST(Schema, names_states_as_the_model_does) {
  const auto words_of = [](std::string_view text) {
    std::istringstream stream{std::string{text}};
    return std::vector<std::string>{std::istream_iterator<std::string>{stream}, {}};
  };
  const auto splits = words_of(schema::split_flags.meanings);
  ASSERT_EQ(splits.size(), schema::split_values.size());
  for (std::size_t i = 0; i < splits.size(); ++i)
    EXPECT_EQ(splits[i], model::name_of(static_cast<model::Split>(schema::split_values[i])));
  const auto statuses = words_of(schema::status_flags.meanings);
  ASSERT_EQ(statuses.size(), schema::status_values.size());
  for (std::size_t i = 0; i < statuses.size(); ++i)
    EXPECT_EQ(statuses[i],
              model::name_of(static_cast<model::CellStatus>(schema::status_values[i])));
}

TEST(IsoTime, is_utc) {
  EXPECT_EQ(iso_time(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(iso_time(-1), "1969-12-31T23:59:59Z");
  EXPECT_EQ(iso_time(1'700'000'000'123'456'789), "2023-11-14T22:13:20Z");
}

}  // namespace
}  // namespace foundation::report
