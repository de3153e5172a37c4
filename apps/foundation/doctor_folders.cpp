#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include "cluster/file_system.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
#include "core/time.hpp"
#include "findings.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

std::string show_space(const cluster::FileSystem& facts) {
  return fmt::format("{}, {} of {} free", facts.kind, core::format_size(facts.free_bytes),
                     core::format_size(facts.size_bytes));
}

/// Open MPI passes messages within a node through files here.
void check_shared_memory(Findings& findings) try {
  const cluster::FileSystem facts = cluster::inspect_file_system("/dev/shm");
  const bool enough = facts.free_bytes >= 64 * mebibyte;
  const bool writable = access("/dev/shm", W_OK | X_OK) == 0;
  Finding finding{"/dev/shm", Verdict::ok, show_space(facts), ""};
  if (!writable) {
    finding.verdict = Verdict::failed;
    finding.found += ", not writable";
    finding.remedy = "mpirun --mca btl_vader_backing_directory $TMPDIR";
  } else if (!enough) {
    finding.verdict = Verdict::warning;
    finding.remedy =
        "remove leftovers of ended jobs; in a container --shm-size=1g; or "
        "mpirun --mca btl_vader_backing_directory $TMPDIR";
  }
  findings.push_back(finding);
} catch (const core::Error& error) {
  findings.push_back({"/dev/shm", Verdict::failed, error.what(),
                      "mpirun --mca btl_vader_backing_directory $TMPDIR"});
}

/// Open MPI keeps its session here, with the path of a socket in it.
void check_temporary(Findings& findings) try {
  constexpr std::size_t longest_path = 60;
  const char* variable = std::getenv("TMPDIR");
  const fs::path folder = variable == nullptr || *variable == '\0' ? "/tmp" : variable;
  const cluster::FileSystem facts = cluster::inspect_file_system(folder);
  Finding finding{"TMPDIR", Verdict::ok, fmt::format("{}: {}", folder.string(), show_space(facts)),
                  ""};
  if (access(folder.c_str(), W_OK | X_OK) != 0) {
    finding.verdict = Verdict::failed;
    finding.found += ", not writable";
    finding.remedy = "export TMPDIR to a folder of your own on this machine";
  } else if (facts.free_bytes < 64 * mebibyte || facts.is_network) {
    finding.verdict = Verdict::warning;
    finding.remedy = "export TMPDIR to a folder with space on a disk of this machine";
  } else if (folder.string().size() > longest_path) {
    finding.verdict = Verdict::warning;
    finding.found += ", a long path";
    finding.remedy = "sockets below it may not get a name: export TMPDIR to a shorter path";
  }
  findings.push_back(finding);
} catch (const core::Error& error) {
  findings.push_back(
      {"TMPDIR", Verdict::failed, error.what(), "export TMPDIR to a folder that exists"});
}

/// A file in the run folder that is removed again.
class Probe {
 public:
  explicit Probe(const fs::path& folder)
      : path_{(folder / fmt::format(".foundation-doctor-{}", getpid())).string()},
        descriptor_{open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600)} {
    if (descriptor_ < 0) throw core::system_error("write in", folder.string(), errno);
  }
  Probe(const Probe&) = delete;
  Probe& operator=(const Probe&) = delete;
  ~Probe() {
    close(descriptor_);
    unlink(path_.c_str());
  }

  /// Writes one page durably, as the journal does for each group of results.
  [[nodiscard]] core::Duration time_of_sync() const {
    static constexpr std::array<char, 4096> page{};
    const core::Time start = core::monotonic_now();
    if (write(descriptor_, page.data(), page.size()) != static_cast<ssize_t>(page.size()) ||
        fsync(descriptor_) != 0) {
      throw core::system_error("write", path_, errno);
    }
    return core::monotonic_now() - start;
  }

  /// 0, or why files cannot be locked.
  [[nodiscard]] int lock_error() const {
    return flock(descriptor_, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
  }

 private:
  std::string path_;
  int descriptor_;
};

void check_locks(Findings& findings, const Probe& probe) {
  const char* variable = std::getenv("HDF5_USE_FILE_LOCKING");
  const std::string setting =
      variable == nullptr ? "" : fmt::format("; HDF5_USE_FILE_LOCKING={}", variable);
  if (const int error = probe.lock_error(); error != 0) {
    findings.push_back(
        {"file locks", Verdict::warning,
         fmt::format("do not work in the run folder: {}{}", std::strerror(error), setting),
         "foundation needs none; for h5py and h5dump export "
         "HDF5_USE_FILE_LOCKING=FALSE"});
  } else {
    findings.push_back({"file locks", Verdict::ok, "work in the run folder" + setting, ""});
  }
}

void check_run_folder(Findings& findings, const fs::path& folder) try {
  constexpr std::chrono::milliseconds slow_sync{100};
  const cluster::FileSystem facts = cluster::inspect_file_system(folder);
  const Probe probe{folder};
  const core::Duration sync = probe.time_of_sync();
  Finding finding{"run folder", Verdict::ok,
                  fmt::format("{}: {}, a durable write takes {}", folder.string(),
                              show_space(facts), core::format_duration(sync)),
                  ""};
  if (facts.free_bytes < 256 * mebibyte || (facts.counts_files && facts.free_files < 1000)) {
    finding.verdict = Verdict::warning;
    finding.remedy = "little space is left: choose another with run.folder";
  } else if (facts.is_memory) {
    finding.verdict = Verdict::warning;
    finding.remedy = "runs are lost when the machine restarts: choose a disk with run.folder";
  } else if (sync > slow_sync) {
    finding.verdict = Verdict::warning;
    finding.remedy = "results wait for slow writes: choose a faster disk with run.folder";
  }
  findings.push_back(finding);
  check_locks(findings, probe);
} catch (const core::Error& error) {
  findings.push_back({"run folder", Verdict::failed, error.what(),
                      "name a folder that exists and is yours: --run-folder, run.folder"});
}

}  // namespace

void check_folders(Findings& findings, const fs::path& run_folder) {
  check_shared_memory(findings);
  check_temporary(findings);
  check_run_folder(findings, run_folder);
}

}  // namespace foundation
