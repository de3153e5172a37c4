#include "storage/content_digest.hpp"

#include <span>

#include "storage/schema.hpp"

namespace foundation::storage {
namespace {

core::Digest digest_of(const ColumnView& values) {
  core::Hasher hasher;
  hasher.add(type_of(values)).add(static_cast<std::uint64_t>(size_of(values)));
  std::visit(
      [&hasher](const auto& items) {
        if constexpr (std::is_same_v<std::decay_t<decltype(items)>, std::span<const std::string>>) {
          for (const std::string& item : items) hasher.add(std::string_view{item});
        } else {
          hasher.add_bytes(std::as_bytes(items));
        }
      },
      values);
  return hasher.digest();
}

}  // namespace

core::Digest ContentDigest::digest() const {
  core::Hasher hasher;
  for (const auto& [path, part] : parts_) {
    hasher.add(std::string_view{path}).add(part.high).add(part.low);
  }
  return hasher.digest();
}

void ContentDigest::do_begin_table(const std::string& name, std::string_view /*description*/,
                                   std::uint64_t rows) {
  parts_[name] = core::Hasher{}.add(rows).digest();
}

void ContentDigest::do_column(const std::string& table, const ColumnInfo& info,
                              const ColumnView& values) {
  parts_[table + '/' + std::string{info.name}] = digest_of(values);
}

void ContentDigest::do_attribute(const std::string&, std::string_view, const AttributeValue&) {}

void ContentDigest::do_heap(std::string_view name, std::string_view /*description*/,
                            std::string_view bytes) {
  parts_[std::string{schema::heaps} + '/' + std::string{name}] = core::Hasher{}.add(bytes).digest();
}

core::Digest content_digest(const TableSource& source) {
  ContentDigest digest;
  TableSink& sink = digest;
  for (const std::string& table : source.tables()) {
    sink.begin_table(table, {}, source.rows(table));
    for (const std::string& column : source.columns(table)) {
      const Column values = source.read(table, column);
      sink.add_column({.name = column, .long_name = {}}, view_of(values));
    }
  }
  for (const std::string& name : source.heaps()) sink.add_heap(name, {}, source.heap(name));
  return digest.digest();
}

}  // namespace foundation::storage
