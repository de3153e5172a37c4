#include "job/detail/command_keys.hpp"

#include <fmt/format.h>

#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

constexpr std::int64_t largest_exit_status = 255;

std::vector<std::string> read_group(const Node& node) {
  const Reading group{"command", node};
  if (std::holds_alternative<std::string>(node.value)) return {group.text()};
  std::vector<std::string> words;
  for (const Node& word : group.array()) words.push_back(Reading{"command", word}.text());
  if (words.empty()) group.reject("holds an empty list");
  return words;
}

/// POSIX.1, 8.1: what a program can be given by this name.
bool is_variable_name(std::string_view name) {
  return !name.empty() && name.find('=') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

}  // namespace

bool is_command(const Job& job) { return job.program.kind == "command"; }

bool has_trainset(const Job& job) {
  if (!is_command(job) && job.program.kind != "plugin") return true;
  const auto first = job.places.lower_bound("trainset");
  return first != job.places.end() && first->first.starts_with("trainset");
}

void assign_command(Job& job, const Reading& value) {
  job.command.clear();
  for (const Node& node : value.array()) {
    job.command.push_back(read_group(node));
    job.places[fmt::format("program.command.{}", job.command.size())] = node.place;
  }
  if (job.command.empty()) value.reject("must name a program", R"(command = ["./solve", "{tol}"])");
  if (job.command.front().size() != 1)
    value.reject("must begin with the program's name, not with a list");
}

std::string show_command(const Job& job) {
  if (!is_command(job)) return {};
  std::string list;
  for (const std::vector<std::string>& group : job.command) {
    list += list.empty() ? "[" : ", ";
    list += group.size() == 1 ? toml_text(group.front()) : toml_text(group);
  }
  return list.empty() ? "[]" : list + "]";
}

void assign_exit_statuses(Job& job, const Reading& value) {
  std::vector<std::int32_t>& statuses = job.program.command.exit_statuses;
  statuses.clear();
  if (value.is_word("any")) return;
  for (const Node& node : value.array()) {
    const Reading status{"exit_statuses", node};
    statuses.push_back(static_cast<std::int32_t>(status.whole(0, largest_exit_status)));
  }
  if (statuses.empty()) value.reject("must not be empty", "write \"any\" for all of them");
}

std::string show_exit_statuses(const Job& job) {
  if (!is_command(job)) return {};
  std::string list;
  for (const std::int32_t status : job.program.command.exit_statuses)
    list += (list.empty() ? "[" : ", ") + std::to_string(status);
  return list.empty() ? "\"any\"" : list + "]";
}

void assign_environment(Job& job, const Reading& value) {
  job.program.command.environment.clear();
  for (const Entry& entry : value.table()) {
    const Reading variable{entry.name, entry.node};
    if (!is_variable_name(entry.name)) variable.reject("is no name of an environment variable");
    std::string text = variable.text();
    if (text.find('\0') != std::string::npos) variable.reject("holds a NUL character");
    job.program.command.environment.emplace(entry.name, std::move(text));
  }
}

std::string show_environment(const Job& job) {
  if (!is_command(job)) return {};
  std::string parts;
  for (const auto& [name, value] : job.program.command.environment)
    parts += fmt::format("{}{} = {}", parts.empty() ? "" : ", ", toml_name(name), toml_text(value));
  return "{" + parts + "}";
}

}  // namespace foundation::job::detail
