#include "capture/collect.hpp"

#include <chrono>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "capture/job_identity.hpp"
#include "capture/window_file.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
#include "storage/file_reader.hpp"
#include "storage/trace_schema.hpp"

namespace foundation::capture {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

/// The id of the trace in a file; empty if it is something else.
std::string trace_id_of(const fs::path& file) {
  try {
    const storage::FileReader reader{file, storage::FileKind::trace};
    return reader.text_attribute({}, storage::trace_schema::attribute::trace_id);
  } catch (const core::Error&) {
    return {};
  }
}

/// An earlier part of the same trace may be replaced, and nothing else.
void check_output(const fs::path& output, std::uint64_t trace_id) {
  std::error_code ignored;
  if (!fs::exists(output, ignored) || trace_id_of(output) == id_text(trace_id)) return;
  throw core::Error{core::ErrorKind::usage,
                    fmt::format("'{}' exists, is no earlier part of this trace, and is not "
                                "overwritten",
                                output.string()),
                    "choose another name, or give --force"};
}

std::optional<Hindrance> is_not_complete(Clock::time_point begin, const ParticipantView& it) {
  if (!it.facts.obstacle.empty()) return Hindrance{it.facts.obstacle, false};
  if (it.facts.ending == Ending::unknown)
    return Hindrance{
        "its host, or the process that watched over it, is gone: its events until "
        "then are there",
        false};
  if (!it.is_recorded)
    return it.is_running() ? Hindrance{"it has no recording yet"}
                           : Hindrance{"it has left no recording", false};
  if (it.is_running() && it.age > Clock::now() - begin)
    return Hindrance{fmt::format("its events of the last {} have not been copied from its host yet",
                                 core::format_duration(it.age))};
  return std::nullopt;
}

/// A window must not take the place of the whole.
fs::path output_of(const JobFile& job, const CollectRequest& request) {
  if (!request.output.empty()) return fs::absolute(request.output);
  if (!request.window) return job.output;
  return job.output.parent_path() / fmt::format("trace-{}.h5", id_text(*request.window));
}

}  // namespace

CollectSummary collect(const TraceFolder& folder, const CollectRequest& request) {
  const auto begin = Clock::now();
  const JobFile job = folder.read_job();
  const fs::path output = output_of(job, request);
  if (!request.force) check_output(output, job.trace_id);
  const Scope scope = request.window ? find_window(folder, *request.window).scope : Scope{};
  RollCall roll = await_participants(
      folder, scope, request.patience,
      [begin](const JobView&, const ParticipantView& it) { return is_not_complete(begin, it); });
  return {.merged = merge(folder, {.output = output,
                                   .recordings = Recordings::keep,
                                   .if_merging = IfMerging::wait,
                                   .job = JobState::growing,
                                   .window = request.window}),
          .missing = std::move(roll.missing)};
}

}  // namespace foundation::capture
