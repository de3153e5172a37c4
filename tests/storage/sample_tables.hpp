#pragma once

#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "storage/file_writer.hpp"
#include "storage/schema.hpp"
#include "storage/table_sink.hpp"

namespace foundation::testing {

/// Removed with everything in it at the end.
class ScopedFolder {
 public:
  explicit ScopedFolder(const std::string& name)
      : path_{std::filesystem::absolute("scratch-" + name)} {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ScopedFolder(const ScopedFolder&) = delete;
  ScopedFolder& operator=(const ScopedFolder&) = delete;
  ~ScopedFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// One table with a column of each type, an empty one, and a heap.
struct SampleTables {
  std::vector<std::int8_t> states{-1, 0, 7};
  std::vector<std::int32_t> small{std::numeric_limits<std::int32_t>::min(), 0, 5};
  std::vector<std::uint32_t> counts{0, 1, std::numeric_limits<std::uint32_t>::max()};
  std::vector<std::int64_t> times{std::numeric_limits<std::int64_t>::min(), 0, 1'700'000'000};
  std::vector<std::uint64_t> hashes{0, 1, std::numeric_limits<std::uint64_t>::max()};
  std::vector<double> scores{0.1, std::numeric_limits<double>::quiet_NaN(), -1e300};
  std::vector<std::string> texts{"", "naïve ✓", "two\nlines"};
  std::string heap{"bytes\0with anything\xff", 21};

  void write(storage::TableSink& sink) const {
    namespace schema = storage::schema;
    sink.set_attribute(schema::attribute::schema, std::string{schema::schema_name});
    sink.set_attribute(schema::attribute::schema_version, schema::schema_version);
    sink.set_attribute("ratio", 0.25);
    sink.begin_table("all_types", "a column of each type", 3);
    sink.set_attribute("note", std::string{"attribute of a table"});
    sink.add_column({"state", "a state", "", "", &schema::status_flags}, std::span{states});
    sink.add_column({"small", "int32"}, std::span{small});
    sink.add_column({"count", "uint32"}, std::span{counts});
    sink.add_column({"time", "int64", schema::wall_time, "when"}, std::span{times});
    sink.add_column({"hash", "uint64"}, std::span{hashes});
    sink.add_column({"score", "double"}, std::span{scores});
    sink.add_column({"text", "text"}, std::span<const std::string>{texts});
    sink.begin_table("empty", "no rows", 0);
    sink.add_column({"number", "double"}, std::span<const double>{});
    sink.add_column({"text", "text"}, std::span<const std::string>{});
    sink.add_heap("large", "bytes", heap);
  }
};

}  // namespace foundation::testing
