#include <bit>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <dlfcn.h>
#include <unistd.h>

#include <fmt/format.h>
#include <link.h>
#include <nlohmann/json.hpp>

#include "capture/finaliser.hpp"
#include "capture/merge.hpp"
#include "capture/wrapper.hpp"
#include "commands.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
#include "trace_control.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

constexpr const char* recorder_name = "libfoundation_interpose.so";
constexpr const char* mpich_recorder_name = "libfoundation_interpose_mpich.so";  // if it was built
constexpr const char* mpich_library = "libmpich.so.12";
constexpr std::uint64_t smallest_buffer = trace::chunk_bytes;
constexpr std::uint64_t newest_buffer = std::uint64_t{64} << 20;

struct Trace {
  int ranks = 0;
  std::string output;
  std::string folder;
  std::string keep = "oldest";
  std::string buffer;
  std::string classes;
  std::string scope;
  bool force = false;
  bool quiet = false;
  bool off = false;
  bool keep_recordings = false;
};

/// Beside the program: as installed, or as built. Empty if it is not there.
fs::path find_beside(const char* name) {
  const fs::path here = fs::canonical("/proc/self/exe").parent_path();
  for (const char* place : {FOUNDATION_LIBRARY_FOLDER, "../lib", "../src/interpose"}) {
    const fs::path file = (here / place / name).lexically_normal();
    std::error_code ignored;
    if (fs::exists(file, ignored)) return file;
  }
  return {};
}

/// The MPI library that this program and the recorder were made for.
std::string own_mpi_library() {
  std::string name;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* found) {
        const std::string file = fs::path{info->dlpi_name}.filename();
        if (!file.starts_with("libmpi.so") && !file.starts_with("libmpich.so")) return 0;
        *static_cast<std::string*>(found) = file;
        return 1;
      },
      &name);
  // The loader knows it by its versioned name, "libmpi.so.40", whatever file that leads to.
  return name;
}

/// The one for this program's own MPI library first.
std::vector<capture::Recorder> find_recorders() {
  const fs::path own = find_beside(recorder_name);
  if (own.empty())
    throw core::Error{
        core::ErrorKind::infrastructure,
        fmt::format("'{}', which records the calls, is not beside this program", recorder_name),
        "install it into the lib folder next to the bin folder"};
  std::vector<capture::Recorder> recorders{{own, own_mpi_library()}};
  if (const fs::path other = find_beside(mpich_recorder_name); !other.empty())
    recorders.push_back({other, mpich_library});
  return recorders;
}

std::uint64_t buffer_bytes(const Trace& options) {
  if (options.buffer.empty()) return options.keep == "newest" ? newest_buffer : 0;
  const auto size = core::parse_size(options.buffer);
  if (!size || *size > (std::uint64_t{1} << 40))
    throw core::Error{core::ErrorKind::usage,
                      fmt::format("'{}' is no size for --buffer", options.buffer),
                      "write it as 64MiB"};
  return std::bit_ceil(std::max(*size, smallest_buffer));
}

capture::WrapperOptions wrapper_options(const Trace& options, const Outcome& outcome,
                                        const std::vector<std::string>& command) {
  if (command.empty())
    throw core::Error{core::ErrorKind::usage, "there is no program to be traced",
                      "put it behind two dashes: foundation trace -o t.h5 -- ./program arguments"};
  capture::WrapperOptions it;
  it.command = command;
  it.output = options.output;
  it.folder = options.folder;
  it.force = options.force;
  it.keep_recordings = options.keep_recordings;
  it.quiet = options.quiet;
  if (options.keep == "newest") it.full_policy = trace::FullPolicy::keep_newest;
  it.stream_bytes = buffer_bytes(options);
  it.scope = capture::parse_scope(options.scope);
  if (options.off && !(options.scope.empty() && options.classes.empty()))
    throw core::Error{core::ErrorKind::usage, "--off goes with neither --scope nor --classes",
                      "give them to `foundation trace start`, which switches recording on"};
  it.starts_off = options.off;
  if (!options.classes.empty()) it.scope.classes = capture::parse_classes(options.classes);
  it.recorders = find_recorders();
  it.broken_pipe = outcome.broken_pipe;
  return it;
}

/// Becomes mpirun, with this program as what each rank runs: the same command line without -n.
[[noreturn]] void start_ranks(int ranks, const std::vector<std::string>& own,
                              const std::vector<std::string>& command) {
  std::vector<std::string> words{"mpirun", "-n", std::to_string(ranks),
                                 fs::canonical("/proc/self/exe").string(), "trace"};
  words.insert(words.end(), own.begin(), own.end());
  words.push_back("--");
  words.insert(words.end(), command.begin(), command.end());
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(arguments[0], arguments.data());
  throw core::Error{core::ErrorKind::infrastructure, "cannot start 'mpirun'",
                    "load the module of the MPI library, or start it yourself: mpirun -n 4 "
                    "foundation trace -- ./program"};
}

/// The options again, as text for another command line.
std::vector<std::string> words_of(const Trace& options) {
  std::vector<std::string> words;
  const auto add = [&words](const char* name, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {name, value});
  };
  add("--output", options.output);
  add("--dir", options.folder);
  add("--keep", options.keep);
  add("--buffer", options.buffer);
  add("--classes", options.classes);
  add("--scope", options.scope);
  if (options.force) words.emplace_back("--force");
  if (options.off) words.emplace_back("--off");
  if (options.quiet) words.emplace_back("--quiet");
  if (options.keep_recordings) words.emplace_back("--keep-recordings");
  return words;
}

void run(const Trace& options, Outcome& outcome, const std::vector<std::string>& command) {
  const capture::WrapperOptions wrapper = wrapper_options(options, outcome, command);
  if (options.ranks > 0) start_ranks(options.ranks, words_of(options), command);
  outcome.exit_status = capture::run_wrapper(wrapper);
}

struct Recover {
  std::string folder;
  std::string output;
  bool keep = false;
};

void recover(const Recover& options, const Outcome& outcome) {
  const capture::MergeSummary it = capture::merge(
      capture::TraceFolder{fs::absolute(options.folder)},
      {.output = options.output,
       .recordings = options.keep ? capture::Recordings::keep : capture::Recordings::remove,
       .if_merging = capture::IfMerging::refuse});
  if (outcome.json) {
    fmt::print("{}\n", nlohmann::json{{"schema", 1},
                                      {"output", it.output.string()},
                                      {"status", it.status},
                                      {"missing", it.missing},
                                      {"processes", it.processes},
                                      {"events", it.events},
                                      {"dropped", it.dropped},
                                      {"left_out", it.left_out},
                                      {"notes", it.notes},
                                      {"bytes", it.file_bytes}}
                           .dump(2));
  } else {
    fmt::print("{}", it.text());
  }
}

void add_trace_recover(CLI::App& command, Outcome& outcome) {
  const auto options = std::make_shared<Recover>();
  CLI::App* it = command.add_subcommand(
      "recover", "Write the trace of a job whose every process was killed, from its recordings");
  it->add_option("FOLDER", options->folder, "The folder that ends in .rings")->required();
  it->add_option("-o,--output", options->output, "HDF5 file, default: where the job said");
  it->add_flag("--keep-recordings", options->keep, "Leave the folder as it is");
  it->add_flag("--json", outcome.json, "What was written as JSON");
  it->callback([options, &outcome] { recover(*options, outcome); });
}

}  // namespace

void add_trace(CLI::App& app, Outcome& outcome, const std::vector<std::string>& behind_dashes) {
  const auto options = std::make_shared<Trace>();
  CLI::App* command = app.add_subcommand(
      "trace", "Record every MPI call of a program: mpirun -n 4 foundation trace -- ./program");
  command->footer("The program and its arguments stand behind two dashes.");
  command->add_option("-n", options->ranks, "Start so many ranks with mpirun")
      ->check(CLI::PositiveNumber);
  command->add_option("-o,--output", options->output, "HDF5 file, default trace-<id>.h5");
  command->add_option("--dir", options->folder,
                      "Record here, as in a node's /tmp, instead of beside the output; copied "
                      "there while the program runs");
  command->add_option("--keep", options->keep, "When a buffer is full: the oldest or newest events")
      ->check(CLI::IsMember({"oldest", "newest"}));
  command->add_option("--buffer", options->buffer,
                      "Room for the events of a thread, default 4GiB (newest: 64MiB)");
  command->add_option("--classes", options->classes,
                      "Only these, as p2p,collective,one_sided,file,other,region,sample");
  command->add_option("--scope", options->scope,
                      "Only these ranks, times, communicators and regions: 'ranks=0-3,8 from=10s "
                      "for=1m communicators=row,MPI_COMM_WORLD regions=solve', or as JSON");
  command->add_flag("--off", options->off,
                    "Record nothing until `foundation trace start` switches it on");
  command->add_flag("--force", options->force, "Replace an existing file");
  command->add_flag("--keep-recordings", options->keep_recordings,
                    "Leave the recordings beside the HDF5 file");
  command->add_flag("-q,--quiet", options->quiet, "Say nothing but errors");
  add_trace_control(*command, outcome);
  add_trace_list(*command, outcome);
  add_trace_recover(*command, outcome);
  command->callback([command, options, &outcome, &behind_dashes] {
    if (command->get_subcommands().empty()) run(*options, outcome, behind_dashes);
  });
}

void add_trace_finaliser(CLI::App& app, Outcome&) {
  struct Options {
    std::string local, shared, host;
    std::int32_t ranks = 0;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("trace-finaliser", "");
  command->group("");
  command->add_option("LOCAL", options->local)->required();
  command->add_option("SHARED", options->shared)->required();
  command->add_option("HOST", options->host)->required();
  command->add_option("RANKS", options->ranks)->required();
  command->callback([options] {
    capture::run_finaliser({capture::TraceFolder{options->local},
                            capture::TraceFolder{options->shared}, options->host, options->ranks});
  });
}

}  // namespace foundation
