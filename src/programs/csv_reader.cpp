#include <algorithm>

#include <fmt/format.h>

#include "programs/detail/known_fields.hpp"
#include "programs/detail/text.hpp"
#include "programs/records.hpp"

namespace foundation::programs {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t most_fields = 4096;

struct Problem {
  std::size_t offset = 0;
  std::string message;
  std::string hint;
};

/// Cuts a text into rows of fields. One pass; the state is the position alone.
class RowParser {
 public:
  RowParser(std::string_view text, char separator) : text_{text}, separator_{separator} {
    if (text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
  }

  /// Goes to the next row that is not an empty line; false at the end of the text.
  bool find_row() {
    while (at_ < text_.size() && at_line_end()) skip_line_end();
    row_begin_ = at_;
    return at_ < text_.size();
  }

  /// Reads the row into `fields`. After a problem the position is behind the row, or behind its
  /// first line if its end cannot be told.
  std::optional<Problem> read_row(std::vector<RecordValue>& fields) {
    fields.clear();
    while (true) {
      fields.push_back({.text = {}, .offset = at_});
      auto problem = fields.size() > most_fields ? too_many_fields()
                     : is('"')                   ? read_quoted(fields.back().text)
                                                 : read_plain(fields.back().text);
      if (problem) {
        at_ = std::min(text_.find('\n', row_begin_), text_.size() - 1) + 1;
        return problem;
      }
      if (!is(separator_)) break;
      ++at_;
    }
    row_end_ = at_;
    skip_line_end();
    return bad_byte();
  }

  [[nodiscard]] std::size_t row_end() const noexcept { return row_end_; }

 private:
  [[nodiscard]] bool is(char byte) const { return at_ < text_.size() && text_[at_] == byte; }
  [[nodiscard]] bool at_line_end() const {
    return at_ == text_.size() || is('\n') || text_.substr(at_, 2) == "\r\n";
  }
  void skip_line_end() {
    if (is('\r')) ++at_;
    if (is('\n')) ++at_;
  }

  [[nodiscard]] std::optional<Problem> too_many_fields() const {
    return Problem{at_, fmt::format("the record has more than {} fields", most_fields),
                   "check the separator and the quotes"};
  }

  std::optional<Problem> read_plain(std::string& field) {
    const std::size_t begin = at_;
    while (!at_line_end() && !is(separator_)) {
      if (is('"')) {
        return Problem{at_, "a quote inside a field that does not begin with one",
                       "put the whole field in quotes and double the quotes inside it"};
      }
      if (is('\r')) {
        return Problem{at_, "a carriage return that is not followed by a line feed",
                       "end lines with LF or CRLF"};
      }
      ++at_;
    }
    field = text_.substr(begin, at_ - begin);
    return std::nullopt;
  }

  std::optional<Problem> read_quoted(std::string& field) {
    const std::size_t open = at_++;
    while (true) {
      const std::size_t quote = text_.find('"', at_);
      if (quote == std::string_view::npos) {
        return Problem{open, "the quote that opens this field is never closed",
                       "close it, or double each quote that belongs to the field"};
      }
      field.append(text_, at_, quote - at_);
      at_ = quote + 1;
      if (!is('"')) break;
      field.push_back('"');
      ++at_;
    }
    if (at_line_end() || is(separator_)) return std::nullopt;
    return Problem{at_, "text after the quote that closes the field",
                   "double each quote that belongs to the field"};
  }

  [[nodiscard]] std::optional<Problem> bad_byte() const {
    const auto bad = detail::find_bad_byte(text_.substr(row_begin_, row_end_ - row_begin_));
    if (!bad) return std::nullopt;
    const std::size_t offset = row_begin_ + *bad;
    return Problem{
        offset,
        text_[offset] == '\0' ? "the record holds a NUL byte" : "the record is not valid UTF-8",
        {}};
  }

  std::string_view text_;
  char separator_;
  std::size_t at_ = 0;
  std::size_t row_begin_ = 0;
  std::size_t row_end_ = 0;
};

/// Which column each wanted field is.
class Header {
 public:
  Header(const std::vector<RecordValue>& names, std::span<const std::string> fields,
         const SourceText& source)
      : width_{names.size()} {
    check_unique(names, source);
    std::vector<std::string_view> known;
    known.reserve(names.size());
    for (const RecordValue& name : names) known.emplace_back(name.text);
    for (const std::string& field : fields) {
      const auto found = std::ranges::find(known, field);
      if (found == known.end()) {
        fail(source, {names.front().offset, fmt::format("the header has no field '{}'", field),
                      detail::hint_for_field(field, known)});
      }
      columns_.push_back(static_cast<std::size_t>(found - known.begin()));
    }
  }

  [[nodiscard]] std::optional<Problem> mismatch(const std::vector<RecordValue>& row,
                                                std::size_t row_end) const {
    if (row.size() == width_) return std::nullopt;
    return Problem{row.size() > width_ ? row[width_].offset : row_end,
                   fmt::format("the record has {} field{}, the header {}", row.size(),
                               row.size() == 1 ? "" : "s", width_),
                   "quote fields that contain the separator or a line end"};
  }

  [[nodiscard]] std::vector<RecordValue> select(const std::vector<RecordValue>& row) const {
    std::vector<RecordValue> values;
    values.reserve(columns_.size());
    for (const std::size_t column : columns_) values.push_back(row[column]);
    return values;
  }

  [[noreturn]] static void fail(const SourceText& source, Problem problem) {
    throw core::Error{core::ErrorKind::bad_input, source.place(problem.offset),
                      std::move(problem.message), std::move(problem.hint)};
  }

 private:
  static void check_unique(const std::vector<RecordValue>& names, const SourceText& source) {
    std::vector<const RecordValue*> sorted;
    sorted.reserve(names.size());
    for (const RecordValue& name : names) sorted.push_back(&name);
    const auto less = [](const RecordValue* a, const RecordValue* b) { return a->text < b->text; };
    std::ranges::stable_sort(sorted, less);
    const auto same = [](const RecordValue* a, const RecordValue* b) { return a->text == b->text; };
    const auto twice = std::ranges::adjacent_find(sorted, same);
    if (twice == sorted.end()) return;
    fail(source, {(*std::next(twice))->offset,
                  fmt::format("the header names field '{}' twice", (*twice)->text),
                  {}});
  }

  std::size_t width_;
  std::vector<std::size_t> columns_;
};

}  // namespace

std::vector<Record> read_csv(std::span<const std::string> fields, char separator,
                             BadLines& bad_lines) {
  const SourceText& source = bad_lines.source();
  RowParser parser{source.text, separator};
  std::vector<Record> records;
  if (!parser.find_row()) return records;
  std::vector<RecordValue> row;
  if (auto problem = parser.read_row(row)) Header::fail(source, std::move(*problem));
  const Header header{row, fields, source};
  for (std::uint64_t number = 1; parser.find_row(); ++number) {
    auto problem = parser.read_row(row);
    if (!problem) problem = header.mismatch(row, parser.row_end());
    if (problem) {
      bad_lines.report(problem->offset, std::move(problem->message), std::move(problem->hint));
      continue;
    }
    records.push_back({.number = number, .values = header.select(row)});
  }
  return records;
}

}  // namespace foundation::programs
