#include <memory>
#include <optional>

#include <fmt/format.h>

#include "commands.hpp"
#include "core/error.hpp"
#include "core/terminal_text.hpp"
#include "example_data.hpp"
#include "new_file.hpp"

namespace foundation {
namespace {

struct Dataset {
  std::string kind;
  std::string output;
  std::string catalogue;
  std::optional<std::uint32_t> count;
  std::optional<std::uint64_t> seed;
  bool force = false;
};

void refuse_option(bool given, const char* option, const std::string& kind) {
  if (!given) return;
  throw core::Error{core::ErrorKind::usage,
                    fmt::format("'{}' means nothing to the example '{}'", option, kind),
                    "see `foundation dataset --help`"};
}

ExampleData generate(const Dataset& options) {
  if (parse_example_kind(options.kind) == ExampleKind::packages) {
    refuse_option(options.count.has_value(), "--count", options.kind);
    refuse_option(options.seed.has_value(), "--seed", options.kind);
    return package_examples(options.catalogue);
  }
  refuse_option(!options.catalogue.empty(), "--catalogue", options.kind);
  return oscillator_examples(options.count.value_or(default_sample_count),
                             options.seed.value_or(1));
}

void run(const Dataset& options) {
  const ExampleData data = generate(options);
  write_new_file(options.output, data.jsonl, options.force ? IfExists::replace : IfExists::refuse);
  fmt::print("{}: {} examples\n", core::visible(options.output), data.count);
}

}  // namespace

void add_dataset(CLI::App& app, Outcome&) {
  const auto options = std::make_shared<Dataset>();
  CLI::App* command = app.add_subcommand("dataset", "Write the examples of a built-in data set");
  command
      ->add_option("KIND", options->kind,
                   "packages (from the package catalogue) or oscillator (generated)")
      ->required();
  command->add_option("-o,--output", options->output, "JSON Lines file to be written")->required();
  command->add_option("--count", options->count, "Oscillator: number of samples, default 400")
      ->check(CLI::PositiveNumber);
  command->add_option("--seed", options->seed, "Oscillator: seed of the samples, default 1");
  command->add_option("--catalogue", options->catalogue,
                      "Packages: read this output of `apt-cache dumpavail` instead of asking apt");
  command->add_flag("--force", options->force, "Replace an existing file");
  command->callback([options] { run(*options); });
}

}  // namespace foundation
