#include "storage/load_file.hpp"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "core/codec.hpp"
#include "storage/content_digest.hpp"
#include "storage/file_reader.hpp"
#include "storage/schema.hpp"
#include "storage/trace_schema.hpp"

namespace foundation::storage {
namespace {

namespace attribute = schema::attribute;

constexpr std::array root_attributes = {attribute::software,
                                        attribute::software_version,
                                        attribute::schema,
                                        attribute::schema_version,
                                        attribute::date,
                                        attribute::epoch,
                                        attribute::sequence,
                                        attribute::status,
                                        attribute::run_state,
                                        attribute::content_digest,
                                        trace_schema::attribute::trace_id,
                                        trace_schema::attribute::mpi_library};

template <std::size_t index = 0, class Variant>
void decode_alternative(core::Decoder& decoder, Variant& value, std::uint8_t which) {
  if constexpr (index < std::variant_size_v<Variant>) {
    if (which != index) return decode_alternative<index + 1>(decoder, value, which);
    decoder >> value.template emplace<index>();
  } else {
    throw core::Error{core::ErrorKind::corrupt_data, "a column has an unknown type"};
  }
}

template <class Variant>
void encode(core::Encoder& encoder, const Variant& value) {
  encoder << static_cast<std::uint8_t>(value.index());
  std::visit([&encoder](const auto& content) { encoder << content; }, value);
}

template <class Variant>
Variant decode(core::Decoder& decoder) {
  Variant value;
  std::uint8_t which = 0;
  decoder >> which;
  decode_alternative(decoder, value, which);
  return value;
}

void encode_attributes(core::Encoder& encoder, const FileReader& file) {
  for (const std::string_view name : root_attributes) {
    const auto value = file.attribute({}, name);
    encoder << value.has_value();
    if (value) encode(encoder, *value);
  }
}

void encode_tables(core::Encoder& encoder, const FileReader& file,
                   std::span<const std::string_view> wanted) {
  auto names = file.tables();
  if (!wanted.empty())
    std::erase_if(names, [wanted](const std::string& name) {
      return std::ranges::find(wanted, name) == wanted.end();
    });
  encoder << static_cast<std::uint64_t>(names.size());
  for (const std::string& name : names) {
    const auto columns = file.columns(name);
    encoder << name << file.rows(name) << static_cast<std::uint64_t>(columns.size());
    for (const std::string& column : columns) {
      encoder << column;
      encode(encoder, file.read(name, column));
    }
  }
}

MemoryTables decode_tables(std::span<const std::byte> bytes) {
  core::Decoder decoder{bytes};
  MemoryTables tables;
  for (const std::string_view name : root_attributes) {
    bool present = false;
    decoder >> present;
    if (present) tables.set_attribute(name, decode<AttributeValue>(decoder));
  }
  std::uint64_t table_count = 0;
  decoder >> table_count;
  for (std::uint64_t table = 0; table < table_count; ++table) {
    std::string name;
    std::uint64_t rows = 0;
    std::uint64_t column_count = 0;
    decoder >> name >> rows >> column_count;
    tables.begin_table(name, {}, rows);
    for (std::uint64_t i = 0; i < column_count; ++i) {
      std::string column;
      decoder >> column;
      const auto values = decode<Column>(decoder);
      tables.add_column({.name = column, .long_name = {}}, view_of(values));
    }
  }
  decoder.finish();
  return tables;
}

}  // namespace

MemoryTables load_tables(const std::filesystem::path& path,
                         std::span<const std::string_view> wanted,
                         std::optional<IsolationLimits> limits, FileKind kind) {
  const auto copy = [&] {
    const FileReader file{path, kind};
    core::Encoder encoder;
    encode_attributes(encoder, file);
    encode_tables(encoder, file, wanted);
    return encoder.take();
  };
  return decode_tables(run_isolated(copy, limits.value_or(limits_for(path))));
}

MemoryTables load_attributes(const std::filesystem::path& path,
                             std::optional<IsolationLimits> limits) {
  static constexpr std::string_view no_table;
  return load_tables(path, {&no_table, 1}, limits);
}

core::Digest load_content_digest(const std::filesystem::path& path,
                                 std::optional<IsolationLimits> limits) {
  const auto read = [&] {
    const core::Digest digest = content_digest(FileReader{path});
    core::Encoder encoder;
    encoder << digest.high << digest.low;
    return encoder.take();
  };
  const auto bytes = run_isolated(read, limits.value_or(limits_for(path)));
  core::Decoder decoder{bytes};
  core::Digest digest;
  decoder >> digest.high >> digest.low;
  decoder.finish();
  return digest;
}

IsolationLimits limits_for(const std::filesystem::path& path) {
  constexpr std::uint64_t bytes_per_cpu_second = std::uint64_t{2} << 20;  // unpacks 50 times that
  constexpr std::uint64_t expansion = 100;                                // unpacked and copied
  std::error_code ignored;
  const auto found = std::filesystem::file_size(path, ignored);
  const std::uint64_t size = ignored ? 0 : found;
  return {.cpu_seconds = 10 + size / bytes_per_cpu_second,
          .memory_bytes = (std::uint64_t{2} << 30) + expansion * size};
}

}  // namespace foundation::storage
