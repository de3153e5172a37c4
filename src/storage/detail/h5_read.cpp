#include "storage/detail/h5_read.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace foundation::storage::detail {
namespace {

/// Deflate cannot expand a byte to more than this (RFC 1951: 258 bytes from two bits).
constexpr std::uint64_t most_expansion = 1032;

[[noreturn]] void refuse_column(std::string_view name, std::string_view why) {
  throw core::Error{core::ErrorKind::corrupt_data, fmt::format("column '{}' {}", name, why),
                    std::string{rebuild_hint}};
}

/// Data in other files, virtual datasets and filters from plug-ins are ways out of the file.
void refuse_foreign_storage(hid_t dataset, std::string_view name) {
  const auto properties = open_read<PropertyId>(H5Dget_create_plist(dataset), "open column", name);
  if (H5Pget_external_count(properties.get()) != 0 ||
      H5Pget_layout(properties.get()) == H5D_VIRTUAL)
    refuse_column(name, "keeps its data in another file");
  const int filters = check_read(H5Pget_nfilters(properties.get()), "inspect column", name);
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0;
    std::size_t values = 0;
    const auto filter = H5Pget_filter2(properties.get(), static_cast<unsigned>(i), &flags, &values,
                                       nullptr, 0, nullptr, nullptr);
    if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE)
      refuse_column(name, "is packed by a filter this program never uses");
  }
}

}  // namespace

/// Names of the links of a group in the order of creation.
std::vector<std::string> link_names(hid_t group) {
  std::vector<std::string> names;
  const auto visit = [](hid_t, const char* name, const H5L_info_t*, void* list) -> herr_t {
    try {
      static_cast<std::vector<std::string>*>(list)->emplace_back(name);
    } catch (...) {
      return -1;
    }
    return 0;
  };
  H5G_info_t info{};
  check_read(H5Gget_info(group, &info), "list", "group");
  // Foreign files may lack the order of creation; then by name.
  if (H5Literate(group, H5_INDEX_CRT_ORDER, H5_ITER_INC, nullptr, visit, &names) < 0) {
    names.clear();
    check_read(H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, visit, &names), "list",
               "group");
  }
  return names;
}

bool holds_object(hid_t parent, const std::string& name, H5O_type_t type) {
  H5L_info_t link{};
  if (H5Lexists(parent, name.c_str(), H5P_DEFAULT) <= 0) return false;
  if (H5Lget_info(parent, name.c_str(), &link, H5P_DEFAULT) < 0 || link.type != H5L_TYPE_HARD)
    return false;  // links into other files are never followed
  H5O_info_t info{};
  return H5Oget_info_by_name(parent, name.c_str(), &info, H5P_DEFAULT) >= 0 && info.type == type;
}

std::uint64_t checked_length(hid_t dataset, std::uint64_t file_size, std::string_view name) {
  refuse_foreign_storage(dataset, name);
  const auto space = open_read<SpaceId>(H5Dget_space(dataset), "open column", name);
  hsize_t length = 0;
  if (H5Sget_simple_extent_ndims(space.get()) != 1) refuse_column(name, "is not one-dimensional");
  check_read(H5Sget_simple_extent_dims(space.get(), &length, nullptr), "measure column", name);
  const auto type = open_read<TypeId>(H5Dget_type(dataset), "open column", name);
  const std::uint64_t width = std::max<std::uint64_t>(H5Tget_size(type.get()), 1);
  if (length != 0 && length > file_size * most_expansion / width)
    refuse_column(name, "is longer than the file can hold");
  return length;
}

ColumnType stored_type(hid_t dataset, std::string_view name) {
  const auto type = open_read<TypeId>(H5Dget_type(dataset), "open column", name);
  if (H5Tget_class(type.get()) == H5T_STRING && H5Tis_variable_str(type.get()) > 0)
    return ColumnType::text;
  for (const auto candidate : {ColumnType::int8, ColumnType::int32, ColumnType::uint32,
                               ColumnType::int64, ColumnType::uint64, ColumnType::float64}) {
    if (H5Tequal(type.get(), memory_type(candidate).get()) > 0) return candidate;
  }
  refuse_column(name, "has a type this program never writes");
}

void read_values(hid_t dataset, hid_t type, void* values, std::string_view name) {
  check_read(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "read column", name);
}

void read_values(hid_t dataset, hid_t type, std::uint64_t first, std::uint64_t count, void* values,
                 std::string_view name) {
  const hsize_t start = first;
  const hsize_t size = count;
  const auto from = open_read<SpaceId>(H5Dget_space(dataset), "open column", name);
  check_read(H5Sselect_hyperslab(from.get(), H5S_SELECT_SET, &start, nullptr, &size, nullptr),
             "select rows of column", name);
  const auto to = open_read<SpaceId>(H5Screate_simple(1, &size, nullptr), "read column", name);
  check_read(H5Dread(dataset, type, to.get(), from.get(), H5P_DEFAULT, values), "read column",
             name);
}

std::vector<std::string> read_texts(hid_t dataset, std::uint64_t length, std::string_view name) {
  std::vector<std::string> texts(length);
  if (length == 0) return texts;
  std::vector<char*> pointers(length);
  const auto type = text_type();
  const auto space = open_read<SpaceId>(H5Dget_space(dataset), "open column", name);
  read_values(dataset, type.get(), static_cast<void*>(pointers.data()), name);
  for (std::uint64_t i = 0; i < length; ++i)
    if (pointers[i] != nullptr) texts[i] = pointers[i];
  check_read(
      H5Dvlen_reclaim(type.get(), space.get(), H5P_DEFAULT, static_cast<void*>(pointers.data())),
      "release column", name);
  return texts;
}

std::optional<AttributeValue> read_attribute(hid_t object, const std::string& name) {
  if (H5Aexists(object, name.c_str()) <= 0) return std::nullopt;
  const auto id =
      open_read<AttributeId>(H5Aopen(object, name.c_str(), H5P_DEFAULT), "open attribute", name);
  const auto type = open_read<TypeId>(H5Aget_type(id.get()), "open attribute", name);
  const auto space = open_read<SpaceId>(H5Aget_space(id.get()), "open attribute", name);
  if (H5Sget_simple_extent_npoints(space.get()) != 1) return std::nullopt;
  if (H5Tget_class(type.get()) == H5T_STRING && H5Tis_variable_str(type.get()) > 0) {
    char* text = nullptr;
    const auto memory = text_type();
    check_read(H5Aread(id.get(), memory.get(), static_cast<void*>(&text)), "read attribute", name);
    std::string content = text != nullptr ? text : "";
    check_read(H5Dvlen_reclaim(memory.get(), space.get(), H5P_DEFAULT, static_cast<void*>(&text)),
               "release attribute", name);
    return content;
  }
  if (H5Tequal(type.get(), H5T_NATIVE_INT64) > 0) {
    std::int64_t number = 0;
    check_read(H5Aread(id.get(), H5T_NATIVE_INT64, &number), "read attribute", name);
    return number;
  }
  if (H5Tequal(type.get(), H5T_NATIVE_DOUBLE) > 0) {
    double number = 0;
    check_read(H5Aread(id.get(), H5T_NATIVE_DOUBLE, &number), "read attribute", name);
    return number;
  }
  return std::nullopt;
}

}  // namespace foundation::storage::detail
