#include "man_page.hpp"

#include <cctype>

#include <fmt/format.h>

#include "build_facts.hpp"
#include "usage.hpp"

namespace foundation {
namespace {

/// The date stays empty: pages of one version are the same whenever they are built.
std::string head(const std::string& title, int section, std::string_view about) {
  std::string capitals;
  for (const char c : title)
    capitals += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return fmt::format(".TH {} {} \"\" \"foundation {}\" \"Foundation\"\n.SH NAME\n{} \\- {}\n",
                     troff_text(capitals), section, build_facts::version, troff_text(title),
                     troff_text(about));
}

std::string entry(const std::string& term, std::string_view text) {
  return fmt::format(".TP\n{}\n{}\n", term, troff_text(text));
}

std::string bold(std::string_view text) { return fmt::format("\\fB{}\\fR", troff_text(text)); }
std::string italic(std::string_view text) { return fmt::format("\\fI{}\\fR", troff_text(text)); }

std::string synopsis(const ManCommand& command) {
  std::string text = bold("foundation");
  if (!command.name.empty()) text += " " + bold(command.name);
  text += " [" + italic("options") + "]";
  for (const ManOption& option : command.options) {
    if (!option.positional) continue;
    text += option.required ? " " + italic(option.names) : " [" + italic(option.names) + "]";
  }
  return ".SH SYNOPSIS\n" + text + "\n";
}

std::string options_of(const ManCommand& command) {
  std::string arguments;
  std::string flags;
  for (const ManOption& option : command.options) {
    std::string term = option.positional ? italic(option.names) : bold(option.names);
    if (!option.value.empty()) term += " " + italic(option.value);
    const std::string help = option.help + (option.required ? " (required)" : "");
    (option.positional ? arguments : flags) += entry(term, help);
  }
  if (!arguments.empty()) arguments.insert(0, ".SH ARGUMENTS\n");
  if (!flags.empty()) flags.insert(0, ".SH OPTIONS\n");
  return arguments + flags;
}

std::string exit_statuses() {
  std::string text = ".SH EXIT STATUS\n";
  for (const ExitMeaning& it : exit_meanings)
    text += entry(bold(std::to_string(it.status)), it.meaning);
  return text;
}

std::string reference(std::string_view page, int section) {
  return fmt::format("{}({})", bold(page), section);
}

}  // namespace

std::string troff_text(std::string_view text) {
  std::string safe;
  bool line_begins = true;
  for (const char c : text) {
    // A dot or an apostrophe there would be a request.
    if (line_begins && (c == '.' || c == '\'')) safe += "\\&";
    line_begins = c == '\n';
    switch (c) {
      case '\\': safe += "\\e"; break;
      case '-': safe += "\\-"; break;
      case '\'': safe += "\\(aq"; break;
      case '`': safe += "\\(ga"; break;
      case '^': safe += "\\(ha"; break;
      case '~': safe += "\\(ti"; break;
      default: safe += c;
    }
  }
  return safe;
}

std::string program_page(const ManCommand& program, std::span<const ManCommand> commands) {
  std::string page = head("foundation", 1, "find the best version of a program over a trainset");
  page += ".SH SYNOPSIS\n" + bold("foundation") + " " + italic("command") + " [" +
          italic("options") + "] [" + italic("arguments") + "]\n.br\n" + bold("mpirun -n") + " " +
          italic("ranks") + " " + bold("foundation optimize") + " " + italic("JOB") + "\n";
  page += ".SH DESCRIPTION\n" + troff_text(program.help) + "\n";
  page += ".SH COMMANDS\n";
  for (const ManCommand& command : commands) page += entry(bold(command.name), command.help);
  page += options_of(program) + exit_statuses();
  page += ".SH ENVIRONMENT\n";
  page += entry(bold("FOUNDATION_") + italic("SECTION_KEY"),
                "A value for a key of the job file; stronger than the file, weaker than --set.");
  page += entry(bold("NO_COLOR, FORCE_COLOR"), "Never, or always, use colours.");
  page += ".SH FILES\n";
  page += entry(italic("~/.config/foundation/config.toml"),
                "Values of the sections [execution] and [run] for all jobs.");
  page += entry(italic("runs/latest"), "The newest run beside a job file.");
  page += ".SH SEE ALSO\n";
  for (const ManCommand& command : commands)
    page += reference("foundation-" + command.name, 1) + ",\n";
  return page + reference("foundation-job", 5) + "\n";
}

std::string command_page(const ManCommand& command) {
  std::string page = head("foundation-" + command.name, 1, command.help);
  page += synopsis(command);
  page += ".SH DESCRIPTION\n" + troff_text(command.help) + ".\n";
  page += options_of(command) + exit_statuses();
  return page + ".SH SEE ALSO\n" + reference("foundation", 1) + ",\n" +
         reference("foundation-job", 5) + "\n";
}

std::string keys_page(std::span<const job::KeyInfo> keys) {
  std::string page = head("foundation-job", 5, "job file of foundation");
  page +=
      ".SH DESCRIPTION\nA job file is TOML. It says what is optimised, on which examples, and "
      "how.\nUnknown keys and wrong values are errors.\nChanging a key marked \\fIfixed\\fR makes "
      "it another job, with a run of its own.\n";
  std::string_view section;
  for (const job::KeyInfo& key : keys) {
    if (key.section != section) page += fmt::format(".SH [{}]\n", troff_text(key.section));
    section = key.section;
    std::string term = fmt::format("{} ({}", bold(key.key), troff_text(key.type));
    term += key.default_text.empty() ? ", mandatory"
                                     : fmt::format(", default {}", troff_text(key.default_text));
    page += entry(term + (key.defines_trajectory ? ", \\fIfixed\\fR)" : ")"), job::help_of(key));
  }
  return page + ".SH SEE ALSO\n" + reference("foundation", 1) + ",\n" +
         reference("foundation-optimize", 1) + ",\n" + reference("foundation-config", 1) + "\n";
}

}  // namespace foundation
