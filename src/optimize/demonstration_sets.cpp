#include "optimize/detail/demonstration_sets.hpp"

#include <algorithm>
#include <cmath>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"
#include "model/positions.hpp"

namespace foundation::optimize::detail {
namespace {

/// For each position, the share of sets that show it, drawn towards the share of all positions as
/// if one more set had shown that many.
class Inclusion {
 public:
  Inclusion(std::span<const WeightedPositions> sets, std::uint32_t train_size)
      : shares_(train_size) {
    double squares = 0;
    for (const WeightedPositions& set : sets) {
      weight_ += set.weight;
      squares += set.weight * set.weight;
      for (const std::uint32_t position : *set.positions) shares_[position] += set.weight;
    }
    count_ = weight_ > 0 ? weight_ * weight_ / squares : 0;
  }

  [[nodiscard]] double share(std::uint32_t position, double prior) const {
    const double seen = weight_ > 0 ? shares_[position] / weight_ : 0;
    return (seen * count_ + prior) / (count_ + 1);
  }

 private:
  std::vector<double> shares_;
  double weight_ = 0;
  double count_ = 0;  ///< effective number of sets
};

/// The sets of one parameter, of those candidates that have it.
std::vector<WeightedPositions> sets_of(const std::string& name,
                                       std::span<const WeightedAssignment> candidates) {
  std::vector<WeightedPositions> sets;
  for (const WeightedAssignment& candidate : candidates) {
    if (candidate.assignment->find(name) == nullptr) continue;
    sets.push_back({&candidate.assignment->demonstrations(name).positions, candidate.weight});
  }
  return sets;
}

double log_odds(double share) { return core::exact::log(share / (1 - share)); }

/// Share of the train split that a set shows on average, away from 0 and 1.
double average_share(std::span<const WeightedPositions> good,
                     std::span<const WeightedPositions> others, std::uint32_t train_size) {
  double shown = 0;
  for (const auto& sets : {good, others}) {
    for (const WeightedPositions& set : sets) shown += static_cast<double>(set.positions->size());
  }
  const auto all = static_cast<double>((good.size() + others.size()) * train_size);
  return std::clamp(all > 0 ? shown / all : 0.5, 0.001, 0.999);
}

}  // namespace

DemonstrationSets::DemonstrationSets(const model::Parameter& parameter, std::uint32_t train_size,
                                     std::span<const WeightedPositions> good,
                                     std::span<const WeightedPositions> others)
    : least_{static_cast<std::uint32_t>(parameter.low)},
      most_{std::min(static_cast<std::uint32_t>(parameter.high), train_size)},
      train_size_{train_size} {
  EXPECTS(least_ <= most_);
  for (const WeightedPositions& set : good) {
    pool_.insert(pool_.end(), set.positions->begin(), set.positions->end());
  }
  const double prior = average_share(good, others, train_size);
  const Inclusion in_good{good, train_size};
  const Inclusion in_others{others, train_size};
  log_ratios_.reserve(train_size);
  for (std::uint32_t position = 0; position < train_size; ++position) {
    log_ratios_.push_back(log_odds(in_good.share(position, prior)) -
                          log_odds(in_others.share(position, prior)));
  }
}

std::uint32_t DemonstrationSets::pick(core::Stream& stream) const {
  if (!pool_.empty() && stream.chance(0.5)) return pool_[stream.below(pool_.size())];
  return static_cast<std::uint32_t>(stream.below(train_size_));
}

Positions DemonstrationSets::vary(const Positions& parent, core::Stream& stream) const {
  const auto size = static_cast<std::uint32_t>(parent.size());
  const double reach = stream.uniform();
  const auto exchanged = 1 + static_cast<std::uint32_t>(0.5 * size * reach * reach);
  const std::uint32_t kept_most = size > exchanged ? size - exchanged : 0;
  const auto wanted =
      stream.between(std::int64_t{size} - exchanged, std::int64_t{size} + exchanged);
  const auto target =
      static_cast<std::uint32_t>(std::clamp(wanted, std::int64_t{least_}, std::int64_t{most_}));

  const std::vector<std::uint32_t> places =
      model::draw_positions(stream, std::min(kept_most, target), size);
  std::vector<bool> is_taken(train_size_);  // shown already, or left out on purpose
  if (target - places.size() <= train_size_ - size) {
    for (const std::uint32_t position : parent) is_taken[position] = true;
  }
  std::vector<bool> is_kept(size);
  for (const std::uint32_t place : places) is_kept[place] = true;
  Positions varied;
  for (std::uint32_t place = 0; place < size; ++place) {
    if (!is_kept[place]) continue;
    is_taken[parent[place]] = true;
    varied.push_back(parent[place]);
  }
  while (varied.size() < target) {
    const std::uint32_t position = pick(stream);
    if (is_taken[position]) continue;
    is_taken[position] = true;
    varied.push_back(position);
  }
  return varied;
}

double DemonstrationSets::log_ratio(const Positions& positions) const {
  if (positions.empty()) return 0;
  double sum = 0;
  for (const std::uint32_t position : positions) sum += log_ratios_[position];
  return sum / std::sqrt(static_cast<double>(positions.size()));
}

DemonstrationsModel::DemonstrationsModel(const model::Space& space, std::uint32_t train_size,
                                         std::span<const WeightedAssignment> good,
                                         std::span<const WeightedAssignment> others)
    : space_{&space}, train_size_{train_size} {
  for (const model::Parameter& parameter : space.parameters()) {
    if (parameter.kind != model::ParameterKind::demonstrations) continue;
    parameters_.push_back(
        {parameter.name,
         {parameter, train_size, sets_of(parameter.name, good), sets_of(parameter.name, others)}});
  }
}

model::Assignment DemonstrationsModel::vary(model::Assignment assignment,
                                            const model::Assignment* parent,
                                            core::Stream& stream) const {
  if (parameters_.empty()) return assignment;
  assignment = space_->with_drawn_demonstrations(std::move(assignment), stream, train_size_);
  if (parent == nullptr) return assignment;
  for (const Named& parameter : parameters_) {
    if (assignment.find(parameter.name) == nullptr || parent->find(parameter.name) == nullptr) {
      continue;
    }
    const Positions& shown = parent->demonstrations(parameter.name).positions;
    assignment.set(parameter.name, model::Demonstrations{parameter.sets.vary(shown, stream)});
  }
  return assignment;
}

double DemonstrationsModel::log_ratio(const model::Assignment& assignment) const {
  double sum = 0;
  for (const Named& parameter : parameters_) {
    sum += parameter.sets.log_ratio(assignment.demonstrations(parameter.name).positions);
  }
  return sum;
}

}  // namespace foundation::optimize::detail
