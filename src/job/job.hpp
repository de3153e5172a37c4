#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/time.hpp"
#include "model/space.hpp"
#include "optimize/strategy.hpp"
#include "optimize/trajectory.hpp"
#include "programs/dataset.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"

namespace foundation::job {

/// By what the ranks of a run watch each other.
enum class Watching : std::uint8_t {
  automatic,  ///< TCP connections, MPI where they cannot be had
  tcp,
  mpi,  ///< heartbeats over MPI only
};

/// How a run is carried out. None of it changes the answer.
struct ExecutionOptions {
  std::optional<std::uint32_t> slots;        ///< slots a rank; none: by what the nodes grant
  std::optional<std::uint32_t> max_workers;  ///< slots of the run at most; none: no limit
  std::uint32_t min_workers_per_node = 1;    ///< slots of a node at least, if it is used
  core::Duration chunk_target = std::chrono::milliseconds{20};  ///< work a lease should hold
  core::Duration publish_interval = std::chrono::seconds{2};    ///< least time between HDF5 views
  core::Duration progress_interval = std::chrono::seconds{60};  ///< between lines on a non-terminal
  Watching liveness = Watching::automatic;  ///< how ranks notice each other's end
  core::Duration heartbeat_timeout = std::chrono::seconds{10};  ///< silence that means frozen
  bool keep_outputs = false;  ///< store every output text, not only its digest
  core::Duration end_margin = std::chrono::seconds{60};  ///< kept at the end of an allocation
};

/// What one cell takes while it runs: how many run at a time on a node follows from it.
struct ResourceOptions {
  std::uint32_t cores = 1;
  std::uint64_t memory_bytes = 0;  ///< 0: not considered
  std::uint32_t gpus = 0;
};

/// A job as its file, the environment and the command line describe it; every option has its
/// final value. config/README.md lists all keys.
struct Job {
  std::filesystem::path file;  ///< the job file, for messages
  std::string name;            ///< [job] name; default: the file's stem
  std::uint64_t seed = 1;
  programs::DatasetOptions trainset;  ///< file is absolute
  programs::SplitOptions split;
  programs::ProgramOptions program;
  ResourceOptions resources;  ///< [program.resources]
  programs::MetricOptions metric;
  std::uint32_t trials = 1;  ///< cells per example (noisy programs)
  optimize::StrategyOptions strategy;
  optimize::TrajectoryOptions trajectory;  ///< racing, look-ahead, budget, target
  ExecutionOptions execution;
  /// Where run folders are made, absolute; default "runs" beside the file.
  std::filesystem::path runs_folder;
  /// Where answers of language models are kept, absolute; empty: nowhere.
  std::filesystem::path lm_cache = "lm-cache";
  /// [program.parameters.NAME]: changes to the program's own space.
  struct ParameterOverride {
    std::string name;
    std::optional<model::Value> fixed;  ///< `NAME = 3`: not varied
    std::optional<double> low, high;
    std::vector<std::string> choices;
    std::optional<model::Value> initial;
  };
  std::vector<ParameterOverride> parameters;
  /// [program] command, of kind `command`, as it is written: its name, then groups of arguments.
  std::vector<std::vector<std::string>> command;
  std::vector<std::string> files;           ///< [program] files, as they are written
  std::vector<std::string> metric_command;  ///< [metric] command, as it is written
  std::optional<double> penalty;            ///< [metric] penalty: times the limit of the time
  std::vector<std::string> constraints;     ///< [program] constraints = ["a + b <= 10"]
  std::vector<model::Assignment> starting_points;  ///< [[program.starting_points]]
  /// Where each value that is not a default comes from: "strategy.candidates" -> job.toml:7:14,
  /// also "program.parameters.NAME" and sections. The file of a place may be "command line" or an
  /// environment variable.
  std::map<std::string, core::Place, std::less<>> places;
};

/// Reads a job file. Precedence: `overrides` ("strategy.candidates=64", from the command line) >
/// FOUNDATION_* environment variables (FOUNDATION_STRATEGY_CANDIDATES) > file > user file
/// (~/.config/foundation/config.toml, sections [execution] and [run] only) > defaults. Throws
/// core::Error{bad_input} with line and column for syntax errors, unknown keys (naming the
/// nearest known one), wrong types, values out of range and combinations that make no sense.
[[nodiscard]] Job load_job(const std::filesystem::path& file,
                           const std::vector<std::string>& overrides = {});

/// The space to search: the program's own, changed by the job's overrides (fixed parameters are
/// kept as single-choice or low = high), constraints and starting points. Throws
/// core::Error{bad_input} placed in the job file.
[[nodiscard]] model::Space effective_space(const Job& job, const model::Space& program_space);

/// Identity of the job: equal digests mean equal trajectories. Covers every key that defines the
/// trajectory, the program's identity and the data; not budget, execution, name or folders.
[[nodiscard]] core::Digest identity(const Job& job, const model::Space& space,
                                    const std::string& program_identity, const core::Digest& data);

/// Every key with its effective value as TOML, for the record. Loading the text gives the same
/// job, wherever the file is put.
[[nodiscard]] std::string effective_toml(const Job& job);

/// One key with its effective value.
struct EffectiveKey {
  std::string_view section;
  std::string_view key;
  std::string value;   ///< as TOML
  std::string origin;  ///< "job.toml:7", "command line", "default", ...
};
/// In the order of `known_keys`, without those that do not apply to the kind of program.
[[nodiscard]] std::vector<EffectiveKey> effective_keys(const Job& job);

/// Throws core::Error{bad_input} placed in the job file when the trainset is not there, naming
/// the nearest file that is.
void require_trainset(const Job& job);

/// Throws core::Error{bad_input} placed in the job file when a program that the job names is not
/// there, or may not be executed.
void require_commands(const Job& job);

/// A key and values of it, one of which it must have: {"strategy.kind", "tpe gp_ei"}.
struct KeyScope {
  std::string_view key;
  std::string_view values;  ///< with blanks between them
};

/// One documented key of the job file; the parser, the documentation and the starter jobs are
/// all made from this list.
struct KeyInfo {
  std::string_view section;
  std::string_view key;
  std::string_view type;          ///< "string", "integer", "duration", ...
  std::string_view default_text;  ///< as TOML or in words; empty: the key is mandatory
  bool defines_trajectory;        ///< changing it makes it another job
  std::string_view help;
  /// It means something to a job that fits one of these; none: to every job.
  std::array<KeyScope, 2> only_with{};
};
[[nodiscard]] std::span<const KeyInfo> known_keys() noexcept;
/// The help, with what the key is limited to in front: "Kind `grid` only: values tried of ...".
[[nodiscard]] std::string help_of(const KeyInfo& info);

}  // namespace foundation::job
