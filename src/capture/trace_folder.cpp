#include "capture/trace_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <system_error>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "capture/job_identity.hpp"
#include "core/descriptor.hpp"
#include "core/error.hpp"

namespace foundation::capture {

namespace fs = std::filesystem;

namespace {

constexpr const char* log_ending = ".process";
constexpr const char* recording_ending = ".ftr";
constexpr const char* job_name = "job";

}  // namespace

TraceFolder TraceFolder::of(const fs::path& output, std::uint64_t trace_id,
                            const fs::path& folder) {
  const fs::path place = folder.empty() ? output.parent_path() : folder;
  return TraceFolder{place /
                     fmt::format("{}.{}.rings", output.filename().string(), id_text(trace_id))};
}

bool TraceFolder::make() const {
  if (mkdir(path_.c_str(), 0700) == 0) return true;
  if (errno != EEXIST) throw core::system_error("create", path_.string(), errno);
  return false;
}

bool TraceFolder::exists() const {
  std::error_code ignored;
  return fs::is_directory(path_, ignored);
}

void TraceFolder::write(const JobFile& job) const {
  const fs::path file = path_ / job_name;
  const fs::path unnamed = path_ / fmt::format("{}.{}.new", job_name, getpid());
  std::ofstream output{unnamed};
  output << nlohmann::json{{"trace_id", id_text(job.trace_id)},
                           {"output", job.output.string()},
                           {"keep_recordings", job.keep_recordings},
                           {"ranks", job.ranks},
                           {"is_copied", job.is_copied}}
                .dump()
         << '\n';
  output.close();
  if (!output || std::rename(unnamed.c_str(), file.c_str()) != 0)
    throw core::system_error("write", file.string(), errno);
}

JobFile TraceFolder::read_job() const {
  std::ifstream input{path_ / job_name};
  const nlohmann::json value = nlohmann::json::parse(input, nullptr, false);
  const auto refuse = [this] {
    return core::Error{core::ErrorKind::bad_input,
                       fmt::format("'{}' is no folder of a traced job: it has no file '{}' that "
                                   "says where the trace goes",
                                   path_.string(), job_name),
                       "give the folder that ends in '.rings', and with -o FILE.h5 where to write"};
  };
  if (!value.is_object()) throw refuse();
  try {
    JobFile job;
    const std::string id = value.at("trace_id");
    const auto read = std::from_chars(id.data(), id.data() + id.size(), job.trace_id, 16);
    if (read.ec != std::errc{}) throw refuse();
    job.output = value.at("output").get<std::string>();
    job.keep_recordings = value.value("keep_recordings", false);
    job.ranks = value.value("ranks", 0);
    job.is_copied = value.value("is_copied", false);
    return job;
  } catch (const nlohmann::json::exception&) {
    throw refuse();
  }
}

fs::path TraceFolder::log(const std::string& host, std::int64_t pid) const {
  return path_ / fmt::format("{}-{}{}", host, pid, log_ending);
}
fs::path TraceFolder::recording(const std::string& host, std::int64_t pid) const {
  return path_ / fmt::format("{}-{}{}", host, pid, recording_ending);
}
fs::path TraceFolder::finaliser(const std::string& host) const {
  return path_ / fmt::format("{}.finaliser", host);
}
fs::path TraceFolder::done(const std::string& host) const {
  return path_ / fmt::format("{}.done", host);
}
fs::path TraceFolder::merge_lock() const { return path_ / "merge"; }
fs::path TraceFolder::windows() const { return path_ / "windows"; }

std::int64_t TraceFolder::now_ns() const {
  const fs::path file = path_ / fmt::format("now.{}.new", getpid());
  const core::Descriptor descriptor{
      open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
  struct stat facts {};
  if (!descriptor || ::write(descriptor.get(), "\n", 1) != 1 ||
      fstat(descriptor.get(), &facts) != 0)
    throw core::system_error("write", file.string(), errno);
  std::error_code ignored;
  fs::remove(file, ignored);
  return std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

std::vector<fs::path> TraceFolder::list(const std::string& prefix,
                                        const std::string& ending) const {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{path_, error}) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(prefix) && name.ends_with(ending)) found.push_back(entry.path());
  }
  if (error) throw core::system_error("read", path_.string(), error.value());
  std::ranges::sort(found);
  return found;
}

std::vector<fs::path> TraceFolder::logs() const { return list("", log_ending); }
std::vector<fs::path> TraceFolder::logs_of(const std::string& host) const {
  return list(host + "-", log_ending);
}
std::vector<fs::path> TraceFolder::recordings() const { return list("", recording_ending); }

void TraceFolder::remove(const std::vector<fs::path>& files) const {
  std::error_code ignored;
  for (const fs::path& file : files) fs::remove(file, ignored);
  if (!logs().empty() || !recordings().empty()) return;
  for (const char* ending : {".finaliser", ".done", ".new"})
    for (const fs::path& file : list("", ending)) fs::remove(file, ignored);
  fs::remove(merge_lock(), ignored);
  fs::remove(windows(), ignored);
  fs::remove(path_ / job_name, ignored);
  fs::remove(path_, ignored);
}

}  // namespace foundation::capture
