#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <unistd.h>

#include <fmt/format.h>

#include "build_facts.hpp"
#include "child_process.hpp"
#include "commands.hpp"
#include "findings.hpp"
#include "messaging/session.hpp"

namespace foundation {
namespace {

constexpr std::chrono::seconds version_limit{10};
constexpr std::chrono::seconds start_limit{30};
constexpr const char* rank_command = "doctor-rank";

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The first line that says something: mpirun draws rulers around its messages.
std::string first_words(const std::string& output) {
  const std::size_t begin = output.find_first_not_of("-\n ");
  return begin == std::string::npos ? "no output" : first_line(output.substr(begin));
}

bool needs_root_consent() {
  return geteuid() == 0 && (std::getenv("OMPI_ALLOW_RUN_AS_ROOT") == nullptr ||
                            std::getenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM") == nullptr);
}

/// False when there is no use in trying a start.
bool check_launcher(Findings& findings) {
  const CommandResult result = run_command({"mpirun", "--version"}, version_limit);
  if (!result.started || result.exit_status != 0 || result.timed_out) {
    findings.push_back(
        {"mpirun", Verdict::failed,
         result.started ? "does not answer: " + first_words(result.output) : "not found",
         "install Open MPI (Debian: openmpi-bin) or load its module"});
    return false;
  }
  const std::string version = first_line(result.output);
  const bool is_open_mpi =
      version.find("Open MPI") != std::string::npos || version.find("OpenRTE") != std::string::npos;
  findings.push_back({"mpirun", is_open_mpi ? Verdict::ok : Verdict::warning, version,
                      is_open_mpi ? ""
                                  : "foundation is tested with Open MPI 4.1: put its mpirun "
                                    "first on the PATH"});
  return true;
}

void check_start(Findings& findings) {
  std::error_code failed;
  const std::string self = std::filesystem::read_symlink("/proc/self/exe", failed).string();
  const CommandResult result =
      run_command({"mpirun", "-n", "2", "--oversubscribe", "--bind-to", "none", self, rank_command},
                  start_limit);
  const bool together = result.output.find("rank 0 of 2") != std::string::npos &&
                        result.output.find("rank 1 of 2") != std::string::npos;
  if (result.exit_status == 0 && together && !result.timed_out) {
    findings.push_back({"MPI start", Verdict::ok, "two ranks start and talk to each other", ""});
    return;
  }
  const bool alone = result.output.find("rank 0 of 1") != std::string::npos;
  std::string found = alone ? "each rank is alone: 'rank 0 of 1'" : first_words(result.output);
  if (result.timed_out)
    found = fmt::format("two ranks do not start within {} s", start_limit.count());
  findings.push_back({"MPI start", Verdict::failed, found,
                      alone ? "mpirun and this program use different MPI libraries: rebuild with "
                              "the MPI whose mpirun is first on the PATH"
                            : "mpirun -n 2 hostname; then see /dev/shm and TMPDIR above"});
}

/// Whether this process, as it was started, would find its fellow ranks.
void check_own_start(Findings& findings, const messaging::Launch& launch) {
  if (launch.expected_ranks < 2) return;
  if (launch.under_mpi) {
    findings.push_back(
        {"own start", Verdict::ok,
         fmt::format("one of {} ranks of {}", launch.expected_ranks, launch.launcher), ""});
  } else {
    findings.push_back({"own start", Verdict::failed,
                        fmt::format("{} has started {} processes that MPI would not join: each "
                                    "would be rank 0 of 1",
                                    launch.launcher, launch.expected_ranks),
                        "srun --mpi=pmix (`srun --mpi=list` shows what there is), or mpirun"});
  }
}

}  // namespace

void check_mpi(Findings& findings) {
  findings.push_back(
      {"libraries", Verdict::ok,
       fmt::format("{}; HDF5 {}", messaging::Session::library_version(), build_facts::hdf5), ""});
  const messaging::Launch launch = messaging::detect_launch();
  check_own_start(findings, launch);
  if (!check_launcher(findings)) return;
  // A launcher inside a rank would take itself for a part of the outer job.
  if (launch.under_mpi) return;
  if (needs_root_consent()) {
    findings.push_back({"MPI start", Verdict::warning, "not tried: Open MPI refuses to run as root",
                        "run as a user, or export OMPI_ALLOW_RUN_AS_ROOT=1 "
                        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"});
    return;
  }
  check_start(findings);
}

void add_doctor_rank(CLI::App& app, Outcome&) {
  CLI::App* command = app.add_subcommand(rank_command, "One rank of the start that doctor tries");
  command->group("");
  command->callback([] {
    const messaging::Session session{messaging::detect_launch()};
    std::vector<std::byte> greeting(session.rank() == 0 ? 1000 : 0);
    session.broadcast(greeting);
    if (greeting.size() == 1000) fmt::print("rank {} of {}\n", session.rank(), session.size());
  });
}

}  // namespace foundation
