#include "job/detail/layer.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/quantity.hpp"
#include "job/detail/key.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

/// The part of `path` below `section` up to the next dot; empty when it is not below it.
std::string_view child_of(std::string_view section, std::string_view path) {
  if (!section.empty()) {
    if (!path.starts_with(section) || path.size() <= section.size() ||
        path[section.size()] != '.') {
      return {};
    }
    path.remove_prefix(section.size() + 1);
  }
  return path.substr(0, path.find('.'));
}

/// Names of keys and sections directly below `section`, views of static storage.
std::vector<std::string_view> children_of(std::string_view section) {
  std::vector<std::string_view> names;
  const auto add = [&names](std::string_view name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
  };
  for (const KeyInfo& info : known_keys()) {
    add(child_of(section, info.section));
    if (info.section == section) add(info.key);
  }
  return names;
}

std::string section_of_key(std::string_view name) {
  for (const KeyInfo& info : known_keys()) {
    if (info.key == name && name != "kind") return std::string{info.section};
  }
  return {};
}

[[noreturn]] void reject_unknown(const Entry& entry, const std::string& section) {
  const std::vector<std::string_view> known = children_of(section);
  const std::string home = section_of_key(entry.name);
  std::string hint;
  if (const auto near = core::nearest(entry.name, known)) {
    hint = fmt::format("did you mean '{}'?", *near);
  } else if (!home.empty()) {
    hint = fmt::format("'{}' belongs in [{}]", entry.name, home);
  } else if (section.empty()) {
    hint = fmt::format("sections are [{}]", fmt::join(known, "], ["));
  } else {
    hint = fmt::format("[{}] knows {}", section, fmt::join(known, ", "));
  }
  const bool is_table = std::holds_alternative<Table>(entry.node.value);
  const std::string where = section.empty() ? "" : fmt::format(" in [{}]", section);
  throw core::Error{
      core::ErrorKind::bad_input, entry.place,
      fmt::format("unknown {} '{}'{}", is_table ? "section" : "key", entry.name, where), hint};
}

void apply_table(Job& job, const Table& table, const std::string& section) {
  for (const Entry& entry : table) {
    const std::string path = section.empty() ? entry.name : section + "." + entry.name;
    if (const Key* key = find_key(path)) {
      key->assign(job, Reading{key->info.key, entry.node});
      job.places[path] = entry.node.place;
    } else if (is_section(path)) {
      apply_table(job, Reading{path, entry.node}.table(), path);
      job.places[path] = entry.place;
    } else {
      reject_unknown(entry, section);
    }
  }
}

void check_user_sections(const Table& table) {
  for (const Entry& entry : table) {
    if (entry.name == "execution" || entry.name == "run" || !is_section(entry.name)) continue;
    throw core::Error{core::ErrorKind::bad_input, entry.place,
                      fmt::format("[{}] cannot be set for all jobs of a user", entry.name),
                      "move it to the job file; this file may hold [execution] and [run]"};
  }
}

}  // namespace

void apply_layer(Job& job, const Node& document, LayerKind kind) {
  const Table& table = std::get<Table>(document.value);
  if (kind == LayerKind::user_file) check_user_sections(table);
  apply_table(job, table, {});
}

std::string variable_of(const KeyInfo& info) {
  std::string name = "FOUNDATION_" + path_of(info);
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '.') c = '_';
  }
  return name;
}

Node parse_single_value(std::string_view key, std::string_view value, const std::string& origin) {
  try {
    return parse_toml(fmt::format("{} = {}", key, value), origin);
  } catch (const core::Error&) {
    return parse_toml(fmt::format("{} = {}", key, toml_text(value)), origin);
  }
}

}  // namespace foundation::job::detail
