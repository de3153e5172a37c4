#include "optimize/detail/unit_cube.hpp"

#include <algorithm>
#include <cmath>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Parameter;
using model::ParameterKind;

bool is_real(ParameterKind kind) noexcept {
  return kind == ParameterKind::real || kind == ParameterKind::log_real;
}

std::uint64_t count_cells(const Parameter& parameter) {
  switch (parameter.kind) {
    case ParameterKind::integer: {
      const auto low = static_cast<std::int64_t>(parameter.low);
      return static_cast<std::uint64_t>(static_cast<std::int64_t>(parameter.high) - low) + 1;
    }
    case ParameterKind::boolean: return parameter.choices.empty() ? 2 : parameter.choices.size();
    default: return parameter.choices.size();
  }
}

bool can_vary(const Parameter& parameter) {
  if (parameter.kind == ParameterKind::demonstrations) return false;
  return is_real(parameter.kind) ? parameter.low < parameter.high : count_cells(parameter) > 1;
}

}  // namespace

Axis::Axis(const Parameter& parameter) : parameter_{parameter} {
  EXPECTS(can_vary(parameter));
  if (!is_real(parameter.kind)) {
    cells_ = count_cells(parameter);
    return;
  }
  const bool is_log = parameter.kind == ParameterKind::log_real;
  low_ = is_log ? core::exact::log(parameter.low) : parameter.low;
  span_ = (is_log ? core::exact::log(parameter.high) : parameter.high) - low_;
}

bool Axis::is_ordered() const noexcept {
  return is_real(parameter_.kind) || parameter_.kind == ParameterKind::integer;
}

model::Value Axis::value_at(double coordinate) const {
  EXPECTS(coordinate >= 0 && coordinate <= 1);
  const auto within = [this](double number) {
    return std::clamp(number, parameter_.low, parameter_.high);
  };
  switch (parameter_.kind) {
    case ParameterKind::real: return within(low_ + coordinate * span_);
    case ParameterKind::log_real: return within(core::exact::exp(low_ + coordinate * span_));
    case ParameterKind::integer:
      return static_cast<std::int64_t>(parameter_.low) +
             static_cast<std::int64_t>(cell_at(coordinate));
    case ParameterKind::boolean:
      if (parameter_.choices.empty()) return cell_at(coordinate) == 1;
      return parameter_.choices[cell_at(coordinate)] == "true";
    default: return parameter_.choices[cell_at(coordinate)];
  }
}

double Axis::coordinate_of(const model::Value& value) const {
  switch (parameter_.kind) {
    case ParameterKind::real: return std::clamp((std::get<double>(value) - low_) / span_, 0.0, 1.0);
    case ParameterKind::log_real:
      // The range may be so narrow that both ends have the same logarithm.
      if (span_ == 0) return 0;
      return std::clamp((core::exact::log(std::get<double>(value)) - low_) / span_, 0.0, 1.0);
    case ParameterKind::integer:
      return centre_of(static_cast<std::uint64_t>(std::get<std::int64_t>(value) -
                                                  static_cast<std::int64_t>(parameter_.low)));
    case ParameterKind::boolean:
      if (parameter_.choices.empty()) return centre_of(std::get<bool>(value) ? 1 : 0);
      return centre_of(choice_index(std::get<bool>(value) ? "true" : "false"));
    default: return centre_of(choice_index(std::get<std::string>(value)));
  }
}

std::uint64_t Axis::cell_at(double coordinate) const noexcept {
  const auto cell = static_cast<std::uint64_t>(coordinate * static_cast<double>(cells_));
  return std::min(cell, cells_ - 1);
}

double Axis::centre_of(std::uint64_t cell) const noexcept {
  return (static_cast<double>(cell) + 0.5) / static_cast<double>(cells_);
}

std::uint64_t Axis::choice_index(const std::string& text) const {
  const auto found = std::ranges::find(parameter_.choices, text);
  EXPECTS(found != parameter_.choices.end());
  return static_cast<std::uint64_t>(found - parameter_.choices.begin());
}

UnitCube::UnitCube(const model::Space& space) : space_{&space} {
  for (const Parameter& parameter : space.parameters()) {
    if (can_vary(parameter)) axes_.emplace_back(parameter);
  }
}

void UnitCube::move_to_centres(std::span<double> point) const {
  EXPECTS(point.size() == axes_.size());
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    if (axes_[i].cells() > 0) point[i] = axes_[i].centre_of(axes_[i].cell_at(point[i]));
  }
}

model::Assignment UnitCube::to_assignment(std::span<const double> point) const {
  EXPECTS(point.size() == axes_.size());
  std::vector<model::Setting> settings;
  settings.reserve(axes_.size());
  for (std::size_t i = 0; i < axes_.size(); ++i) {
    settings.push_back({axes_[i].name(), axes_[i].value_at(point[i])});
  }
  return space_->normalised(model::Assignment{std::move(settings)});
}

std::vector<double> UnitCube::to_point(const model::Assignment& assignment) const {
  std::vector<double> point;
  point.reserve(axes_.size());
  for (const Axis& axis : axes_) {
    const model::Value* value = assignment.find(axis.name());
    point.push_back(axis.coordinate_of(value != nullptr ? *value : axis.parameter().initial));
  }
  return point;
}

}  // namespace foundation::optimize::detail
