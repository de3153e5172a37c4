#include "storage/file_reader.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "storage/detail/h5_read.hpp"
#include "storage/schema.hpp"

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

std::uint64_t check_signature(const std::string& path) {
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
  constexpr std::array<char, 8> signature = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  if (size < head.size() || head != signature)
    refuse(core::ErrorKind::bad_input, path, "it is not an HDF5 file",
           "give a run folder, a run's name, or the run.h5 inside a run folder");
  return size;
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

template <class T>
std::vector<T> read_numbers(hid_t dataset, ColumnType type, std::uint64_t length,
                            std::string_view name) {
  std::vector<T> numbers(length);
  if (length != 0) read_values(dataset, memory_type(type).get(), numbers.data(), name);
  return numbers;
}

}  // namespace

FileReader::FileReader(const std::filesystem::path& path) : state_{std::make_unique<State>()} {
  silence_hdf5();
  state_->path = path.string();
  state_->file_size = check_signature(state_->path);
  const auto access = access_without_locks();
  state_->file = FileId{check_read(H5Fopen(state_->path.c_str(), H5F_ACC_RDONLY, access.get()),
                                   "open", state_->path)};
  const auto schema_name = text_attribute({}, schema::attribute::schema);
  if (schema_name == schema::merged_schema_name)
    refuse(core::ErrorKind::bad_input, state_->path, "it holds several merged runs",
           "its tables /summary and /runs compare them; this command wants one run");
  if (schema_name != schema::schema_name)
    refuse(core::ErrorKind::bad_input, state_->path, "it is an HDF5 file of another program",
           "give a run folder, a run's name, or the run.h5 inside a run folder");
  const auto version = integer_attribute({}, schema::attribute::schema_version);
  if (version < 1 || version > schema::schema_version)
    refuse(core::ErrorKind::bad_input, state_->path,
           fmt::format("it has version {} of the tables, this program knows up to {}", version,
                       schema::schema_version),
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
  const auto numbers = [&]<class T>() {
    return read_numbers<T>(dataset.get(), type, length, column);
  };
  switch (type) {
    case ColumnType::int8: return numbers.operator()<std::int8_t>();
    case ColumnType::int32: return numbers.operator()<std::int32_t>();
    case ColumnType::uint32: return numbers.operator()<std::uint32_t>();
    case ColumnType::int64: return numbers.operator()<std::int64_t>();
    case ColumnType::uint64: return numbers.operator()<std::uint64_t>();
    case ColumnType::float64: return numbers.operator()<double>();
    case ColumnType::text: break;
  }
  return read_texts(dataset.get(), length, column);
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
