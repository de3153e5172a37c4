#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

/// Readers of record files on memory: no files, no globals, no recursion; what they allocate is
/// bounded by the size of the text. A record has at most 4096 fields.
namespace foundation::programs {

/// A text and the name people know it by; turns byte offsets into places for messages.
struct SourceText {
  std::string name;       ///< of the file, for messages
  std::string_view text;  ///< borrowed

  /// Line and column (in characters, from 1) of a byte, with the line itself unless it is very
  /// long. Reads the text from its beginning: for messages only.
  [[nodiscard]] core::Place place(std::size_t offset) const;
};

/// What becomes of bad records: the first one ends the reading with core::Error{bad_input}, or
/// each is skipped, counted, and the first few are logged.
class BadLines {
 public:
  enum class Policy : std::uint8_t { stop, skip };
  BadLines(SourceText source, Policy policy) : source_{std::move(source)}, policy_{policy} {}

  void report(std::size_t offset, std::string message, std::string hint = {});

  [[nodiscard]] const SourceText& source() const noexcept { return source_; }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// The first one that was skipped.
  [[nodiscard]] const std::optional<core::Error>& first() const noexcept { return first_; }

 private:
  SourceText source_;
  Policy policy_;
  std::uint64_t count_ = 0;
  std::optional<core::Error> first_;
};

struct RecordValue {
  std::string text;
  std::size_t offset = 0;  ///< where it starts in the source
};

struct Record {
  std::uint64_t number = 0;         ///< in the file, from 1; skipped records count
  std::vector<RecordValue> values;  ///< of the wanted fields, in the order asked for
};

/// JSON Lines: one object a line; blank lines and a byte order mark are ignored. Wanted fields
/// (distinct names) must be strings, numbers (kept as written) or booleans; other fields may hold
/// anything. Bad lines: no object, syntax errors, a field missing or given twice, ill-formed UTF-8,
/// NUL.
[[nodiscard]] std::vector<Record> read_jsonl(std::span<const std::string> fields,
                                             BadLines& bad_lines);

/// Comma- or tab-separated values by RFC 4180 with a header line: fields may be quoted, a quote
/// inside is doubled, quoted fields may hold separators and line ends. LF ends a line as well as
/// CRLF; empty lines and a byte order mark are ignored. Bad lines: another number of fields than
/// the header, stray quotes, ill-formed UTF-8, NUL. After a quoting error reading goes on with
/// the line after the one on which the record began. A bad header always throws.
[[nodiscard]] std::vector<Record> read_csv(std::span<const std::string> fields, char separator,
                                           BadLines& bad_lines);

}  // namespace foundation::programs
