#include "capture/detail/keep_scopes.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "analysis/matches.hpp"
#include "analysis/replay.hpp"
#include "capture/detail/call_filter.hpp"
#include "capture/detail/call_selection.hpp"
#include "capture/detail/scoped_events.hpp"

namespace foundation::capture::detail {
namespace {

/// Marks the ends of messages and collectives that have lost their other ones.
class LoneEnds final : public analysis::MatchSink {
 public:
  explicit LoneEnds(std::vector<Selection>& selections) : selections_{selections} {}

  void call(const analysis::CallSpan& /*call*/) override {}
  void message(const analysis::Message& it) override {
    if (!it.has_send() || !it.has_receive()) return;
    const End send{it.send.site.process, it.send.begun_in, it.send.event};
    const End receive{it.receive.post.process, it.receive.post.stream, it.receive.event};
    if (is_kept(send) && !is_kept(receive)) set_lone(send);
    if (is_kept(receive) && !is_kept(send)) set_lone(receive);
  }
  void collective(const analysis::Collective& it) override {
    std::vector<End> kept;
    for (const analysis::Participation& part : it.parts)
      if (const End end{part.site.process, part.begun_in, part.event}; is_kept(end))
        kept.push_back(end);
    if (kept.size() < it.parts.size())
      std::ranges::for_each(kept, [this](End end) { set_lone(end); });
  }

 private:
  struct End {
    std::uint32_t process;
    std::uint32_t stream;
    std::uint64_t event;
  };
  [[nodiscard]] bool is_kept(const End& it) const {
    return selections_[it.process].kept[it.stream].test(it.event);
  }
  void set_lone(const End& it) { selections_[it.process].lone[it.stream].set(it.event); }

  std::vector<Selection>& selections_;
};

std::vector<Selection> select(const analysis::TraceSet& traces,
                              const std::vector<CallFilter>& filters) {
  std::vector<Selection> selections(traces.processes().size());
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic, 1)
  for (std::size_t i = 0; i < selections.size(); ++i) {
    try {
      selections[i].kept = select_calls(traces, static_cast<std::uint32_t>(i), filters);
      for (const trace::StreamExtent& it : traces.processes()[i].recording->streams())
        selections[i].lone.emplace_back(it);
    } catch (...) {
#pragma omp critical(foundation_select_calls)
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
  return selections;
}

}  // namespace

std::vector<std::string> keep_scopes(analysis::TraceSet& traces,
                                     const std::vector<Window>& windows) {
  std::vector<std::string> notes;
  std::vector<CallFilter> filters;
  for (const Window& it : windows) filters.push_back(make_filter(traces, it, notes));
  if (std::ranges::all_of(filters, &CallFilter::keeps_all)) return notes;
  std::vector<Selection> selections = select(traces, filters);
  if (std::ranges::any_of(filters, [](const CallFilter& it) { return it.regions.has_value(); })) {
    LoneEnds lone{selections};
    static_cast<void>(analysis::replay(traces, lone));
  }
  for (std::size_t i = 0; i < selections.size(); ++i)
    traces.set_recording(i, std::make_shared<ScopedEvents>(traces.processes()[i].recording,
                                                           std::move(selections[i])));
  return notes;
}

}  // namespace foundation::capture::detail
