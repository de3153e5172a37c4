#include "storage/table_sink.hpp"

#include <algorithm>
#include <vector>

#include "core/contracts.hpp"

namespace foundation::storage {

void TableSink::begin_table(std::string_view name, std::string_view description,
                            std::uint64_t rows) {
  EXPECTS(!name.empty());
  table_ = name;
  rows_ = rows;
  do_begin_table(table_, description, rows);
}

void TableSink::add_column(const ColumnInfo& info, const ColumnView& values) {
  EXPECTS(!table_.empty());
  EXPECTS(size_of(values) == rows_);
  const auto* texts = std::get_if<std::span<const std::string>>(&values);
  if (texts == nullptr || std::ranges::all_of(*texts, is_storable)) {
    do_column(table_, info, values);
    return;
  }
  std::vector<std::string> cleaned;
  cleaned.reserve(texts->size());
  for (const std::string& text : *texts) cleaned.push_back(stored_text(text));
  do_column(table_, info, std::span<const std::string>{cleaned});
}

void TableSink::set_attribute(std::string_view name, const AttributeValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  do_attribute(table_, name, text != nullptr ? AttributeValue{stored_text(*text)} : value);
}

void TableSink::add_heap(std::string_view name, std::string_view description,
                         std::string_view bytes) {
  EXPECTS(!name.empty());
  do_heap(name, description, bytes);
}

}  // namespace foundation::storage
