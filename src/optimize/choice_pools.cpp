#include "optimize/detail/choice_pools.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/contracts.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Assignment;
using model::Parameter;
using model::ParameterKind;
using model::Setting;

std::string label_of(const std::vector<Positions>& sets, const Positions& positions) {
  const auto found = std::ranges::find(sets, positions);
  EXPECTS(found != sets.end());
  return std::to_string(found - sets.begin());
}

std::size_t place_of(const std::string& label) {
  std::size_t place = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), place);
  EXPECTS(error == std::errc{} && end == label.data() + label.size());
  return place;
}

}  // namespace

PooledSpace::PooledSpace(const model::Space& original, const Assignment& baseline,
                         const std::vector<Assignment>& starting_points, ChoicePools pools)
    : pools_{std::move(pools)} {
  std::vector<Parameter> parameters;
  for (const Parameter& parameter : original.parameters())
    parameters.push_back(pooled(parameter, baseline));
  std::vector<Assignment> points;
  for (const Assignment& point : starting_points) points.push_back(to_pooled(point));
  space_ = model::Space{std::move(parameters), original.constraints(), std::move(points)};
}

Parameter PooledSpace::pooled(const Parameter& parameter, const Assignment& baseline) const {
  Parameter result = parameter;
  if (parameter.open) {
    result.open = false;
    result.choices = pools_.texts.at(parameter.name);
  } else if (parameter.kind == ParameterKind::demonstrations) {
    const std::vector<Positions>& sets = pools_.sets.at(parameter.name);
    result.kind = ParameterKind::categorical;
    result.low = 0;
    result.high = 0;
    for (std::size_t place = 0; place < sets.size(); ++place)
      result.choices.push_back(std::to_string(place));
    const bool is_active = baseline.find(parameter.name) != nullptr;
    result.initial =
        is_active ? label_of(sets, baseline.demonstrations(parameter.name).positions) : "0";
  }
  return result;
}

Assignment PooledSpace::to_pooled(const Assignment& assignment) const {
  Assignment pooled = assignment;
  for (const Setting& setting : assignment.settings()) {
    const auto* shown = std::get_if<model::Demonstrations>(&setting.value);
    if (shown != nullptr)
      pooled.set(setting.name, label_of(pools_.sets.at(setting.name), shown->positions));
  }
  return pooled;
}

Assignment PooledSpace::to_original(const Assignment& pooled) const {
  Assignment assignment = pooled;
  for (const auto& [name, sets] : pools_.sets) {
    if (pooled.find(name) == nullptr) continue;
    assignment.set(name, model::Demonstrations{sets.at(place_of(pooled.text(name)))});
  }
  return assignment;
}

}  // namespace foundation::optimize::detail
