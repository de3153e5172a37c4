#include "optimize/heats.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/mutation.hpp"

namespace foundation::optimize {

using model::CandidateIndex;
using model::CellRange;
using model::Split;

Heats::Heats(const RaceOptions& options, bool maximise, Aggregate aggregate, CellStore& store)
    : schedule_{options, store.size_of(Split::validation)},
      maximise_{maximise},
      aggregate_{std::move(aggregate)},
      store_{store} {}

std::uint64_t Heats::next_cost() const noexcept {
  const std::uint32_t members = heats_.empty() || heats_.back().closed ? 0 : heats_.back().members;
  return schedule_.cost(members + 1) - schedule_.cost(members);
}

void Heats::join(CandidateIndex candidate, std::vector<CellRange>& work) {
  if (heats_.empty() || heats_.back().closed) heats_.emplace_back();
  Heat& heat = heats_.back();
  heat.alive.push_back(candidate);
  heat.closed = ++heat.members == schedule_.heat_size();
  store_.request({candidate, Split::validation, 0, schedule_.prefixes().front()}, work);
}

void Heats::close() noexcept {
  if (!heats_.empty()) heats_.back().closed = true;
}

bool Heats::can_decide(const CellRange& changed) const {
  const Heat& heat = heats_[changed.candidate / schedule_.heat_size()];
  return !heat.over && store_.finished_prefix(changed.candidate, Split::validation) >=
                           schedule_.prefixes()[heat.rung];
}

bool Heats::decide(const HeatChanges& changes) {
  bool decided = false;
  for (std::uint32_t index = first_open_; index < heats_.size(); ++index)
    while (decide_rung(index, changes)) decided = true;
  while (first_open_ < heats_.size() && heats_[first_open_].over) ++first_open_;
  return decided;
}

bool Heats::is_ready(const Heat& heat) const {
  if (heat.over || !heat.closed) return false;
  const std::uint32_t cells = schedule_.prefixes()[heat.rung];
  const auto has_come = [this, cells](CandidateIndex candidate) {
    const std::uint32_t off_by_one = FOUNDATION_MUTATION(rung_off_by_one) ? 1 : 0;
    return store_.finished_prefix(candidate, Split::validation) + off_by_one >= cells;
  };
  return FOUNDATION_MUTATION(race_on_arrival) ? std::ranges::any_of(heat.alive, has_come)
                                              : std::ranges::all_of(heat.alive, has_come);
}

std::vector<Standing> Heats::standings(const Heat& heat, std::uint32_t cells) const {
  std::vector<Standing> standings;
  for (const CandidateIndex candidate : heat.alive) {
    const double score =
        aggregate_(Split::validation, store_.cells(candidate, Split::validation).first(cells));
    standings.push_back({candidate, score, std::isfinite(score)});
  }
  rank(standings, maximise_);
  return standings;
}

bool Heats::decide_rung(std::uint32_t index, const HeatChanges& changes) {
  Heat& heat = heats_[index];
  if (!is_ready(heat)) return false;
  const std::uint32_t cells = schedule_.prefixes()[heat.rung];
  const bool last_rung = heat.rung + 1 == schedule_.prefixes().size();
  const std::vector<Standing> ranked = standings(heat, cells);
  const auto alive = static_cast<std::uint32_t>(ranked.size());
  const std::uint32_t kept = last_rung ? alive : schedule_.survivors(alive);
  heat.alive.clear();
  for (std::uint32_t place = 0; place < alive; ++place) {
    const Standing& it = ranked[place];
    const bool goes_on = place < kept;
    if (schedule_.prefixes().size() > 1)
      changes.decisions.push_back(
          {index, heat.rung, it.candidate, cells, it.score, place, goes_on});
    if (goes_on && !last_rung) {
      heat.alive.push_back(it.candidate);
    } else {
      changes.ended.push_back(
          {it.candidate, it.score, cells, cells == store_.size_of(Split::validation), it.valid});
    }
  }
  std::ranges::sort(heat.alive);
  heat.over = last_rung;
  if (last_rung) return true;
  const std::uint32_t next = schedule_.prefixes()[++heat.rung];
  for (const CandidateIndex candidate : heat.alive)
    store_.request({candidate, Split::validation, cells, next}, changes.work);
  return true;
}

}  // namespace foundation::optimize
