#include "optimize/detail/variation.hpp"

#include <algorithm>

#include "optimize/detail/demonstration_sets.hpp"
#include "optimize/detail/irace_model.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Assignment;
using model::Parameter;
using model::ParameterKind;
using model::Value;

constexpr int most_tries = 20;
constexpr double step = 0.2;  // standard deviation, of a parameter's range

/// The space without open texts, whose values have no place in it. No condition is on a text.
model::Space without_open_texts(const model::Space& space) {
  std::vector<Parameter> parameters;
  for (const Parameter& parameter : space.parameters())
    if (!parameter.open) parameters.push_back(parameter);
  return model::Space{std::move(parameters)};
}

Value other_value(const Axis& axis, const Value& value, core::Stream& stream) {
  if (axis.is_ordered()) return axis.value_at(draw_near(axis.coordinate_of(value), step, stream));
  const std::uint64_t own = axis.cell_at(axis.coordinate_of(value));
  const std::uint64_t other = stream.below(axis.cells() - 1);
  return axis.value_at(axis.centre_of(other < own ? other : other + 1));
}

}  // namespace

Variation::Variation(const model::Space& space, std::uint32_t train_size)
    : space_{&space}, train_size_{train_size}, axes_{UnitCube{without_open_texts(space)}.axes()} {
  for (const Parameter& parameter : space.parameters())
    if (parameter.kind == ParameterKind::demonstrations && parameter.high > 0 && train_size > 0)
      demonstrations_.push_back(parameter);
}

Assignment Variation::vary(const Assignment& from, double rate, core::Stream& stream) const {
  for (int tries = 0; tries < most_tries; ++tries) {
    Assignment drawn = completed(changed(from, rate, stream), stream);
    if (space_->problem_of(drawn).empty()) return drawn;
  }
  return from;
}

Assignment Variation::changed(const Assignment& from, double rate, core::Stream& stream) const {
  Assignment drawn = from;
  for (const Axis& axis : axes_) {
    const Value* own = from.find(axis.name());
    if (own != nullptr && stream.chance(rate))
      drawn.set(axis.name(), other_value(axis, *own, stream));
  }
  for (const Parameter& parameter : demonstrations_) {
    if (from.find(parameter.name) == nullptr || !stream.chance(rate)) continue;
    const DemonstrationSets sets{parameter, train_size_, {}, {}};
    const Positions& shown = from.demonstrations(parameter.name).positions;
    drawn.set(parameter.name, model::Demonstrations{sets.vary(shown, stream)});
  }
  return drawn;
}

Assignment Variation::completed(const Assignment& assignment, core::Stream& stream) const {
  Assignment completed = space_->normalised(assignment);
  const Assignment drawn = space_->with_drawn_demonstrations(completed, stream, train_size_);
  for (const Parameter& parameter : demonstrations_) {
    const bool is_new = assignment.find(parameter.name) == nullptr;
    if (is_new && completed.find(parameter.name) != nullptr)
      completed.set(parameter.name, drawn.demonstrations(parameter.name));
  }
  return completed;
}

}  // namespace foundation::optimize::detail
