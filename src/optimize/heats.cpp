#include "optimize/heats.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/mutation.hpp"

namespace foundation::optimize {

using model::CandidateIndex;
using model::CellRange;
using model::Split;

Heats::Heats(const RaceOptions& options, CellScale scale, bool maximise, Aggregate aggregate,
             CellStore& store)
    : schedule_{options, store.size_of(Split::validation), scale.trials},
      scale_{std::move(scale)},
      maximise_{maximise},
      aggregate_{std::move(aggregate)},
      store_{store},
      rule_{make_race_rule({.options = options,
                            .scale = scale_,
                            .examples = store.size_of(Split::validation) / scale_.trials,
                            .maximise = maximise})} {}

bool Heats::has_open_heat() const noexcept { return !heats_.empty() && !heats_.back().closed; }

std::uint64_t Heats::next_cost() const noexcept {
  const std::uint32_t members = has_open_heat() ? heats_.back().members : 0;
  return schedule_.cost(members + 1) - schedule_.cost(members);
}

CandidateIndex Heats::open_heat_begin() const noexcept {
  return has_open_heat() ? heats_.back().begin : static_cast<CandidateIndex>(heat_of_.size());
}

void Heats::join(CandidateIndex candidate, std::vector<CellRange>& work) {
  if (!has_open_heat()) heats_.emplace_back().begin = candidate;
  Heat& heat = heats_.back();
  heat.alive.push_back(candidate);
  heat.closed = ++heat.members == schedule_.heat_size();
  heat_of_.push_back(static_cast<std::uint32_t>(heats_.size() - 1));
  store_.request({candidate, Split::validation, 0, schedule_.prefixes().front()}, work);
}

void Heats::close() noexcept {
  if (!heats_.empty()) heats_.back().closed = true;
}

bool Heats::can_decide(const CellRange& changed) const {
  const Heat& heat = heats_[heat_of_[changed.candidate]];
  return heat.rung != over && store_.finished_prefix(changed.candidate, Split::validation) >=
                                  schedule_.prefixes()[heat.rung];
}

// Decisions of a heat never need later ones, so one pass comes to an end of them all.
bool Heats::decide(const HeatChanges& changes) {
  bool decided = false;
  std::uint32_t slowest = over;  // rung that the earlier heats have all come to
  for (std::uint32_t index = first_open_; index < heats_.size(); ++index) {
    while (is_ready(heats_[index], slowest)) {
      decide_rung(index, changes);
      decided = true;
    }
    slowest = std::min(slowest, heats_[index].rung);
  }
  while (first_open_ < heats_.size() && heats_[first_open_].rung == over) ++first_open_;
  return decided;
}

bool Heats::is_ready(const Heat& heat, std::uint32_t slowest) const {
  if (heat.rung == over || !heat.closed) return false;
  const bool is_awaited = !FOUNDATION_MUTATION(heats_not_awaited);
  if (rule_->awaits() == Awaits::heats && slowest != over && is_awaited) return false;
  if (rule_->awaits() == Awaits::same_rung && slowest <= heat.rung && is_awaited) return false;
  const std::uint32_t cells = schedule_.prefixes()[heat.rung];
  const auto has_come = [this, cells](CandidateIndex candidate) {
    const std::uint32_t off_by_one = FOUNDATION_MUTATION(rung_off_by_one) ? 1 : 0;
    return store_.finished_prefix(candidate, Split::validation) + off_by_one >= cells;
  };
  return FOUNDATION_MUTATION(race_on_arrival) ? std::ranges::any_of(heat.alive, has_come)
                                              : std::ranges::all_of(heat.alive, has_come);
}

// --- one rung ------------------------------------------------------------------------------------

double Heats::gain(const model::CellResult& cell) const noexcept {
  const bool has_failed = cell.status > model::CellStatus::wrong;
  if (maximise_) return has_failed ? scale_.low : cell.score;
  return has_failed ? -scale_.high : -cell.score;
}

Runner Heats::runner(CandidateIndex candidate, std::uint32_t cells) const {
  const auto prefix = store_.cells(candidate, Split::validation).first(cells);
  const double score = aggregate_(Split::validation, prefix);
  Runner result{{candidate, score, std::isfinite(score)}, {}};
  if (!rule_->compares_cells()) return result;
  for (std::uint32_t first = 0; first + scale_.trials <= cells; first += scale_.trials) {
    double sum = 0;
    for (std::uint32_t trial = 0; trial < scale_.trials; ++trial)
      sum += gain(prefix[first + trial]);
    result.gains.push_back(sum / scale_.trials);
  }
  return result;
}

std::vector<Runner> Heats::ranked_members(const Heat& heat, std::uint32_t cells) const {
  std::vector<Runner> runners;
  for (const CandidateIndex candidate : heat.alive) runners.push_back(runner(candidate, cells));
  std::vector<Standing> standings;
  for (const Runner& it : runners) standings.push_back(it.standing);
  rank(standings, maximise_);
  std::vector<Runner> ranked;
  for (const Standing& standing : standings) {
    const auto place = std::ranges::lower_bound(heat.alive, standing.candidate);
    ranked.push_back(std::move(runners[static_cast<std::size_t>(place - heat.alive.begin())]));
  }
  return ranked;
}

std::vector<Verdict> Heats::judge(const Heat& heat, std::span<const Runner> members) const {
  std::vector<Runner> veterans;
  for (const CandidateIndex veteran : rule_->veterans())
    veterans.push_back(runner(veteran, schedule_.prefixes()[heat.rung]));
  std::vector<Verdict> verdicts = rule_->judge({.rung = heat.rung,
                                                .heat_size = heat.members,
                                                .before = heat.begin,
                                                .members = members,
                                                .veterans = veterans});
  if (heat.rung + 1 == schedule_.prefixes().size())
    for (Verdict& verdict : verdicts) verdict.goes_on = true;  // there is nothing left to save
  return verdicts;
}

void Heats::decide_rung(std::uint32_t index, const HeatChanges& changes) {
  Heat& heat = heats_[index];
  const std::uint32_t cells = schedule_.prefixes()[heat.rung];
  const bool last_rung = heat.rung + 1 == schedule_.prefixes().size();
  const std::vector<Runner> ranked = ranked_members(heat, cells);
  const std::vector<Verdict> verdicts = judge(heat, ranked);
  const std::uint32_t shown_heat = rule_->awaits() == Awaits::same_rung ? 0 : index;
  heat.alive.clear();
  for (std::uint32_t place = 0; place < ranked.size(); ++place) {
    const Standing& it = ranked[place].standing;
    const Verdict& verdict = verdicts[place];
    if (schedule_.prefixes().size() > 1)
      changes.decisions.push_back(
          {shown_heat, heat.rung, it.candidate, cells, it.score, verdict.rank, verdict.goes_on});
    if (verdict.goes_on && !last_rung) {
      heat.alive.push_back(it.candidate);
    } else {
      changes.ended.push_back({it.candidate, it.score, cells, last_rung, it.valid});
    }
  }
  std::ranges::sort(heat.alive);
  if (last_rung || heat.alive.empty())
    return finish_heat(heat, last_rung ? ranked : std::vector<Runner>{});
  ++heat.rung;
  request_next(heat, changes.work);
}

void Heats::request_next(Heat& heat, std::vector<CellRange>& work) {
  const auto& prefixes = schedule_.prefixes();
  for (const CandidateIndex candidate : heat.alive)
    store_.request({candidate, Split::validation, prefixes[heat.rung - 1], prefixes[heat.rung]},
                   work);
}

void Heats::finish_heat(Heat& heat, std::span<const Runner> members) {
  heat.rung = over;
  std::vector<Standing> complete;
  for (const Runner& member : members) complete.push_back(member.standing);
  rule_->heat_over(complete);
}

}  // namespace foundation::optimize
