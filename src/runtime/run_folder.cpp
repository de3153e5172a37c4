#include "runtime/run_folder.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "journal/posix_disk.hpp"
#include "journal/posix_folder.hpp"
#include "runtime/launch_mark.hpp"

namespace foundation::runtime {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view choose_another =
    "choose another folder with [run] folder in the job file or --set run.folder=...";
constexpr std::size_t stamp_length = 15;  // "20260131T235959"

constexpr std::array words = {
    "amber",  "basil", "cedar",   "coral", "delta", "ember",  "fjord", "flint", "grove",  "hazel",
    "indigo", "ivory", "juniper", "kelp",  "larch", "lotus",  "maple", "mesa",  "north",  "oasis",
    "olive",  "onyx",  "opal",    "pearl", "pine",  "quartz", "raven", "reef",  "river",  "sage",
    "sierra", "slate", "spruce",  "sumac", "tide",  "topaz",  "umber", "vale",  "willow", "zinc"};

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string first_line(const fs::path& file) {
  std::ifstream stream{file};
  std::string line;
  std::getline(stream, line);
  return line;
}

std::string boot_id() { return first_line("/proc/sys/kernel/random/boot_id"); }

/// Field 22 of /proc/PID/stat; 0 if there is no such process or nothing of it but its exit status
/// (a zombie: field 3). The name in field 2 may hold anything, so count from its end.
std::int64_t start_time_of(std::int64_t pid) {
  const std::string line = first_line(fmt::format("/proc/{}/stat", pid));
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields{line.substr(name_end + 1)};
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return 0;
  for (int number = 4; number <= 22; ++number) fields >> field;
  return std::strtoll(field.c_str(), nullptr, 10);
}

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

/// Process number in ".<file>.<pid>.<time>.<number>.tmp", or 0 for names of another form. Views
/// have a like one, but are made by processes that do not own the run.
std::int64_t writer_of(std::string_view name) {
  constexpr std::string_view ending = ".tmp";
  constexpr int fields_behind = 3;  // process, time, number
  if (!name.starts_with('.') || !name.ends_with(ending)) return 0;
  if (name.substr(1).starts_with(view_file)) return 0;
  name.remove_suffix(ending.size());
  std::size_t field = name.size();
  for (int count = 0; count < fields_behind && field != std::string_view::npos && field > 0;
       ++count)
    field = name.rfind('.', field - 1);
  if (field == 0 || field == std::string_view::npos) return 0;
  std::int64_t process = 0;
  const char* end = name.data() + name.size();
  const auto parsed = std::from_chars(name.data() + field + 1, end, process);
  return parsed.ec == std::errc{} && parsed.ptr != end && *parsed.ptr == '.' ? process : 0;
}

/// Removes what dead processes were writing from one folder below `parent`, if it is there and no
/// symbolic link.
void remove_unfinished(int parent, const char* name) {
  core::Descriptor folder{::openat(parent, name, folder_flags)};
  if (!folder) return;
  const std::unique_ptr<DIR, int (*)(DIR*)> entries{::fdopendir(folder.get()), ::closedir};
  if (!entries) return;
  const int opened = folder.release();  // closedir closes it
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::int64_t writer = writer_of(entry->d_name);
    if (writer != 0 && start_time_of(writer) == 0) ::unlinkat(opened, entry->d_name, 0);
  }
}

/// A folder, not a link to one, that nobody else has put there.
bool is_own_folder(const fs::path& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid();
}

/// Like create_directories, but never writable for others, whatever the umask. 0 or errno.
int make_folders(const fs::path& path) {
  constexpr mode_t mode = 0755;
  if (path.empty() || ::mkdir(path.c_str(), mode) == 0) return 0;
  if (errno == ENOENT) {
    if (const int error = make_folders(path.parent_path())) return error;
    if (::mkdir(path.c_str(), mode) == 0) return 0;
  }
  if (errno != EEXIST) return errno;
  std::error_code error;
  return fs::is_directory(path, error) ? 0 : ENOTDIR;
}

/// A job's name as part of a file name.
std::string safe_name(std::string_view job) {
  std::string name;
  for (const char c : job)
    name += (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.') ? c : '_';
  if (name.empty() || name.front() == '.') name.insert(name.begin(), '_');
  return name.substr(0, 64);
}

}  // namespace

std::string run_name(std::string_view job, core::WallLabel now) {
  const std::time_t seconds = now / 1'000'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> stamp{};
  std::strftime(stamp.data(), stamp.size(), "%Y%m%dT%H%M%S", &utc);
  const std::uint64_t mixed = core::hash_text(fmt::format("{} {} {}", now, getpid(), host_name()));
  return fmt::format("{}-{}-{}", safe_name(job), stamp.data(), words[mixed % words.size()]);
}

fs::path create_run(const fs::path& runs, std::string_view job, const core::Digest& identity,
                    std::string_view effective_toml) {
  if (const int error = make_folders(runs.lexically_normal()))
    throw core::Error{core::ErrorKind::io,
                      core::system_error("create the folder of runs", runs.string(), error).what(),
                      std::string{choose_another}};
  require_safe_place(runs);
  const std::string base = run_name(job, core::wall_now());
  fs::path run = runs / base;
  for (int attempt = 2; mkdir(run.c_str(), 0700) != 0; ++attempt) {
    if (errno != EEXIST || attempt > 1000)
      throw core::system_error("create the run folder", run.string(), errno);
    run = runs / fmt::format("{}{}", base, attempt);
  }
  journal::PosixDisk disk{run};
  disk.replace(effective_job_file, effective_toml);
  disk.replace(identity_file, identity.hex() + "\n");
  point_latest(run);
  return run;
}

void require_safe_place(const fs::path& runs) {
  std::error_code error;
  fs::path place = fs::canonical(runs, error);
  while (!error && !place.empty()) {
    struct stat status {};
    if (::stat(place.c_str(), &status) == 0 && (status.st_mode & S_IWOTH) != 0 &&
        (status.st_mode & S_ISVTX) == 0)
      throw core::Error{
          core::ErrorKind::bad_input,
          fmt::format("everybody may write to '{}': others could put folders of theirs in the "
                      "place of the runs in '{}'",
                      place.string(), runs.string()),
          fmt::format("chmod o-w (or +t) '{}'; or {}", place.string(), choose_another)};
    if (place == place.parent_path()) return;
    place = place.parent_path();
  }
}

std::optional<fs::path> find_same_job(const fs::path& runs, std::string_view job,
                                      const core::Digest& identity) {
  const std::string prefix = safe_name(job) + "-";
  std::optional<fs::path> newest;
  std::pair<std::string, fs::file_time_type> newest_age;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{runs, error}) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(prefix) || !is_own_folder(entry.path())) continue;
    if (!is_run_of(entry.path(), identity)) continue;
    // The identity is written once; it tells runs of the same second apart.
    std::pair age{name.substr(prefix.size(), stamp_length),
                  fs::last_write_time(entry.path() / identity_file, error)};
    if (newest && age <= newest_age) continue;
    newest = entry.path();
    newest_age = std::move(age);
  }
  return newest;
}

bool is_run_of(const fs::path& run, const core::Digest& identity) {
  try {
    const journal::PosixDisk disk{run, journal::FolderAccess::read_only};
    const auto found = disk.read(identity_file);
    if (!found) return false;
    const std::string_view text{reinterpret_cast<const char*>(found->data()), found->size()};
    return text == identity.hex() + "\n";
  } catch (const core::Error&) {
    return false;  // cannot be read, or is no regular file: says nothing we could rely on
  }
}

void point_latest(const fs::path& run) {
  const fs::path link = run.parent_path() / "latest";
  const fs::path fresh = run.parent_path() / ".latest.tmp";  // one name: a kill leaves one at most
  std::error_code error;
  fs::remove(fresh, error);
  fs::create_directory_symlink(run.filename(), fresh, error);
  if (!error) fs::rename(fresh, link, error);
  if (error) fs::remove(fresh, error);  // a convenience only: never worth an error
}

void remove_left_overs(const fs::path& run) {
  const core::Descriptor folder{::open(run.c_str(), folder_flags)};
  if (!folder) return;
  for (const char* name : {".", "epoch", "journal"}) remove_unfinished(folder.get(), name);
  ::unlinkat(folder.get(), std::string{stop_file}.c_str(), 0);
}

journal::Claim describe_this_process() {
  const char* batch_job = std::getenv("SLURM_JOB_ID");
  const char* launch = std::getenv(launch_id_variable);
  return {.host = host_name(),
          .pid = getpid(),
          .pid_start = start_time_of(getpid()),
          .boot_id = boot_id(),
          .batch_job = batch_job == nullptr ? "" : batch_job,
          .launch = launch == nullptr ? "" : launch,
          .claimed_at = core::wall_now()};
}

OwnerState owner_state(const journal::Claim& claim) {
  if (claim.host != host_name()) return OwnerState::unknown;
  if (claim.boot_id != boot_id()) return OwnerState::gone;
  const std::int64_t start = start_time_of(claim.pid);
  return start != 0 && start == claim.pid_start ? OwnerState::alive : OwnerState::gone;
}

}  // namespace foundation::runtime
