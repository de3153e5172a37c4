#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "core/error.hpp"
#include "job/job.hpp"

namespace foundation {
namespace {

/// A table a section; config/README.md holds the same text.
void print_keys() {
  std::string_view section;
  for (const job::KeyInfo& info : job::known_keys()) {
    if (info.section != section) {
      fmt::print(
          "{}### [{}]\n\n| key | type | default | fixed | meaning |\n|---|---|---|---|---|\n",
          section.empty() ? "" : "\n", info.section);
      section = info.section;
    }
    const bool is_literal = info.default_text.find(' ') == std::string_view::npos;
    const std::string shown = info.default_text.empty() ? "**mandatory**"
                              : is_literal              ? fmt::format("`{}`", info.default_text)
                                                        : std::string{info.default_text};
    fmt::print("| `{}` | {} | {} | {} | {} |\n", info.key, info.type, shown,
               info.defines_trajectory ? "yes" : "", job::help_of(info));
  }
}

void run(const std::string& topic) {
  if (topic == "keys") return print_keys();
  throw core::Error{core::ErrorKind::usage, fmt::format("there is nothing on '{}'", topic),
                    "topics are: keys"};
}

}  // namespace

void add_doc(CLI::App& app, Outcome&) {
  const auto topic = std::make_shared<std::string>("keys");
  CLI::App* command = app.add_subcommand("doc", "Explain every key of the job file (Markdown)");
  command->add_option("TOPIC", *topic, "keys")->capture_default_str();
  command->callback([topic] { run(*topic); });
}

}  // namespace foundation
