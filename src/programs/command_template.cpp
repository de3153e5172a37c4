#include "programs/command_template.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "core/quantity.hpp"

namespace foundation::programs {
namespace {

constexpr std::string_view field_prefix = "example.";
constexpr std::array<std::string_view, 4> fixed_names{"seed", "trial", "scratch", "folder"};
constexpr std::size_t most_listed = 12;

[[noreturn]] void reject(std::string message, std::string hint = {}) {
  throw core::Error{core::ErrorKind::bad_input, std::move(message), std::move(hint)};
}

[[noreturn]] void reject_unknown(std::string_view name, const TemplateNames& names) {
  std::vector<std::string> known = names.parameters;
  for (const std::string& field : names.fields) known.push_back(std::string{field_prefix} + field);
  known.insert(known.end(), fixed_names.begin(), fixed_names.end());
  const std::vector<std::string_view> views{known.begin(), known.end()};
  const auto near = core::nearest(name, views);
  const std::size_t shown = std::min(known.size(), most_listed);
  reject(
      fmt::format("there is no placeholder '{{{}}}'", name),
      near ? fmt::format("did you mean '{{{}}}'?", *near)
           : fmt::format("placeholders are {{{}}}{}; a brace itself is written twice",
                         fmt::join(views.begin(), views.begin() + static_cast<long>(shown), "}, {"),
                         shown < known.size() ? ", ..." : ""));
}

void require_varying(bool varies, std::string_view name, std::string_view what) {
  if (varies) return;
  reject(fmt::format("'{{{}}}' differs from {}, but a persistent program is started once for many",
                     name, what),
         "it is told with each request");
}

}  // namespace

TemplateArgument::Piece TemplateArgument::placeholder(std::string_view name,
                                                      const TemplateNames& names) {
  const bool asks = name.starts_with('?');
  const std::string bare{asks ? name.substr(1) : name};
  if (std::ranges::find(names.parameters, bare) != names.parameters.end()) {
    require_varying(names.parameters_vary, name, "candidate to candidate");
    return {asks ? Part::wanted : Part::parameter, bare};
  }
  if (asks) reject_unknown(name, names);
  if (name == "scratch") return {Part::scratch, {}};
  if (name == "folder") return {Part::folder, {}};
  if (name == "seed" || name == "trial") {
    require_varying(names.cells_vary, name, "cell to cell");
    return {name == "seed" ? Part::seed : Part::trial, {}};
  }
  if (!name.starts_with(field_prefix)) reject_unknown(name, names);
  const auto field = std::ranges::find(names.fields, name.substr(field_prefix.size()));
  if (field == names.fields.end()) reject_unknown(name, names);
  require_varying(names.cells_vary, name, "cell to cell");
  return {Part::field, {}, static_cast<std::size_t>(field - names.fields.begin())};
}

TemplateArgument::TemplateArgument(std::string_view text, const TemplateNames& names) {
  if (text.find('\0') != std::string_view::npos)
    reject("an argument holds a NUL character, which no program can be given");
  std::string plain;
  const auto add_plain = [&] {
    if (!plain.empty()) pieces_.push_back({Part::text, std::exchange(plain, {})});
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_brace = text[at] == '{' || text[at] == '}';
    if (!is_brace || text.substr(at + 1, 1) == text.substr(at, 1)) {
      plain += text[at];
      at += is_brace ? 1 : 0;
      continue;
    }
    const auto end = text.find('}', at);
    if (text[at] == '}' || end == std::string_view::npos)
      reject(fmt::format("the brace '{}' in '{}' has no partner", text[at], text),
             "a brace itself is written twice: {{ or }}");
    add_plain();
    pieces_.push_back(placeholder(text.substr(at + 1, end - at - 1), names));
    at = end;
  }
  add_plain();
}

bool TemplateArgument::is_wanted(const TemplateValues& values) const {
  return std::ranges::all_of(pieces_, [&](const Piece& piece) {
    if (piece.part != Part::parameter && piece.part != Part::wanted) return true;
    const model::Value* value = values.parameters->find(piece.text);
    if (value == nullptr) return false;
    return piece.part == Part::parameter || *value != model::Value{false};
  });
}

std::string TemplateArgument::value_of(const Piece& piece, const TemplateValues& values) {
  switch (piece.part) {
    case Part::text: return piece.text;
    case Part::parameter: return model::to_string(*values.parameters->find(piece.text));
    case Part::wanted: return {};
    case Part::field: return (*values.fields)[piece.field];
    case Part::seed: return std::to_string(values.seed);
    case Part::trial: return std::to_string(values.trial);
    case Part::scratch: return values.scratch;
    case Part::folder: return values.folder;
  }
  return {};
}

std::string TemplateArgument::expand(const TemplateValues& values) const {
  std::string text;
  for (const Piece& piece : pieces_) text += value_of(piece, values);
  return text;
}

bool TemplateArgument::is_constant() const noexcept {
  return std::ranges::all_of(pieces_, [](const Piece& piece) {
    return piece.part == Part::text || piece.part == Part::folder;
  });
}

CommandTemplate::CommandTemplate(const std::vector<std::vector<std::string>>& groups,
                                 const TemplateNames& names) {
  for (const std::vector<std::string>& group : groups) {
    std::vector<TemplateArgument>& arguments = groups_.emplace_back();
    for (const std::string& text : group) arguments.emplace_back(text, names);
  }
}

std::vector<std::string> CommandTemplate::expand(const TemplateValues& values) const {
  std::vector<std::string> expanded;
  for (const std::vector<TemplateArgument>& group : groups_) {
    const auto wanted = [&](const TemplateArgument& argument) {
      return argument.is_wanted(values);
    };
    if (!std::ranges::all_of(group, wanted)) continue;
    for (const TemplateArgument& argument : group) expanded.push_back(argument.expand(values));
  }
  return expanded;
}

}  // namespace foundation::programs
