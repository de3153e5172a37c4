#include "capture/merge.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include "capture/process_watch.hpp"
#include "capture/ring_copy.hpp"
#include "capture/trace_data.hpp"
#include "capture/trace_file.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
#include "storage/process_stamp.hpp"

namespace foundation::capture {

namespace fs = std::filesystem;

namespace {

core::Descriptor lock(const TraceFolder& folder, IfMerging if_merging) {
  const fs::path file = folder.merge_lock();
  core::Descriptor descriptor{open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!descriptor) throw core::system_error("open", file.string(), errno);
  const int how = LOCK_EX | (if_merging == IfMerging::wait ? 0 : LOCK_NB);
  int result = 0;
  while ((result = flock(descriptor.get(), how)) != 0 && errno == EINTR) continue;
  if (result != 0)
    throw core::Error{
        core::ErrorKind::conflict,
        fmt::format("another process writes the trace of '{}' just now", folder.path().string()),
        "wait for it to end, then look at its file"};
  return descriptor;
}

/// A process that died before its wrapper noted a second moment left one point of its clock only.
/// Any later moment will do, as long as the machine has not been started anew.
void complete_clocks(const TraceFolder& folder) {
  for (const fs::path& file : folder.recordings()) {
    try {
      const trace::RecordedFacts facts = trace::Recording{file}.facts();
      const bool one_point = facts.last.ticks <= facts.first.ticks;
      if (one_point && facts.boot_id == storage::this_boot_id()) RecordingWatch{file}.note_time();
    } catch (const core::Error&) {  // unreadable: said when it is read for its events
      continue;
    }
  }
}

/// The recordings of a job that goes on: of flight recorders copies, since what is read from them
/// would be overwritten meanwhile. The copies lie beside the output and go with this object.
class RingSnapshot {
 public:
  RingSnapshot(const TraceFolder& folder, const fs::path& output, JobState job)
      : copies_{output.string() + fmt::format(".{}.snapshot", getpid())} {
    if (job == JobState::over) return;
    for (const fs::path& file : folder.recordings())
      recordings_.push_back(is_overwritten(file) ? copy(folder, file) : file);
  }
  RingSnapshot(const RingSnapshot&) = delete;
  RingSnapshot& operator=(const RingSnapshot&) = delete;
  ~RingSnapshot() {
    std::error_code ignored;
    fs::remove_all(copies_.path(), ignored);
  }
  [[nodiscard]] const std::vector<fs::path>& recordings() const noexcept { return recordings_; }

 private:
  static bool is_overwritten(const fs::path& file) {
    try {
      const trace::RecordedFacts facts = trace::Recording{file}.facts();
      return facts.full_policy == trace::FullPolicy::keep_newest && !facts.closed;
    } catch (const core::Error&) {  // unreadable: said when it is read for its events
      return false;
    }
  }
  fs::path copy(const TraceFolder& folder, const fs::path& file) const {
    static_cast<void>(copies_.make());
    RingCopy{folder, copies_}.copy_recording(file);
    return copies_.path() / file.filename();
  }

  TraceFolder copies_;
  std::vector<fs::path> recordings_;
};

std::string cause_of_nothing(const TraceData& data) {
  for (const ProcessEntry& it : data.processes())
    if (!it.facts.obstacle.empty()) return it.facts.obstacle;
  if (data.processes().empty()) return "no process was started";
  if (data.recordings() == nullptr)
    return "the recorder was not loaded, or could not make its files: is there room, and is the "
           "program the one behind '--' itself, not one that it starts?";
  if (data.windows().empty())
    return "recording was never switched on: `foundation trace start` does so while it runs";
  if (data.left_out() > 0)
    return fmt::format("all {} events are outside of the scope of their window", data.left_out());
  if (data.dropped() > 0) return "there was no room for events: the file system is full";
  return "the program made no MPI call and entered no region: is it the one behind '--' itself, "
         "not one that it starts?";
}

MergeSummary summary_of(const TraceData& data, const fs::path& output) {
  std::error_code ignored;
  MergeSummary it{.output = output,
                  .events = data.events(),
                  .dropped = data.dropped(),
                  .names_dropped = data.names_dropped(),
                  .processes = data.processes().size(),
                  .file_bytes = fs::file_size(output, ignored),
                  .status = data.status(),
                  .missing = data.missing(),
                  .cause = {},
                  .left_out = data.left_out(),
                  .notes = data.notes()};
  if (data.events() == 0) it.cause = cause_of_nothing(data);
  return it;
}

bool anybody_records(const TraceData& data) {
  return std::ranges::any_of(data.processes(),
                             [](const auto& it) { return it.facts.ending == Ending::running; });
}

}  // namespace

std::string MergeSummary::text() const {
  std::string text;
  if (events == 0) {
    text = fmt::format("trace: nothing was recorded: {}\n", cause);
  } else {
    text = fmt::format("trace: {} events of {} process{} in {} ({})\n", events, processes,
                       processes == 1 ? "" : "es", output.string(), core::format_size(file_bytes));
  }
  if (events > 0 && left_out > 0)
    text += fmt::format("trace: {} more events are outside of the scope\n", left_out);
  for (const std::string& note : notes) text += fmt::format("trace: {}\n", note);
  if (dropped > 0)
    text += fmt::format(
        "trace: {} more events found no room: give a larger --buffer, or more "
        "space\n",
        dropped);
  if (names_dropped > 0)
    text += fmt::format(
        "trace: {} names of regions, counters or marks found no room, so what they name is not "
        "there: a process has room for about 65,000\n",
        names_dropped);
  if (!missing.empty()) text += fmt::format("trace: {}: {}\n", status, missing);
  return text;
}

MergeSummary merge(const TraceFolder& folder, const MergeRequest& request) {
  if (!folder.exists())
    throw core::Error{core::ErrorKind::bad_input,
                      fmt::format("there is no folder '{}'", folder.path().string()),
                      "a trace that is written has no such folder any more: look for its .h5 file"};
  const JobFile job = folder.read_job();
  const core::Descriptor lock_held = lock(folder, request.if_merging);
  const fs::path output = request.output.empty() ? job.output : fs::absolute(request.output);
  complete_clocks(folder);
  const RingSnapshot snapshot{folder, output, request.job};
  TraceData data{folder, job, snapshot.recordings(), request.window};
  data.count_calls();
  write_trace_file(output, job.trace_id, data);
  if (request.recordings == Recordings::remove && !anybody_records(data))
    folder.remove(data.files());
  return summary_of(data, output);
}

}  // namespace foundation::capture
