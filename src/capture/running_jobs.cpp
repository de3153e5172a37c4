#include "capture/running_jobs.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "capture/job_identity.hpp"
#include "capture/window_file.hpp"
#include "core/error.hpp"

namespace foundation::capture {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view folder_ending = ".rings";

bool is_job(const fs::path& folder) {
  std::error_code ignored;
  return folder.filename().string().ends_with(folder_ending) && fs::exists(folder / "job", ignored);
}

/// The log that a process holds open if it is a wrapper: "<host>-<its own pid>.process".
fs::path open_log_of(const fs::path& process) {
  const std::string ending = fmt::format("-{}.process", process.filename().string());
  std::error_code error;
  fs::directory_iterator it{process / "fd", error};
  for (; !error && it != fs::directory_iterator{}; it.increment(error)) {
    std::error_code gone;
    const fs::path file = fs::read_symlink(it->path(), gone);
    if (!gone && file.filename().string().ends_with(ending)) return file;
  }
  return {};
}

/// Of a folder on a node, the one that all hosts see.
fs::path shared_folder(const fs::path& local) {
  const JobFile job = TraceFolder{local}.read_job();
  const TraceFolder shared = TraceFolder::of(job.output, job.trace_id);
  return shared.exists() ? shared.path() : local;
}

std::vector<TraceFolder> folders(const std::set<fs::path>& paths) {
  return {paths.begin(), paths.end()};
}

bool is_named(const TraceFolder& job, std::uint64_t id) {
  if (job.read_job().trace_id == id) return true;
  return std::ranges::any_of(WindowFile{job}.read(),
                             [id](const Window& window) { return window.id == id; });
}

core::Error not_found(const std::string& message) {
  return {core::ErrorKind::bad_input, message,
          "`foundation trace list` shows the jobs of this host; of others, name the folder that "
          "ends in .rings, beside the output"};
}

TraceFolder only_job() {
  const std::vector<TraceFolder> jobs = jobs_on_this_host();
  if (jobs.size() == 1) return jobs.front();
  if (jobs.empty()) throw not_found("no traced job runs on this host");
  std::string names;
  for (const TraceFolder& job : jobs) names += fmt::format("\n    {}", job.path().string());
  throw not_found(
      fmt::format("{} traced jobs run on this host, name one of them:{}", jobs.size(), names));
}

}  // namespace

std::vector<TraceFolder> jobs_on_this_host() {
  std::set<fs::path> found;
  std::error_code error;
  fs::directory_iterator it{"/proc", error};
  for (; !error && it != fs::directory_iterator{}; it.increment(error)) {
    if (std::isdigit(static_cast<unsigned char>(it->path().filename().string().front())) == 0)
      continue;
    const fs::path folder = open_log_of(it->path()).parent_path();
    try {
      if (is_job(folder)) found.insert(shared_folder(folder));
    } catch (const core::Error&) {  // it has ended meanwhile
      continue;
    }
  }
  return folders(found);
}

std::vector<TraceFolder> jobs_below(const fs::path& place) {
  if (is_job(place)) return {TraceFolder{place}};
  std::set<fs::path> found;
  std::error_code error;
  constexpr auto options = fs::directory_options::skip_permission_denied;
  fs::recursive_directory_iterator it{place, options, error};
  for (; !error && it != fs::recursive_directory_iterator{}; it.increment(error))
    if (is_job(it->path())) found.insert(shared_folder(it->path()));
  if (error) throw core::system_error("read", place.string(), error.value());
  return folders(found);
}

TraceFolder find_job(const std::string& name) {
  if (name.empty()) return only_job();
  fs::path path = fs::absolute(name).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (is_job(path)) return TraceFolder{path};
  if (const auto id = parse_id(name)) {
    for (const TraceFolder& job : jobs_on_this_host())
      if (is_named(job, *id)) return job;
    throw not_found(fmt::format("no job on this host has a trace or a window {}", name));
  }
  std::error_code ignored;
  std::set<fs::path> beside;
  const std::string prefix = path.filename().string() + ".";
  for (fs::directory_iterator it{path.parent_path(), ignored};
       !ignored && it != fs::directory_iterator{}; it.increment(ignored))
    if (it->path().filename().string().starts_with(prefix) && is_job(it->path()))
      beside.insert(it->path());
  if (beside.size() == 1) return TraceFolder{*beside.begin()};
  throw not_found(fmt::format("'{}' is no traced job that goes on", name));
}

}  // namespace foundation::capture
