#include "capture/job_view.hpp"

#include <algorithm>
#include <sys/stat.h>

#include "capture/process_watch.hpp"
#include "capture/window_file.hpp"
#include "core/error.hpp"
#include "trace/recording.hpp"

namespace foundation::capture {

namespace fs = std::filesystem;
using std::chrono::nanoseconds;

namespace {

/// The nodes renew their copies twice a second; a busy one may take longer.
constexpr std::chrono::seconds renewed_within{5};

std::int64_t changed_ns(const fs::path& file) noexcept {
  struct stat facts {};
  if (stat(file.c_str(), &facts) != 0) return 0;
  return std::int64_t{facts.st_mtim.tv_sec} * 1'000'000'000 + facts.st_mtim.tv_nsec;
}

fs::path recording_beside(fs::path log) { return log.replace_extension(".ftr"); }

void look_at_recording(const fs::path& file, ParticipantView& it) {
  try {
    const trace::Recording recording{file};
    for (const trace::StreamExtent& stream : recording.streams()) {
      it.events += stream.published;
      it.dropped += stream.dropped;
    }
    it.is_recorded = true;
    it.bytes = RecordingWatch{file}.bytes();
  } catch (const core::Error&) {  // not there yet, or cannot be read: there is nothing to be seen
    it.is_recorded = false;
  }
}

}  // namespace

Attendance::Attendance(const TraceFolder& folder, const JobFile& job)
    : folder_{folder}, is_copied_{job.is_copied}, now_ns_{job.is_copied ? folder.now_ns() : 0} {}

nanoseconds Attendance::age_of(const fs::path& copy) const {
  return is_copied_ ? nanoseconds{std::max<std::int64_t>(now_ns_ - changed_ns(copy), 0)}
                    : nanoseconds{0};
}

bool Attendance::operator()(const fs::path& log) const {
  if (!is_copied_) return is_watched(log);
  const std::string name = log.filename().string();  // "<host>-<pid>.process"
  std::error_code ignored;
  return !fs::exists(folder_.done(name.substr(0, name.rfind('-'))), ignored) &&
         age_of(log) <= renewed_within;
}

const ProcessWindow* ParticipantView::window(std::uint64_t id) const noexcept {
  const auto found = std::ranges::find(facts.windows, id, &ProcessWindow::id);
  return found == facts.windows.end() ? nullptr : &*found;
}

bool JobView::is_running() const noexcept {
  return std::ranges::any_of(participants, &ParticipantView::is_running);
}

JobView view_job(const TraceFolder& folder) {
  JobView view{.folder = folder,
               .job = folder.read_job(),
               .windows = WindowFile{folder}.read(),
               .participants = {}};
  view.ranks = view.job.ranks;
  const Attendance attended{folder, view.job};
  for (const fs::path& log : folder.logs()) {
    ParticipantView it;
    it.age = attended.age_of(log);
    it.facts = read_process_log(log, Samples::skip);
    if (it.is_running() && !attended(log)) it.facts.ending = Ending::unknown;
    look_at_recording(recording_beside(log), it);
    view.ranks = std::max(view.ranks, it.facts.ranks);
    view.participants.push_back(std::move(it));
  }
  std::ranges::stable_sort(view.participants, {}, [](const auto& it) { return it.facts.rank; });
  return view;
}

bool is_over(const JobView& job, const Window& window) {
  return std::ranges::all_of(job.participants, [&](const ParticipantView& it) {
    if (!it.is_running() || !window.scope.includes(std::max(it.facts.rank, 0))) return true;
    const ProcessWindow* const known = it.window(window.id);
    return known != nullptr && known->state == WindowState::closed;
  });
}

}  // namespace foundation::capture
