#include "optimize/detail/demonstration_source.hpp"

#include <algorithm>
#include <optional>

#include "model/positions.hpp"
#include "optimize/detail/proposal_sequence.hpp"

namespace foundation::optimize::detail {
namespace {

/// The position with `rank` smaller positions outside of `sorted`, itself outside.
std::uint32_t nth_other(const Positions& sorted, std::uint32_t rank) {
  std::uint32_t position = rank;
  for (const std::uint32_t taken : sorted) {
    if (taken > position) break;
    ++position;
  }
  return position;
}

}  // namespace

DemonstrationSource::DemonstrationSource(const model::Parameter& parameter, std::uint32_t number,
                                         const StrategyOptions& options, const StrategyInput& input)
    : parameter_{&parameter},
      number_{number},
      most_{std::min(options.bootstrapped, static_cast<std::uint32_t>(parameter.high))},
      labeled_{options.labeled},
      seed_{options.seed},
      split_{.examples = input.train_size, .trials = input.trials},
      success_rule_{.threshold = options.success_threshold, .maximise = input.maximise} {}

Bootstrap DemonstrationSource::in_order() const { return {split_, most_, std::nullopt}; }

Bootstrap DemonstrationSource::at_random(std::uint32_t index) const {
  if (most_ == 0) return in_order();
  core::Stream stream{seed_, core::Purpose::bootstrap, index, number_};
  const auto size = static_cast<std::uint32_t>(stream.between(1, most_));
  return {split_, size, stream};
}

Positions DemonstrationSource::with_labelled(const Positions& successes,
                                             std::uint32_t index) const {
  const auto taken = static_cast<std::uint32_t>(successes.size());
  const std::uint32_t count = labelled_count(*parameter_, labeled_, taken, split_.examples);
  core::Stream stream{seed_, core::Purpose::demonstrations, index, number_};
  Positions sorted = successes;
  std::ranges::sort(sorted);
  Positions shown = successes;
  for (const std::uint32_t rank : model::draw_positions(stream, count, split_.examples - taken)) {
    shown.push_back(nth_other(sorted, rank));
  }
  return shown;
}

void add_missing(const Need& more, Need& all) {
  for (const model::CellRange& range : more.ranges)
    if (std::ranges::find(all.ranges, range) == all.ranges.end()) all.ranges.push_back(range);
  all.texts.insert(all.texts.end(), more.texts.begin(), more.texts.end());
}

}  // namespace foundation::optimize::detail
