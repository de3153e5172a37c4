#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "storage/column.hpp"
#include "storage/detail/h5.hpp"
#include "storage/isolate.hpp"

/// Reading of files that may be damaged or hostile: nothing here follows links into other files,
/// loads filters or takes memory for more than the file can hold. Errors are
/// core::Error{corrupt_data}.
namespace foundation::storage::detail {

/// As `check`, for calls that fail because a file is damaged.
template <class Value>
Value check_read(Value value, std::string_view action, std::string_view object) {
  if (value < 0) throw_hdf5_error(action, object, core::ErrorKind::corrupt_data, rebuild_hint);
  return value;
}

/// As `make`, for objects of a file that may be damaged.
template <class Id>
Id open_read(hid_t raw, std::string_view action, std::string_view object) {
  return Id{check_read(raw, action, object)};
}

/// Names of the links of a group, in the order of creation if the group remembers it.
[[nodiscard]] std::vector<std::string> link_names(hid_t group);
/// Whether `parent` really holds (not links to) an object of this type under `name`.
[[nodiscard]] bool holds_object(hid_t parent, const std::string& name, H5O_type_t type);

/// Length of a 1-D dataset with local data and known filters; refused if `file_size` bytes cannot
/// hold it.
[[nodiscard]] std::uint64_t checked_length(hid_t dataset, std::uint64_t file_size,
                                           std::string_view name);
[[nodiscard]] ColumnType stored_type(hid_t dataset, std::string_view name);
void read_values(hid_t dataset, hid_t memory_type, void* values, std::string_view name);
/// Elements [first, first + count), which must be there.
void read_values(hid_t dataset, hid_t memory_type, std::uint64_t first, std::uint64_t count,
                 void* values, std::string_view name);
[[nodiscard]] std::vector<std::string> read_texts(hid_t dataset, std::uint64_t length,
                                                  std::string_view name);
/// Nothing if it is missing or neither a text, an int64 nor a double.
[[nodiscard]] std::optional<AttributeValue> read_attribute(hid_t object, const std::string& name);

}  // namespace foundation::storage::detail
