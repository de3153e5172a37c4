#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "commands.hpp"
#include "core/error.hpp"
#include "man_page.hpp"
#include "new_file.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

std::string names_of(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true, false);
  std::string names;
  for (const std::string& name : option.get_snames()) names += (names.empty() ? "-" : ", -") + name;
  for (const std::string& name : option.get_lnames())
    names += (names.empty() ? "--" : ", --") + name;
  return names;
}

ManOption describe(const CLI::Option& option) {
  ManOption described{.names = names_of(option),
                      .value = {},
                      .help = option.get_description(),
                      .positional = option.get_positional(),
                      .required = option.get_required()};
  const bool has_value = !described.positional && option.get_items_expected_max() > 0;
  if (has_value) described.value = option.get_type_name();
  if (has_value && described.value.empty()) described.value = "VALUE";
  return described;
}

ManCommand describe(const CLI::App& command, const std::string& name) {
  ManCommand described{name, command.get_description(), {}};
  for (const CLI::Option* option : command.get_options())
    if (!option->get_group().empty()) described.options.push_back(describe(*option));
  return described;
}

void write_page(const fs::path& folder, const std::string& name, int section,
                const std::string& text) {
  const fs::path place = folder / fmt::format("man{}", section);
  std::error_code failed;
  fs::create_directories(place, failed);
  if (failed) throw core::system_error("create the folder", place.string(), failed.value());
  write_new_file(place / fmt::format("{}.{}", name, section), text, IfExists::replace);
}

void run(const CLI::App& app, const fs::path& folder) {
  std::vector<ManCommand> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty()) commands.push_back(describe(*command, command->get_name()));
  write_page(folder, "foundation", 1, program_page(describe(app, ""), commands));
  for (const ManCommand& command : commands)
    write_page(folder, "foundation-" + command.name, 1, command_page(command));
  write_page(folder, "foundation-job", 5, keys_page(job::known_keys()));
}

}  // namespace

void add_man(CLI::App& app, Outcome&) {
  const auto folder = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("man", "Write the manual pages below a folder");
  command->group("");
  command->add_option("DIR", *folder, "For example share/man")->required();
  command->callback([&app, folder] { run(app, *folder); });
}

}  // namespace foundation
