#include "job/detail/node.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "job/detail/toml_depth.hpp"

namespace foundation::job::detail {
namespace {

constexpr std::size_t most_key_parts = 16;  // ours have four at most

/// "Error while parsing key-value pair: ..." without its first word: ours says that already.
std::string_view without_prefix(std::string_view description) {
  constexpr std::string_view prefix = "Error ";
  return description.starts_with(prefix) ? description.substr(prefix.size()) : description;
}

/// A document in one piece with the start of each line, for the excerpts of messages.
class Document {
 public:
  Document(std::string_view text, const std::string& name) : name_{name}, text_{text} {
    std::size_t begin = 0;
    while (begin <= text.size()) {
      std::size_t end = std::min(text.find('\n', begin), text.size());
      std::string_view line = text.substr(begin, end - begin);
      if (line.ends_with('\r')) line.remove_suffix(1);
      lines_.push_back(line);
      begin = end + 1;
    }
  }

  /// Of a byte of the text.
  [[nodiscard]] core::Place place(std::size_t offset) const {
    const char* at = text_.data() + offset;
    const auto line = std::ranges::find_if(lines_, [at](std::string_view candidate) {
      return at <= candidate.data() + candidate.size();
    });
    const auto number = static_cast<std::uint32_t>(line - lines_.begin() + 1);
    return {.file = name_,
            .line = number,
            .column = static_cast<std::uint32_t>(at - line->data() + 1),
            .text = {}};
  }

  [[nodiscard]] core::Place place(const toml::source_position& position) const {
    core::Place place{.file = name_, .line = position.line, .column = position.column, .text = {}};
    if (position.line >= 1 && position.line <= lines_.size()) {
      place.text = lines_[position.line - 1];
      // One blank a tab, so that the caret below stands under its character.
      std::ranges::replace(place.text, '\t', ' ');
    }
    return place;
  }

 private:
  const std::string& name_;
  std::string_view text_;
  std::vector<std::string_view> lines_;
};

Node convert(const toml::node& source, const Document& document);

Table convert_table(const toml::table& source, const Document& document) {
  Table table;
  for (const auto& [key, child] : source) {
    table.push_back(
        {std::string{key.str()}, document.place(key.source().begin), convert(child, document)});
  }
  return table;
}

Array convert_array(const toml::array& source, const Document& document) {
  Array array;
  for (const toml::node& child : source) array.push_back(convert(child, document));
  return array;
}

Node convert(const toml::node& source, const Document& document) {
  Node node{document.place(source.source().begin), Moment{}};
  switch (source.type()) {
    case toml::node_type::string: node.value = source.as_string()->get(); break;
    case toml::node_type::integer: node.value = source.as_integer()->get(); break;
    case toml::node_type::floating_point: node.value = source.as_floating_point()->get(); break;
    case toml::node_type::boolean: node.value = source.as_boolean()->get(); break;
    case toml::node_type::array: node.value = convert_array(*source.as_array(), document); break;
    case toml::node_type::table: node.value = convert_table(*source.as_table(), document); break;
    default: break;
  }
  return node;
}

}  // namespace

std::string_view describe_type(const Node& node) noexcept {
  static constexpr std::string_view names[] = {
      "a string", "a whole number", "a number", "true or false", "a date", "a list", "a table"};
  return names[node.value.index()];
}

Node parse_toml(std::string_view text, const std::string& name) {
  const Document document{text, name};
  if (const auto deep = find_deep_key(text, most_key_parts)) {
    throw core::Error{core::ErrorKind::bad_input, document.place(*deep),
                      fmt::format("a key of more than {} parts", most_key_parts),
                      "no key of a job file is that deep: see `foundation doc`"};
  }
  try {
    return convert(toml::parse(text, name), document);
  } catch (const toml::parse_error& error) {
    throw core::Error{
        core::ErrorKind::bad_input, document.place(error.source().begin),
        fmt::format("this is not valid TOML: {}", without_prefix(error.description())),
        "strings need quotes, tables a line [name], lists commas; see https://toml.io"};
  }
}

}  // namespace foundation::job::detail
