#include "storage/file_reader.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "storage/detail/h5_read.hpp"
#include "storage/schema.hpp"
#include "storage/trace_schema.hpp"

namespace foundation::storage {

using namespace detail;

struct FileReader::State {
  std::string path;
  std::uint64_t file_size = 0;
  FileId file;
};

namespace {

[[noreturn]] void refuse(core::ErrorKind kind, const std::string& path, std::string_view why,
                         std::string_view hint) {
  throw core::Error{kind, fmt::format("cannot use '{}': {}", path, why), std::string{hint}};
}

constexpr std::array<char, 8> signature = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};

/// What a command that reads this kind of file takes.
std::string_view wanted(FileKind kind) {
  return kind == FileKind::trace
             ? "give the .h5 file that `foundation trace` has written, or a folder of recordings"
             : "give a run folder, a run's name, or the run.h5 inside a run folder";
}

std::uint64_t check_signature(const std::string& path, FileKind kind) {
  std::error_code failure;
  if (!std::filesystem::is_regular_file(path, failure)) {
    throw core::system_error("open", path, failure ? failure.value() : EINVAL);
  }
  const auto size = std::filesystem::file_size(path, failure);
  if (failure) throw core::system_error("open", path, failure.value());
  std::array<char, 8> head{};
  std::ifstream stream{path, std::ios::binary};
  if (!stream.read(head.data(), head.size()) && !stream.eof())
    throw core::system_error("read", path, errno);
  if (size < head.size() || head != signature)
    refuse(core::ErrorKind::bad_input, path, "it is not an HDF5 file", wanted(kind));
  return size;
}

[[noreturn]] void refuse_schema(const std::string& path, std::string_view found, FileKind kind) {
  const auto kind_of_input = core::ErrorKind::bad_input;
  if (found == schema::merged_schema_name)
    refuse(kind_of_input, path, "it holds several merged runs",
           "its tables /summary and /runs compare them; this command wants one run");
  if (found == schema::schema_name)
    refuse(kind_of_input, path, "it is the result of `foundation optimize`",
           "show it with `foundation report`");
  if (found == trace_schema::schema_name)
    refuse(kind_of_input, path, "it is a trace", "show it with `foundation analyze`");
  refuse(kind_of_input, path, "it is an HDF5 file of another program", wanted(kind));
}

GroupId open_group(hid_t file, const std::string& path, std::string_view name) {
  const std::string label{name};
  if (label.find('/') != std::string::npos || !holds_object(file, label, H5O_TYPE_GROUP))
    refuse(core::ErrorKind::corrupt_data, path, fmt::format("there is no table '{}' in it", name),
           rebuild_hint);
  return open_read<GroupId>(H5Gopen2(file, label.c_str(), H5P_DEFAULT), "open table", name);
}

DatasetId open_dataset(hid_t group, const std::string& path, std::string_view table,
                       std::string_view column) {
  const std::string label{column};
  if (label.find('/') != std::string::npos || !holds_object(group, label, H5O_TYPE_DATASET))
    refuse(core::ErrorKind::corrupt_data, path,
           fmt::format("table '{}' has no column '{}'", table, column), rebuild_hint);
  return open_read<DatasetId>(H5Dopen2(group, label.c_str(), H5P_DEFAULT), "open column", column);
}

struct Rows {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

template <class T>
std::vector<T> read_numbers(hid_t dataset, ColumnType type, const Rows& rows,
                            std::string_view name) {
  std::vector<T> numbers(rows.count);
  if (rows.count != 0)
    read_values(dataset, memory_type(type).get(), rows.first, rows.count, numbers.data(), name);
  return numbers;
}

Column read_any_numbers(hid_t dataset, ColumnType type, const Rows& rows, std::string_view name) {
  switch (type) {
    case ColumnType::int8: return read_numbers<std::int8_t>(dataset, type, rows, name);
    case ColumnType::int32: return read_numbers<std::int32_t>(dataset, type, rows, name);
    case ColumnType::uint32: return read_numbers<std::uint32_t>(dataset, type, rows, name);
    case ColumnType::int64: return read_numbers<std::int64_t>(dataset, type, rows, name);
    case ColumnType::uint64: return read_numbers<std::uint64_t>(dataset, type, rows, name);
    case ColumnType::float64: return read_numbers<double>(dataset, type, rows, name);
    case ColumnType::text: break;
  }
  throw core::Error{core::ErrorKind::corrupt_data, fmt::format("column '{}' holds texts", name),
                    std::string{rebuild_hint}};
}

}  // namespace

bool is_hdf5_file(const std::filesystem::path& path) {
  std::array<char, 8> head{};
  std::ifstream stream{path, std::ios::binary};
  return stream.read(head.data(), head.size()) && head == signature;
}

FileReader::FileReader(const std::filesystem::path& path, FileKind kind)
    : state_{std::make_unique<State>()} {
  silence_hdf5();
  state_->path = path.string();
  state_->file_size = check_signature(state_->path, kind);
  const auto access = access_without_locks();
  state_->file = FileId{check_read(H5Fopen(state_->path.c_str(), H5F_ACC_RDONLY, access.get()),
                                   "open", state_->path)};
  const bool is_run = kind == FileKind::run;
  const auto schema_name = text_attribute({}, schema::attribute::schema);
  if (schema_name != (is_run ? schema::schema_name : trace_schema::schema_name))
    refuse_schema(state_->path, schema_name, kind);
  const auto version = integer_attribute({}, schema::attribute::schema_version);
  const auto newest = is_run ? schema::schema_version : trace_schema::schema_version;
  if (version < 1 || version > newest)
    refuse(core::ErrorKind::bad_input, state_->path,
           fmt::format("it has version {} of the tables, this program knows up to {}", version,
                       newest),
           "read it with the version that wrote it, named in its attribute softwareVersion");
}

FileReader::~FileReader() = default;
FileReader::FileReader(FileReader&&) noexcept = default;
FileReader& FileReader::operator=(FileReader&&) noexcept = default;

std::vector<std::string> FileReader::tables() const {
  auto names = link_names(state_->file.get());
  std::erase_if(names, [this](const std::string& name) {
    return name == schema::heaps || !holds_object(state_->file.get(), name, H5O_TYPE_GROUP);
  });
  return names;
}

std::vector<std::string> FileReader::columns(std::string_view table) const {
  const auto group = open_group(state_->file.get(), state_->path, table);
  auto names = link_names(group.get());
  std::erase(names, schema::row);
  return names;
}

std::vector<std::string> FileReader::heaps() const {
  const std::string name{schema::heaps};
  if (!holds_object(state_->file.get(), name, H5O_TYPE_GROUP)) return {};
  return link_names(open_group(state_->file.get(), state_->path, name).get());
}

std::uint64_t FileReader::rows(std::string_view table) const {
  const auto group = open_group(state_->file.get(), state_->path, table);
  const auto scale = open_dataset(group.get(), state_->path, table, schema::row);
  return checked_length(scale.get(), state_->file_size, schema::row);
}

Column FileReader::read(std::string_view table, std::string_view column) const {
  const auto group = open_group(state_->file.get(), state_->path, table);
  const auto dataset = open_dataset(group.get(), state_->path, table, column);
  const auto length = checked_length(dataset.get(), state_->file_size, column);
  if (length != rows(table))
    refuse(
        core::ErrorKind::corrupt_data, state_->path,
        fmt::format("column '{}' of table '{}' has another length than the table", column, table),
        rebuild_hint);
  const auto type = stored_type(dataset.get(), column);
  if (type == ColumnType::text) return read_texts(dataset.get(), length, column);
  return read_any_numbers(dataset.get(), type, {0, length}, column);
}

Column FileReader::read(std::string_view table, std::string_view column, std::uint64_t first,
                        std::uint64_t count) const {
  const auto group = open_group(state_->file.get(), state_->path, table);
  const auto dataset = open_dataset(group.get(), state_->path, table, column);
  const auto length = checked_length(dataset.get(), state_->file_size, column);
  if (first > length || count > length - first)
    refuse(core::ErrorKind::corrupt_data, state_->path,
           fmt::format("column '{}' of table '{}' is too short", column, table), rebuild_hint);
  return read_any_numbers(dataset.get(), stored_type(dataset.get(), column), {first, count},
                          column);
}

std::optional<AttributeValue> FileReader::attribute(std::string_view table,
                                                    std::string_view name) const {
  if (table.empty()) return read_attribute(state_->file.get(), std::string{name});
  const auto group = open_group(state_->file.get(), state_->path, table);
  return read_attribute(group.get(), std::string{name});
}

std::string FileReader::column_attribute(std::string_view table, std::string_view column,
                                         std::string_view name) const {
  const auto group = open_group(state_->file.get(), state_->path, table);
  const auto dataset = open_dataset(group.get(), state_->path, table, column);
  const auto value = read_attribute(dataset.get(), std::string{name});
  const auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
  return text != nullptr ? *text : std::string{};
}

std::string FileReader::heap(std::string_view name) const {
  const auto group = open_group(state_->file.get(), state_->path, schema::heaps);
  const auto dataset = open_dataset(group.get(), state_->path, schema::heaps, name);
  std::string bytes(checked_length(dataset.get(), state_->file_size, name), '\0');
  if (!bytes.empty()) read_values(dataset.get(), H5T_NATIVE_UINT8, bytes.data(), name);
  return bytes;
}

}  // namespace foundation::storage
