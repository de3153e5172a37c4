#include "capture/detail/window_table.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "capture/detail/columns.hpp"
#include "capture/detail/window_extent.hpp"
#include "capture/job_identity.hpp"
#include "capture/window.hpp"
#include "storage/trace_schema.hpp"

namespace foundation::capture::detail {

namespace schema = storage::trace_schema;

namespace {

struct WindowRow {
  std::int32_t process;
  std::int32_t rank;
  const ProcessWindow* seen;
  Window window;
  analysis::TraceTime from;
  analysis::TraceTime to;  ///< -1 if nobody saw its end
};

std::vector<WindowRow> window_rows(const TraceData& data) {
  std::vector<WindowRow> rows;
  for (std::size_t i = 0; i < data.processes().size(); ++i) {
    const ProcessEntry& entry = data.processes()[i];
    if (!entry.recorded) continue;
    const analysis::Process& process = data.recordings()->processes()[*entry.recorded];
    for (const ProcessWindow& it : entry.facts.windows) {
      if (it.from_ns == 0) continue;
      const auto known = std::ranges::find(data.windows(), it.id, &Window::id);
      rows.push_back({.process = static_cast<std::int32_t>(i),
                      .rank = entry.facts.rank,
                      .seen = &it,
                      .window = known == data.windows().end() ? Window{} : *known,
                      .from = time_of(process, it.from_ns),
                      .to = it.to_ns == 0 ? -1 : time_of(process, it.to_ns)});
    }
  }
  return rows;
}

}  // namespace

void write_windows(storage::FileWriter& file, const TraceData& data) {
  namespace windows = schema::windows;
  const std::vector<WindowRow> all = window_rows(data);
  file.begin_table(windows::table, "When which process was recorded", all.size());
  add(file, windows::id,
      each<std::string>(all, [](const auto& it) { return id_text(it.seen->id); }));
  add(file, windows::process, each<std::int32_t>(all, [](const auto& it) { return it.process; }));
  add(file, windows::rank, each<std::int32_t>(all, [](const auto& it) { return it.rank; }));
  add(file, windows::from, each<std::int64_t>(all, [](const auto& it) { return it.from; }));
  add(file, windows::to, each<std::int64_t>(all, [](const auto& it) { return it.to; }));
  add(file, windows::ended_by,
      each<std::string>(all, [](const auto& it) { return it.seen->ended_by; }));
  add(file, windows::scope,
      each<std::string>(all, [](const auto& it) { return scope_text(it.window.scope); }));
  add(file, windows::label, each<std::string>(all, [](const auto& it) {
        return storage::stored_text(it.window.options.label);
      }));
}

}  // namespace foundation::capture::detail
