#include "storage/table_source.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace foundation::storage {

bool TableSource::has_table(std::string_view name) const {
  const auto names = tables();
  return std::ranges::find(names, name) != names.end();
}

std::string TableSource::text_attribute(std::string_view table, std::string_view name,
                                        std::string_view otherwise) const {
  const auto value = attribute(table, name);
  const auto* text = value ? std::get_if<std::string>(&*value) : nullptr;
  return text != nullptr ? *text : std::string{otherwise};
}

std::int64_t TableSource::integer_attribute(std::string_view table, std::string_view name,
                                            std::int64_t otherwise) const {
  const auto value = attribute(table, name);
  const auto* number = value ? std::get_if<std::int64_t>(&*value) : nullptr;
  return number != nullptr ? *number : otherwise;
}

void TableSource::refuse_type(std::string_view table, std::string_view column, ColumnType found,
                              ColumnType wanted) {
  throw core::Error{core::ErrorKind::corrupt_data,
                    fmt::format("column '{}' of table '{}' holds {} values instead of {}", column,
                                table, name_of(found), name_of(wanted)),
                    "the file was written by another program or version; make it anew with "
                    "'foundation rebuild RUN'"};
}

}  // namespace foundation::storage
