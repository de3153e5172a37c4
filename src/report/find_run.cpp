#include "report/find_run.hpp"

#include <algorithm>
#include <optional>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/quantity.hpp"
#include "report/publish.hpp"
#include "report/terminal_text.hpp"

namespace foundation::report {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view journal_folder = "journal";
constexpr std::string_view latest_link = "latest";
constexpr std::size_t most_named = 5;

bool is_run_folder(const fs::path& folder) {
  std::error_code ignored;
  return fs::is_directory(folder / journal_folder, ignored) ||
         fs::is_regular_file(folder / view_file, ignored);
}

/// Names of the runs in a folder, newest name last.
std::vector<std::string> run_names(const fs::path& runs_folder) {
  std::vector<std::string> names;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{runs_folder, ignored})
    if (entry.path().filename() != latest_link && is_run_folder(entry.path()))
      names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

RunLocation in_folder(const fs::path& folder) { return {folder, folder / view_file}; }

/// The run a path leads to, if it is one.
std::optional<RunLocation> by_path(const fs::path& path) {
  std::error_code ignored;
  if (is_run_folder(path)) return in_folder(path.lexically_normal());
  if (!fs::is_regular_file(path, ignored)) return std::nullopt;
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path{"."};
  if (path.filename() == view_file && fs::is_directory(folder / journal_folder, ignored))
    return in_folder(folder);
  return RunLocation{.folder = {}, .file = path};
}

[[noreturn]] void refuse(std::string_view text, const fs::path& runs_folder,
                         const std::vector<std::string>& names) {
  const std::vector<std::string_view> known{names.begin(), names.end()};
  std::string hint;
  if (const auto near = core::nearest(text, known)) {
    hint = fmt::format("did you mean '{}'?", visible(*near));
  } else if (!names.empty()) {
    const std::size_t count = std::min(names.size(), most_named);
    hint = fmt::format("the newest in '{}':", runs_folder.string());
    for (std::size_t i = names.size() - count; i < names.size(); ++i)
      hint += fmt::format(" {}", visible(names[i]));
  } else {
    hint = fmt::format("give the path of a run folder or of a run.h5; there are no runs in '{}'",
                       runs_folder.string());
  }
  throw core::Error{core::ErrorKind::bad_input, fmt::format("there is no run '{}'", visible(text)),
                    hint};
}

}  // namespace

bool RunLocation::has_journal() const {
  std::error_code ignored;
  return !folder.empty() && fs::is_directory(folder / journal_folder, ignored);
}

std::string RunLocation::name() const {
  if (folder.empty()) return file.string();
  const fs::path normal = folder.lexically_normal();
  return normal.has_filename() ? normal.string() : normal.parent_path().string();
}

RunLocation find_run(std::string_view text, const fs::path& runs_folder) {
  if (text == "last") {
    std::error_code failure;
    const fs::path latest = fs::canonical(runs_folder / latest_link, failure);
    if (!failure && is_run_folder(latest)) {
      const fs::path near = runs_folder / latest.filename();
      return in_folder(is_run_folder(near) ? near : latest);
    }
  }
  if (const auto found = by_path(text)) return *found;
  const auto names = run_names(runs_folder);
  std::vector<std::string> matches;
  for (const std::string& name : names) {
    if (name == text) return in_folder(runs_folder / name);
    if (!text.empty() && name.starts_with(text)) matches.push_back(name);
  }
  if (matches.size() == 1) return in_folder(runs_folder / matches.front());
  if (matches.empty()) refuse(text, runs_folder, names);
  matches.resize(std::min(matches.size(), most_named));
  std::string hint = "give more of its name:";
  for (const std::string& match : matches) hint += fmt::format(" {}", visible(match));
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("more than one run begins with '{}'", visible(text)), hint};
}

}  // namespace foundation::report
