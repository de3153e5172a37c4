#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "programs/detail/known_fields.hpp"
#include "programs/detail/text.hpp"
#include "programs/records.hpp"

namespace foundation::programs {
namespace {

using nlohmann::json;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t longest_reason = 160;
constexpr std::size_t most_fields = 4096;

/// Feeds the parser and notes how far it has read: its events carry no positions.
class TrackedIterator {
 public:
  // The names std::iterator_traits asks for: NOLINTBEGIN(readability-identifier-naming)
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  // NOLINTEND(readability-identifier-naming)

  TrackedIterator(const char* at, const char** reached) : at_{at}, reached_{reached} {}
  reference operator*() const { return *at_; }
  TrackedIterator& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  TrackedIterator operator++(int) {
    TrackedIterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const TrackedIterator& other) const { return at_ == other.at_; }
  bool operator!=(const TrackedIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  const char** reached_;
};

/// The parser's own words, without the library's prefix and without the end of a long quotation.
std::string reason_of(const json::exception& error) {
  std::string_view what = error.what();
  constexpr std::string_view marker = "syntax error ";
  const std::size_t begin = what.find(marker);
  if (begin != std::string_view::npos) what.remove_prefix(begin + marker.size());
  if (what.size() <= longest_reason) return std::string{what};
  std::size_t end = longest_reason;
  while (end > 0 && !detail::starts_character(what[end])) --end;
  return fmt::format("{} ...", what.substr(0, end));
}

/// Receives the parser's events for one line. Returns false, which ends the parsing, at the
/// first problem. Nothing recurses: depth is a counter here and in the parser.
class LineHandler : public nlohmann::json_sax<json> {
 public:
  LineHandler(std::string_view line, std::span<const std::string> fields)
      : line_{line}, fields_{fields}, reached_{line.data()}, mark_{line.data()} {
    values_.resize(fields.size());
    found_.resize(fields.size());
  }

  bool parse() {
    const char* end = line_.data() + line_.size();
    const bool parsed = json::sax_parse(TrackedIterator{line_.data(), &reached_},
                                        TrackedIterator{end, &reached_}, this);
    return parsed && all_found();
  }

  [[nodiscard]] std::size_t problem_offset() const noexcept { return problem_offset_; }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
  [[nodiscard]] std::vector<RecordValue> take_values() { return std::move(values_); }

  bool null() override { return unsuitable("null"); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false", "a boolean"); }
  bool number_integer(number_integer_t value) override {
    return scalar(std::to_string(value), "a number");
  }
  bool number_unsigned(number_unsigned_t value) override {
    return scalar(std::to_string(value), "a number");
  }
  bool number_float(number_float_t, const string_t& text) override {
    return scalar(text, "a number");
  }
  bool string(string_t& value) override { return scalar(value, "a string"); }
  bool binary(binary_t&) override { return unsuitable("binary data"); }

  bool start_object(std::size_t) override {
    if (depth_ == 0) {
      take_token();
    } else if (!unsuitable("an object")) {
      return false;
    }
    ++depth_;
    return true;
  }
  bool start_array(std::size_t) override {
    if (!unsuitable("an array")) return false;
    ++depth_;
    return true;
  }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }

  bool key(string_t& name) override {
    const std::size_t offset = take_token();
    if (depth_ != 1) return true;
    if (!names_.insert(name).second) {
      return fail(offset, fmt::format("field '{}' is given twice", name));
    }
    if (names_.size() > most_fields) {
      return fail(offset, fmt::format("the object has more than {} fields", most_fields));
    }
    const auto wanted = std::ranges::find(fields_, name);
    wanted_ = static_cast<std::size_t>(wanted - fields_.begin());
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const json::exception& error) override {
    const std::size_t offset = std::min(position == 0 ? 0 : position - 1, line_.size());
    return fail(offset, fmt::format("not valid JSON: {}", reason_of(error)));
  }

 private:
  /// Offset of the token just read; the next one starts after it.
  std::size_t take_token() {
    const char* end = line_.data() + line_.size();
    while (mark_ != end && std::string_view{" \t\r,:"}.find(*mark_) != std::string_view::npos) {
      ++mark_;
    }
    const auto offset = static_cast<std::size_t>(mark_ - line_.data());
    mark_ = std::max(mark_, reached_);
    return offset;
  }

  bool fail(std::size_t offset, std::string message, std::string hint = {}) {
    problem_offset_ = offset;
    problem_ = std::move(message);
    hint_ = std::move(hint);
    return false;
  }

  bool is_wanted() const noexcept { return depth_ == 1 && wanted_ < fields_.size(); }

  bool not_an_object(std::size_t offset, std::string_view kind) {
    return fail(offset, fmt::format("the line holds {}, not an object", kind),
                R"(JSON Lines has one object a line: {"field": value, ...})");
  }

  bool unsuitable(std::string_view kind) {
    const std::size_t offset = take_token();
    if (depth_ == 0) return not_an_object(offset, kind);
    if (!is_wanted()) return true;
    return fail(offset, fmt::format("field '{}' is {}, which is no text, number or boolean",
                                    fields_[wanted_], kind));
  }

  bool scalar(std::string text, std::string_view kind) {
    const std::size_t offset = take_token();
    if (depth_ == 0) return not_an_object(offset, kind);
    if (!is_wanted()) return true;
    if (text.find('\0') != std::string::npos) {
      return fail(offset, fmt::format("field '{}' holds a NUL character", fields_[wanted_]));
    }
    values_[wanted_] = {.text = std::move(text), .offset = offset};
    found_[wanted_] = true;
    return true;
  }

  bool leave() {
    take_token();
    --depth_;
    return true;
  }

  bool all_found() {
    const auto missing = std::ranges::find(found_, false);
    if (missing == found_.end()) return true;
    const std::string& field = fields_[static_cast<std::size_t>(missing - found_.begin())];
    const std::vector<std::string_view> known(names_.begin(), names_.end());
    const auto start = std::min(line_.find('{'), line_.size());
    return fail(start, fmt::format("field '{}' is missing", field),
                detail::hint_for_field(field, known));
  }

  std::string_view line_;
  std::span<const std::string> fields_;
  const char* reached_;  ///< how far the parser has read
  const char* mark_;     ///< end of the last token
  std::size_t depth_ = 0;
  std::size_t wanted_ = 0;  ///< which field the last key of the object names
  std::set<std::string> names_;
  std::vector<RecordValue> values_;
  std::vector<bool> found_;
  std::size_t problem_offset_ = 0;
  std::string problem_;
  std::string hint_;
};

void read_line(std::string_view line, std::size_t line_offset, std::span<const std::string> fields,
               BadLines& bad_lines, std::uint64_t number, std::vector<Record>& records) {
  if (const auto bad = detail::find_bad_byte(line)) {
    return bad_lines.report(line_offset + *bad, line[*bad] == '\0' ? "the line holds a NUL byte"
                                                                   : "the line is not valid UTF-8");
  }
  LineHandler handler{line, fields};
  if (!handler.parse()) {
    return bad_lines.report(line_offset + handler.problem_offset(), handler.problem(),
                            handler.hint());
  }
  Record record{.number = number, .values = handler.take_values()};
  for (RecordValue& value : record.values) value.offset += line_offset;
  records.push_back(std::move(record));
}

}  // namespace

std::vector<Record> read_jsonl(std::span<const std::string> fields, BadLines& bad_lines) {
  const std::string_view text = bad_lines.source().text;
  std::vector<Record> records;
  std::uint64_t number = 0;
  std::size_t begin = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (!detail::trimmed(line).empty()) {
      read_line(line, begin, fields, bad_lines, ++number, records);
    }
    begin = end + 1;
  }
  return records;
}

}  // namespace foundation::programs
