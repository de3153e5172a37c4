#include "completion_scripts.hpp"

#include <fmt/format.h>

namespace foundation {
namespace {

/// In single quotes for bash, zsh and fish; `colon` stands for ':' where that separates fields.
std::string quoted(const std::string& text, const std::string& colon = ":") {
  std::string safe = "'";
  for (const char c : text) {
    if (c == '\'') {
      safe += "'\"'\"'";
    } else if (c == ':') {
      safe += colon;
    } else {
      safe += c;
    }
  }
  return safe + "'";
}

std::string all_names(const std::vector<CompletedCommand>& commands) {
  std::string names;
  for (const CompletedCommand& command : commands) names += command.name + " ";
  return names;
}

}  // namespace

std::string bash_completion(const std::vector<CompletedCommand>& commands) {
  std::string script =
      "# bash completion of foundation: source <(foundation completions bash)\n"
      "_foundation() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} options=\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n";
  script += fmt::format("    COMPREPLY=($(compgen -W '{}--help --version' -- \"$current\"))\n",
                        all_names(commands));
  script += "    return\n  fi\n  case ${COMP_WORDS[1]} in\n";
  for (const CompletedCommand& command : commands) {
    std::string names;
    for (const CompletedOption& option : command.options) names += option.name + " ";
    script += fmt::format("    {}) options='{}' ;;\n", command.name, names);
  }
  script +=
      "  esac\n"
      "  if [[ $current == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$current\"))\n"
      "  else\n"
      "    COMPREPLY=($(compgen -f -- \"$current\"))\n"
      "  fi\n"
      "}\n"
      "complete -o filenames -F _foundation foundation\n";
  return script;
}

std::string zsh_completion(const std::vector<CompletedCommand>& commands) {
  std::string script =
      "#compdef foundation\n"
      "# zsh completion of foundation: source <(foundation completions zsh)\n"
      "_foundation() {\n"
      "  local -a commands options\n"
      "  commands=(\n";
  for (const CompletedCommand& command : commands) {
    script += fmt::format("    {}\n", quoted(command.name + ":" + command.help));
  }
  script +=
      "  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe command commands\n"
      "    return\n"
      "  fi\n"
      "  case $words[2] in\n";
  for (const CompletedCommand& command : commands) {
    script += fmt::format("    {}) options=(", command.name);
    for (const CompletedOption& option : command.options) {
      script += " " + quoted(option.name) + "':'" + quoted(option.help, "\\:");
    }
    script += " ) ;;\n";
  }
  script +=
      "  esac\n"
      "  if [[ $PREFIX == -* ]]; then\n"
      "    _describe -o option options\n"
      "  else\n"
      "    _files\n"
      "  fi\n"
      "}\n"
      // Loaded by zsh itself, the file is the function's body for the first time.
      "if [ \"$funcstack[1]\" = _foundation ]; then\n"
      "  _foundation \"$@\"\n"
      "else\n"
      "  compdef _foundation foundation\n"
      "fi\n";
  return script;
}

std::string fish_completion(const std::vector<CompletedCommand>& commands) {
  std::string script = "# fish completion of foundation: foundation completions fish | source\n";
  for (const CompletedCommand& command : commands) {
    script += fmt::format("complete -c foundation -n __fish_use_subcommand -f -a {} -d {}\n",
                          command.name, quoted(command.help));
    for (const CompletedOption& option : command.options) {
      script +=
          fmt::format("complete -c foundation -n '__fish_seen_subcommand_from {}' -l {} -d {}\n",
                      command.name, option.name.substr(2), quoted(option.help));
    }
  }
  return script;
}

}  // namespace foundation
