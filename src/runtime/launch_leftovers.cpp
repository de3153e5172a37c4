#include "runtime/launch_leftovers.hpp"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <vector>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/time.hpp"
#include "runtime/launch_mark.hpp"

namespace foundation::runtime {

namespace fs = std::filesystem;

bool has_launcher() noexcept { return std::getenv(launch_variable) != nullptr; }

bool launcher_finishes() noexcept { return std::getenv(launch_id_variable) != nullptr; }

namespace {

constexpr core::Duration patience = std::chrono::seconds{5};
constexpr std::string_view mpirun_daemon = "orted";
constexpr int family_bits = 16;  // a job's number is its mpirun's number, then its own in these

std::string content(const fs::path& file) {
  std::ifstream stream{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

template <class Number>
std::optional<Number> parse(std::string_view text) noexcept {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional{number}
                                                                  : std::nullopt;
}

bool carries(const fs::path& process, std::string_view entry) {
  const std::string environment = content(process / "environ");
  for (std::size_t begin = 0; begin < environment.size();) {
    const std::size_t end = environment.find('\0', begin);
    if (std::string_view{environment}.substr(begin, end - begin) == entry) return true;
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  return false;
}

/// Parent of a process if that is a daemon of mpirun; 0 otherwise.
pid_t daemon_above(const fs::path& process) {
  const std::string line = content(process / "stat");
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields{line.substr(name_end + 1)};
  std::string state;
  pid_t parent = 0;
  fields >> state >> parent;
  std::string name = content(fmt::format("/proc/{}/comm", parent));
  if (!name.empty()) name.pop_back();
  return name == mpirun_daemon ? parent : 0;
}

std::set<pid_t> marked_processes(std::string_view launch_id) {
  const std::string entry = fmt::format("{}={}", launch_id_variable, launch_id);
  std::set<pid_t> found;
  std::error_code error;
  for (const auto& process : fs::directory_iterator{"/proc", error}) {
    const auto pid = parse<pid_t>(process.path().filename().string());
    if (!pid || *pid == getpid() || !carries(process.path(), entry)) continue;
    found.insert(*pid);
    if (const pid_t daemon = daemon_above(process.path())) found.insert(daemon);
  }
  return found;
}

fs::path folder_of(const char* variable, const char* otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr || *value == '\0' ? otherwise : value;
}

/// Removes "vader_segment.<host>.<uid>.<job in hex>.<rank>", of all ranks if none is named.
void remove_segments(std::uint32_t job, std::optional<std::uint32_t> rank) {
  const std::string place = fmt::format(".{}.{:x}.", getuid(), job);
  std::error_code error;
  const fs::path folder = folder_of("OMPI_MCA_btl_vader_backing_directory", "/dev/shm");
  for (const auto& entry : fs::directory_iterator{folder, error}) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("vader_segment.")) continue;
    const std::size_t found = name.rfind(place);
    if (found == std::string::npos) continue;
    const auto number = parse<std::uint32_t>(std::string_view{name}.substr(found + place.size()));
    if (number && (!rank || *number == *rank)) fs::remove(entry.path(), error);
  }
}

/// Folders "ompi.<host>.<uid>", which hold the sessions of this user on a host. The hosts of a test
/// may share their parent.
std::vector<fs::path> session_parents() {
  std::error_code error;
  const std::string owner = fmt::format(".{}", getuid());
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator{folder_of("TMPDIR", "/tmp"), error}) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("ompi.") && name.ends_with(owner)) found.push_back(entry.path());
  }
  return found;
}

/// As mpirun does it at an orderly end: the session, then its parent if that is empty now.
void remove_sessions(const std::string& leaf) {
  std::error_code error;
  for (const fs::path& parent : session_parents()) {
    fs::remove_all(parent / leaf, error);
    fs::remove(parent, error);
  }
}

/// The first job of an mpirun whose own name ("859504640.0;tcp://...") is in its contact file.
std::optional<std::uint32_t> job_of(const fs::path& session) {
  const std::string line = content(session / "contact.txt");
  const auto daemons = parse<std::uint32_t>(std::string_view{line}.substr(0, line.find('.')));
  return daemons ? std::optional{*daemons + 1} : std::nullopt;
}

}  // namespace

std::size_t end_marked_processes(std::string_view launch_id) noexcept try {
  std::set<pid_t> all;
  const core::Time deadline = core::monotonic_now() + patience;
  while (true) {
    const std::set<pid_t> found = marked_processes(launch_id);
    all.insert(found.begin(), found.end());
    if (found.empty() || core::monotonic_now() >= deadline) return all.size();
    for (const pid_t pid : found) kill(pid, SIGKILL);
    poll(nullptr, 0, 10);
  }
} catch (const std::exception&) {
  return 0;
}

std::optional<std::uint32_t> job_of_mpirun(pid_t mpirun) noexcept try {
  for (const fs::path& parent : session_parents())
    if (const auto job = job_of(parent / fmt::format("pid.{}", mpirun))) return job;
  return std::nullopt;
} catch (const std::exception&) {
  return std::nullopt;
}

void remove_files_of_mpirun(pid_t mpirun) noexcept try {
  if (const auto job = job_of_mpirun(mpirun)) remove_segments(*job, std::nullopt);
  remove_sessions(fmt::format("pid.{}", mpirun));
} catch (const std::exception&) {  // out of memory: nothing to be done here
}

void remove_files_of_job(std::uint32_t job) noexcept try {
  remove_segments(job, std::nullopt);
  remove_sessions(fmt::format("jf.{}", job >> family_bits));
} catch (const std::exception&) {  // as above
}

std::optional<RankPlace> own_place() noexcept {
  const char* job = std::getenv("PMIX_NAMESPACE");
  const char* rank = std::getenv("PMIX_RANK");
  if (job == nullptr || rank == nullptr) return std::nullopt;
  const auto job_number = parse<std::uint32_t>(job);
  const auto rank_number = parse<std::uint32_t>(rank);
  if (!job_number || !rank_number) return std::nullopt;
  return RankPlace{*job_number, *rank_number};
}

void remove_files_of_rank(const RankPlace& place) noexcept try {
  remove_segments(place.job, place.rank);
} catch (const std::exception&) {  // as above
}

}  // namespace foundation::runtime
