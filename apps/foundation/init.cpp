#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
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

void make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw core::system_error("create", folder.string(), failed.value());
}

/// A job without examples: its program is beside it.
void init_command(const fs::path& folder) {
  const fs::path job = folder / "job.toml";
  const fs::path solver = folder / "solver.py";
  refuse_existing(job);
  refuse_existing(solver);
  make_folder(folder);
  write_new_file(solver, starter_jobs::solver);
  std::error_code failed;
  fs::permissions(solver, fs::perms::owner_exec, fs::perm_options::add, failed);
  if (failed) throw core::system_error("make executable", solver.string(), failed.value());
  write_new_file(job, starter_jobs::command);
  const std::string job_shown = core::visible(job.string());
  fmt::print(
      "{}: a program to be tuned\n{}: a commented job, ready to run\n\nnext:\n"
      "    foundation optimize {}\n",
      core::visible(solver.string()), job_shown, job_shown);
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

void require_known(const std::string& kind) {
  static constexpr std::array<std::string_view, 4> kinds{"packages", "oscillator", "command", "lm"};
  if (std::ranges::find(kinds, kind) != kinds.end()) return;
  const auto near = core::nearest(kind, kinds);
  throw core::Error{core::ErrorKind::usage, fmt::format("there is no example '{}'", kind),
                    near ? fmt::format("did you mean '{}'?", *near)
                         : "examples are packages, oscillator, command and lm"};
}

void run(const Init& options) {
  require_known(options.kind);
  if (options.kind == "command")
    return init_command(options.folder.empty() ? options.kind : options.folder);
  const Starter starter = starter_for(options.kind);
  const bool packages = starter.data == ExampleKind::packages;
  const fs::path folder = options.folder.empty() ? options.kind : options.folder;
  const fs::path job = folder / "job.toml";
  const fs::path trainset = folder / (starter.trainset + ".jsonl");
  refuse_existing(job);
  refuse_existing(trainset);
  const ExampleData data =
      packages ? package_examples() : oscillator_examples(default_sample_count, 1);
  make_folder(folder);
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
          "packages (text classification, needs apt), oscillator (a numerical model), command (any "
          "executable as a black box) or lm (packages sorted by a language model; needs apt, and a "
          "server to ask)")
      ->capture_default_str();
  command->add_option("FOLDER", options->folder, "Folder to be made; default: the kind's name");
  command->callback([options] { run(*options); });
}

}  // namespace foundation
