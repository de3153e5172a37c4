#pragma once

#include <string>
#include <vector>

/// Completion scripts of shells, made from a plain description of the command line.
namespace foundation {

struct CompletedOption {
  std::string name;  ///< with its dashes
  std::string help;
};

struct CompletedCommand {
  std::string name;
  std::string help;
  std::vector<CompletedOption> options;
};

[[nodiscard]] std::string bash_completion(const std::vector<CompletedCommand>& commands);
[[nodiscard]] std::string zsh_completion(const std::vector<CompletedCommand>& commands);
[[nodiscard]] std::string fish_completion(const std::vector<CompletedCommand>& commands);

}  // namespace foundation
