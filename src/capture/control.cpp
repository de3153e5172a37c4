#include "capture/control.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "capture/job_identity.hpp"
#include "capture/window_file.hpp"
#include "core/error.hpp"
#include "core/time.hpp"

namespace foundation::capture {

using core::Error;
using core::ErrorKind;

namespace {

constexpr const char* no_answer =
    "it has not answered in time: is its host overloaded, or its `foundation trace` stopped?";

std::size_t count_participants(const JobView& job, const Window& window) {
  return static_cast<std::size_t>(
      std::ranges::count_if(job.participants, [&window](const ParticipantView& it) {
        return window.scope.includes(std::max(it.facts.rank, 0)) && it.window(window.id) != nullptr;
      }));
}

bool has_rank_in(const JobView& job, const Scope& scope) {
  for (std::int32_t rank = 0; rank < job.ranks; ++rank)
    if (scope.includes(rank)) return true;
  return false;
}

/// Until it has taken note of the window.
std::optional<Hindrance> has_not_begun(const Window& window, const ParticipantView& it) {
  if (it.window(window.id) != nullptr) return std::nullopt;
  if (!it.facts.obstacle.empty()) return Hindrance{it.facts.obstacle, false};
  if (!it.is_running()) return Hindrance{"it had ended", false};
  return Hindrance{it.is_recorded ? no_answer : "it has no recording: is there room for its file?"};
}

/// Until it has left the window. Who never took note of it has nothing to leave.
std::optional<Hindrance> has_not_left(const Window& window, const ParticipantView& it) {
  const ProcessWindow* const known = it.window(window.id);
  if (known == nullptr || known->state == WindowState::closed || !it.is_running())
    return std::nullopt;
  return Hindrance{no_answer};
}

std::string list_of(const std::vector<Absentee>& missing) {
  std::string text;
  for (const Absentee& it : missing) text += "\n    " + it.text();
  return text;
}

Window meant_window(const TraceFolder& folder, std::optional<std::uint64_t> id) {
  if (id) return find_window(folder, *id);
  if (const auto open = open_window_of(WindowFile{folder}.read())) return *open;
  throw Error{ErrorKind::bad_input, "the job has no window that is open",
              "open one: foundation trace start"};
}

}  // namespace

WindowOutcome open_window(const TraceFolder& folder, Window window) {
  const JobView before = view_job(folder);
  if (!before.is_running())
    throw Error{ErrorKind::bad_input,
                fmt::format("no process of the job in '{}' runs any more", folder.path().string()),
                "foundation trace collect shows what was recorded"};
  if (std::ranges::find(before.windows, window.id, &Window::id) != before.windows.end())
    throw Error{ErrorKind::bad_input,
                fmt::format("the job has had a window {} already", id_text(window.id)),
                "choose another id, or leave it out"};
  if (!has_rank_in(before, window.scope))
    throw Error{ErrorKind::bad_input,
                fmt::format("the scope names no rank of the job, which has {}", before.ranks),
                "ranks count from 0: write them as ranks=0-3"};
  const WindowFile file{folder};
  window.opened_wall_ns = core::wall_now();
  file.open(window, [&folder](const Window& it) { return is_over(view_job(folder), it); });
  RollCall roll = await_participants(
      folder, window.scope, window.options.patience,
      [&window](const JobView&, const ParticipantView& it) { return has_not_begun(window, it); });
  if (window.options.strict && !roll.missing.empty()) {
    file.close(window.id, core::wall_now());
    throw Error{ErrorKind::infrastructure,
                "the window is closed again, because not everybody takes part in it:" +
                    list_of(roll.missing),
                "give them more time (total_timeout), choose other ranks, or leave out 'strict'"};
  }
  return {window, count_participants(roll.job, window), std::move(roll.missing)};
}

WindowOutcome close_window(const TraceFolder& folder, std::optional<std::uint64_t> id,
                           const std::string& patience) {
  static_cast<void>(parse_patience(patience));  // wrong words come first
  Window window = meant_window(folder, id);
  const Patience limits = parse_patience(patience, window.options.patience);
  if (window.is_open()) {
    window.closed_wall_ns = core::wall_now();
    WindowFile{folder}.close(window.id, window.closed_wall_ns);
  }
  RollCall roll = await_participants(
      folder, window.scope, limits,
      [&window](const JobView&, const ParticipantView& it) { return has_not_left(window, it); });
  // Ranks that nobody has seen have nothing to leave.
  std::erase_if(roll.missing, [](const Absentee& it) { return it.host.empty(); });
  const std::size_t participants = count_participants(roll.job, window) - roll.missing.size();
  return {window, participants, std::move(roll.missing)};
}

}  // namespace foundation::capture
