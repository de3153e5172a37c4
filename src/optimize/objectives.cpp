#include "optimize/objectives.hpp"

#include <algorithm>
#include <cmath>

#include "core/contracts.hpp"
#include "core/mutation.hpp"

namespace foundation::optimize {

using model::CellResult;

namespace {

constexpr double seconds_of_us = 1e-6;
constexpr double unknown_gain = -std::numeric_limits<double>::infinity();

/// NaN: unknown.
double value_of(Objective objective, const CellResult& cell) {
  if (objective == Objective::cost) return cell.cost;
  return static_cast<double>(cell.duration_us) * seconds_of_us;
}

Objective deciding(WinnerRule rule) {
  switch (rule) {
    case WinnerRule::cost: return Objective::cost;
    case WinnerRule::latency: return Objective::latency;
    default: return Objective::score;
  }
}

}  // namespace

std::string_view name_of(Objective objective) noexcept {
  switch (objective) {
    case Objective::score: return "score";
    case Objective::cost: return "cost";
    case Objective::latency: return "latency";
  }
  return "unknown";
}

bool ObjectiveOptions::counts(Objective objective) const noexcept {
  return objective == Objective::score ||
         std::ranges::find(minimised, objective) != minimised.end();
}

ObjectiveMean mean_of(Objective objective, std::span<const CellResult> cells) {
  EXPECTS(objective != Objective::score);
  ObjectiveMean result;
  double sum = 0;
  for (const CellResult& cell : cells) {
    const double value = value_of(objective, cell);
    if (!model::is_final(cell.status) || std::isnan(value)) continue;
    sum += value;
    ++result.cells;
  }
  if (result.cells > 0) result.mean = sum / result.cells;
  return result;
}

double cost_of(std::span<const CellResult> cells) {
  double sum = 0;
  for (const CellResult& cell : cells)
    if (!std::isnan(cell.cost)) sum += cell.cost;
  return sum;
}

// --- comparisons ---------------------------------------------------------------------------------

Contender Objectives::contender(model::CandidateIndex candidate, double score,
                                std::span<const CellResult> cells) const {
  Contender result{candidate, {}};
  result.values[Objective::score] = score;
  for (const Objective it : options_.minimised) result.values[it] = mean_of(it, cells).mean;
  return result;
}

/// The larger the better.
double Objectives::gain(const Contender& it, Objective objective) const {
  const double value = it.values[objective];
  if (std::isnan(value)) return unknown_gain;
  return objective == Objective::score && maximise_ ? value : -value;
}

bool Objectives::keeps_limit(const Contender& it, Objective objective) const {
  const auto& limit = options_.limits[objective];
  if (!limit) return true;
  Contender worst;
  worst.values[objective] = *limit;
  return gain(it, objective) >= gain(worst, objective);
}

bool Objectives::keeps_limits(const Contender& it) const {
  return std::ranges::all_of(all_objectives,
                             [&](Objective objective) { return keeps_limit(it, objective); });
}

bool Objectives::dominates(const Contender& a, const Contender& b) const {
  bool is_better = gain(a, Objective::score) > gain(b, Objective::score);
  if (gain(a, Objective::score) < gain(b, Objective::score)) return false;
  for (const Objective it : options_.minimised) {
    if (gain(a, it) < gain(b, it)) return false;
    is_better = is_better || gain(a, it) > gain(b, it);
  }
  return is_better;
}

// Whoever dominates another one stands before it, so only the front so far has to be looked at.
std::vector<Contender> Objectives::front(std::vector<Contender> contenders) const {
  ObjectiveOptions by_score = options_;
  by_score.winner = WinnerRule::score;
  const Objectives order{std::move(by_score), maximise_};
  std::ranges::sort(contenders, [&order](const Contender& a, const Contender& b) {
    return order.precedes(a, b);
  });
  std::vector<Contender> front;
  for (const Contender& it : contenders) {
    const auto beats_it = [&](const Contender& other) { return dominates(other, it); };
    if (std::ranges::none_of(front, beats_it)) front.push_back(it);
  }
  return front;
}

bool Objectives::precedes(const Contender& a, const Contender& b) const {
  const auto differ = [&](Objective it) { return gain(a, it) != gain(b, it); };
  const auto is_better = [&](Objective it) { return gain(a, it) > gain(b, it); };
  for (const Objective it : {deciding(options_.winner), Objective::score})
    if (differ(it)) return is_better(it);
  for (const Objective it : options_.minimised)
    if (differ(it)) return is_better(it);
  return a.candidate < b.candidate && !FOUNDATION_MUTATION(winner_by_arrival);
}

// --- weights -------------------------------------------------------------------------------------

PerObjective<Objectives::Scale> Objectives::scales_of(std::span<const Contender> contenders) const {
  PerObjective<Scale> scales;
  for (const Contender& contender : contenders) {
    for (const Objective it : all_objectives) {
      const double value = gain(contender, it);
      if (value == unknown_gain || !keeps_limits(contender)) continue;
      scales[it].low = std::min(scales[it].low, value);
      scales[it].high = std::max(scales[it].high, value);
    }
  }
  return scales;
}

/// Never less for a candidate that dominates: rounding keeps the order, too.
double Objectives::weighted_sum(const Contender& it, const PerObjective<Scale>& scales) const {
  double sum = 0;
  for (const Objective objective : all_objectives) {
    const double value = gain(it, objective);
    const Scale& scale = scales[objective];
    if (!options_.counts(objective) || value == unknown_gain || scale.high <= scale.low) continue;
    sum += options_.weights[objective] * ((value - scale.low) / (scale.high - scale.low));
  }
  return sum;
}

const Contender* Objectives::winner(std::span<const Contender> contenders) const {
  const bool is_weighted = options_.winner == WinnerRule::weights;
  const PerObjective<Scale> scales = is_weighted ? scales_of(contenders) : PerObjective<Scale>{};
  const Contender* best = nullptr;
  double best_sum = 0;
  for (const Contender& it : contenders) {
    if (!keeps_limits(it)) continue;
    const double sum = is_weighted ? weighted_sum(it, scales) : 0;
    if (best != nullptr && (sum < best_sum || (sum == best_sum && !precedes(it, *best)))) continue;
    best = &it;
    best_sum = sum;
  }
  return best;
}

// --- one after another ---------------------------------------------------------------------------

void WinnerChoice::add(const Contender& contender) {
  contenders_.push_back(contender);
  if (objectives_.options().winner == WinnerRule::weights) {
    is_known_ = false;  // another one may win once the scales have changed
  } else if (objectives_.keeps_limits(contender) &&
             (!best_ || objectives_.precedes(contender, contenders_[*best_]))) {
    best_ = contenders_.size() - 1;
  }
}

const Contender* WinnerChoice::best() const {
  if (!is_known_) {
    const Contender* best = objectives_.winner(contenders_);
    best_.reset();
    if (best != nullptr) best_ = static_cast<std::size_t>(best - contenders_.data());
    is_known_ = true;
  }
  return best_ ? &contenders_[*best_] : nullptr;
}

}  // namespace foundation::optimize
