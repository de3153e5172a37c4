#include "interpose/generate/mpi_header.hpp"

#include <cctype>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace foundation::interpose {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string squeeze(std::string_view text) {
  std::string squeezed;
  for (const char c : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!blank) squeezed += c;
    if (blank && !squeezed.empty() && squeezed.back() != ' ') squeezed += ' ';
  }
  while (!squeezed.empty() && squeezed.back() == ' ') squeezed.pop_back();
  return squeezed;
}

/// Index behind the bracket that closes the one at `open`.
std::size_t behind_bracket(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i + 1;
  }
  throw std::runtime_error{"brackets do not match in the MPI header"};
}

std::string without_attributes(std::string text) {
  constexpr std::string_view word = "__attribute__";
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at))
    text.erase(at, behind_bracket(text, text.find('(', at)) - at);
  return text;
}

/// "const int counts[]" has the name "counts"; "int" alone has none.
std::string name_of(std::string_view declaration) {
  std::string_view text = declaration.substr(0, declaration.find('['));
  while (!text.empty() && !is_word(text.back())) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  return begin == 0 ? "" : std::string{text.substr(begin)};
}

std::optional<std::vector<Parameter>> parse_parameters(std::string_view list) {
  std::vector<Parameter> parameters;
  if (squeeze(list) == "void" || squeeze(list).empty()) return parameters;
  std::istringstream parts{std::string{list}};
  for (std::string part; std::getline(parts, part, ',');) {
    const std::string declaration = squeeze(part);
    const std::string name = name_of(declaration);
    if (name.empty() || declaration == "...") return std::nullopt;
    parameters.push_back({declaration, name});
  }
  return parameters;
}

/// Conversions of handles and clocks are no work to be traced; MPI_T is another interface.
bool is_traced(std::string_view name) {
  return name.starts_with("MPI_") && !name.starts_with("MPI_T_") && !name.ends_with("_c2f") &&
         !name.ends_with("_f2c") && !name.ends_with("_c2f08") && !name.ends_with("_f082c") &&
         !name.ends_with("2f08") && !name.ends_with("082f");
}

}  // namespace

std::string Function::declarations() const {
  std::string text;
  for (const Parameter& it : parameters) text += (text.empty() ? "" : ", ") + it.declaration;
  return text.empty() ? "void" : text;
}

std::string Function::arguments() const {
  std::string text;
  for (const Parameter& it : parameters) text += (text.empty() ? "" : ", ") + it.name;
  return text;
}

std::vector<Function> parse_header(const std::string& header) {
  const std::string text = without_attributes(header);
  std::vector<Function> functions;
  for (std::size_t at = 0; (at = text.find("int MPI_", at)) != std::string::npos;) {
    const bool starts_word = at == 0 || !is_word(text[at - 1]);
    const std::size_t name_begin = at + 4;
    std::size_t name_end = name_begin;
    while (is_word(text[name_end])) ++name_end;
    at = name_end;
    std::size_t open = name_end;
    while (open < text.size() && std::isspace(static_cast<unsigned char>(text[open])) != 0) ++open;
    const std::string name = text.substr(name_begin, name_end - name_begin);
    if (!starts_word || text[open] != '(' || !is_traced(name)) continue;
    const std::size_t close = behind_bracket(text, open);
    const std::size_t end = text.find_first_not_of(" \t\r\n", close);
    if (end == std::string::npos || text[end] != ';') continue;
    if (auto parameters = parse_parameters(text.substr(open + 1, close - open - 2)))
      functions.push_back({name, std::move(*parameters)});
    at = close;
  }
  std::ranges::sort(functions, {}, &Function::name);
  const auto same_name = [](const Function& a, const Function& b) { return a.name == b.name; };
  functions.erase(std::unique(functions.begin(), functions.end(), same_name), functions.end());
  return functions;
}

}  // namespace foundation::interpose
