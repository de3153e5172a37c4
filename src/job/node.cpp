#include "job/detail/node.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <toml++/toml.h>

namespace foundation::job::detail {
namespace {

/// "Error while parsing key-value pair: ..." without its first word: ours says that already.
std::string_view without_prefix(std::string_view description) {
  constexpr std::string_view prefix = "Error ";
  return description.starts_with(prefix) ? description.substr(prefix.size()) : description;
}

/// A document in one piece with the start of each line, for the excerpts of messages.
class Document {
 public:
  Document(std::string_view text, const std::string& name) : name_{name} {
    std::size_t begin = 0;
    while (begin <= text.size()) {
      std::size_t end = std::min(text.find('\n', begin), text.size());
      std::string_view line = text.substr(begin, end - begin);
      if (line.ends_with('\r')) line.remove_suffix(1);
      lines_.push_back(line);
      begin = end + 1;
    }
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
