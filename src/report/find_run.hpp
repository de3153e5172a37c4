#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace foundation::report {

/// A run as the user named it: its folder, or a lone published file.
struct RunLocation {
  std::filesystem::path folder;  ///< empty for a lone file
  std::filesystem::path file;    ///< the published file; may not exist yet

  [[nodiscard]] bool has_journal() const;
  /// What to call the run in messages and commands.
  [[nodiscard]] std::string name() const;
};

/// Finds a run by path (of its folder or a published file), by name or unique prefix of a name
/// inside `runs_folder`, or as `last` (`runs_folder`/latest). Throws core::Error{bad_input} that
/// names the candidates when there is none or more than one.
[[nodiscard]] RunLocation find_run(std::string_view text,
                                   const std::filesystem::path& runs_folder = "runs");

}  // namespace foundation::report
