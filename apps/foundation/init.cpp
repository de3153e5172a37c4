#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "core/error.hpp"
#include "core/terminal_text.hpp"
#include "example_data.hpp"
#include "new_file.hpp"
#include "starter_jobs.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

struct Init {
  std::string kind = "packages";
  std::string folder;
};

void refuse_existing(const fs::path& file) {
  std::error_code failed;
  if (!fs::exists(file, failed)) return;
  throw core::Error{core::ErrorKind::usage,
                    fmt::format("'{}' exists and is not overwritten", file.string()),
                    "name another folder: foundation init KIND FOLDER"};
}

struct Starter {
  ExampleKind data = ExampleKind::packages;
  std::string trainset;  ///< the file's stem
  std::string_view job;
};

Starter starter_for(const std::string& kind) {
  if (kind == "lm") return {ExampleKind::packages, "packages", starter_jobs::lm};
  const ExampleKind data = parse_example_kind(kind);
  return {data, kind,
          data == ExampleKind::packages ? starter_jobs::packages : starter_jobs::oscillator};
}

void run(const Init& options) {
  const Starter starter = starter_for(options.kind);
  const bool packages = starter.data == ExampleKind::packages;
  const fs::path folder = options.folder.empty() ? options.kind : options.folder;
  const fs::path job = folder / "job.toml";
  const fs::path trainset = folder / (starter.trainset + ".jsonl");
  refuse_existing(job);
  refuse_existing(trainset);
  const ExampleData data =
      packages ? package_examples() : oscillator_examples(default_sample_count, 1);
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw core::system_error("create", folder.string(), failed.value());
  write_new_file(trainset, data.jsonl);
  write_new_file(job, starter.job);
  const std::string job_shown = core::visible(job.string());
  fmt::print(
      "{}: {} examples\n{}: a commented job, ready to run\n\nnext:\n"
      "    foundation optimize {}\n",
      core::visible(trainset.string()), data.count, job_shown, job_shown);
}

}  // namespace

void add_init(CLI::App& app, Outcome&) {
  const auto options = std::make_shared<Init>();
  CLI::App* command =
      app.add_subcommand("init", "Write a commented job with its data to start from");
  command
      ->add_option(
          "KIND", options->kind,
          "packages (text classification, needs apt), oscillator (a numerical model) or lm "
          "(packages sorted by a language model; needs apt, and a server to ask)")
      ->capture_default_str();
  command->add_option("FOLDER", options->folder, "Folder to be made; default: the kind's name");
  command->callback([options] { run(*options); });
}

}  // namespace foundation
