#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "core/terminal_text.hpp"
#include "job_arguments.hpp"
#include "json_output.hpp"

namespace foundation {
namespace {

struct Config {
  JobArguments job;
  bool origin = false;
};

void print_as_json(const job::Job& job) {
  nlohmann::json keys = nlohmann::json::array();
  for (const job::EffectiveKey& key : job::effective_keys(job)) {
    keys.push_back(
        {{"section", key.section}, {"key", key.key}, {"value", key.value}, {"origin", key.origin}});
  }
  print_json(nlohmann::json{{"schema", 1}, {"keys", keys}});
}

void print_origins(const job::Job& job) {
  std::string_view section;
  for (const job::EffectiveKey& key : job::effective_keys(job)) {
    if (key.section != section) fmt::print("{}[{}]\n", section.empty() ? "" : "\n", key.section);
    section = key.section;
    fmt::print("{:<40} # {}\n", fmt::format("{} = {}", key.key, key.value),
               core::visible(key.origin));
  }
}

}  // namespace

void add_config(CLI::App& app, Outcome& outcome) {
  const auto options = std::make_shared<Config>();
  CLI::App* command =
      app.add_subcommand("config", "Show the effective value of every key of a job");
  add_job_arguments(*command, options->job);
  command->add_flag("--origin", options->origin, "Show where each value comes from");
  command->add_flag("--json", outcome.json, "As JSON, with origins");
  command->callback([options, &outcome] {
    const job::Job job = options->job.load();
    if (outcome.json) return print_as_json(job);
    if (options->origin) return print_origins(job);
    fmt::print("{}", job::effective_toml(job));
  });
}

}  // namespace foundation
