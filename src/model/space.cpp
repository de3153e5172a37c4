#include "model/space.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/exact_math.hpp"
#include "core/quantity.hpp"
#include "model/detail/space_rules.hpp"
#include "model/positions.hpp"

namespace foundation::model {
namespace {

constexpr int most_draws = 10'000;

[[noreturn]] void reject(std::string message, std::string hint = {}) {
  throw core::Error{core::ErrorKind::bad_input, std::move(message), std::move(hint)};
}

std::string hint_for(std::string_view name, std::span<const Parameter> known) {
  std::vector<std::string_view> names;
  for (const Parameter& parameter : known) names.push_back(parameter.name);
  const auto near = core::nearest(name, names);
  return near ? fmt::format("did you mean '{}'?", *near) : std::string{};
}

const Parameter* find_in(std::span<const Parameter> parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  return found == parameters.end() ? nullptr : &*found;
}

/// Demonstrations may start empty whatever `low` says: strategies fill them.
bool is_left_open(const Value& value) {
  const auto* shown = std::get_if<Demonstrations>(&value);
  return shown != nullptr && shown->positions.empty();
}

void check_parameter(const Parameter& parameter, std::span<const Parameter> earlier) {
  if (parameter.name.empty()) reject("a parameter has no name");
  if (find_in(earlier, parameter.name) != nullptr) {
    reject(fmt::format("parameter '{}' is defined twice", parameter.name));
  }
  if (const auto problem = detail::definition_problem(parameter); !problem.empty()) {
    reject(fmt::format("parameter '{}': {}", parameter.name, problem));
  }
  for (const Condition& condition : parameter.conditions) {
    const auto problem =
        detail::condition_problem(condition, find_in(earlier, condition.parameter));
    if (!problem.empty()) {
      reject(fmt::format("parameter '{}': {}", parameter.name, problem),
             hint_for(condition.parameter, earlier));
    }
  }
  const auto problem = detail::value_problem(parameter, parameter.initial);
  const bool open =
      parameter.kind == ParameterKind::demonstrations && is_left_open(parameter.initial);
  if (!problem.empty() && !open) {
    reject(fmt::format("the initial value of parameter '{}' {}", parameter.name, problem));
  }
}

void check_constraint(const Constraint& constraint, std::span<const Parameter> parameters) {
  for (const Constraint::Term& term : constraint.terms) {
    const Parameter* parameter = find_in(parameters, term.parameter);
    if (parameter == nullptr) {
      reject(fmt::format("the constraint '{}' names the unknown parameter '{}'", constraint.text,
                         term.parameter),
             hint_for(term.parameter, parameters));
    }
    if (!detail::is_numeric(parameter->kind)) {
      reject(fmt::format("the constraint '{}' names parameter '{}', which is {} and no number",
                         constraint.text, parameter->name, name_of(parameter->kind)));
    }
  }
}

Value draw(const Parameter& parameter, core::Stream& stream) {
  switch (parameter.kind) {
    case ParameterKind::real:
      return std::clamp(parameter.low + stream.uniform() * (parameter.high - parameter.low),
                        parameter.low, parameter.high);
    case ParameterKind::log_real: {
      const double low = core::exact::log(parameter.low);
      const double span = core::exact::log(parameter.high) - low;
      return std::clamp(core::exact::exp(low + stream.uniform() * span), parameter.low,
                        parameter.high);
    }
    case ParameterKind::integer:
      return stream.between(static_cast<std::int64_t>(parameter.low),
                            static_cast<std::int64_t>(parameter.high));
    case ParameterKind::boolean:
      if (parameter.choices.empty()) return stream.below(2) == 1;
      return parameter.choices[stream.below(parameter.choices.size())] == "true";
    case ParameterKind::categorical:
    case ParameterKind::text:
      if (parameter.choices.empty()) return parameter.initial;
      return parameter.choices[stream.below(parameter.choices.size())];
    case ParameterKind::demonstrations: break;
  }
  return Demonstrations{};
}

Demonstrations draw_demonstrations(const Parameter& parameter, core::Stream& stream,
                                   std::uint32_t train_size) {
  const auto low = static_cast<std::uint32_t>(parameter.low);
  const auto high = std::min(static_cast<std::uint32_t>(parameter.high), train_size);
  if (low > high) {
    reject(fmt::format("parameter '{}' needs at least {} demonstrations, but the train split has "
                       "{} examples",
                       parameter.name, low, train_size),
           "lower the parameter's minimum or give the train split a larger share");
  }
  const auto size = static_cast<std::uint32_t>(stream.between(low, high));
  return {draw_positions(stream, size, train_size)};
}

}  // namespace

Space::Space(std::vector<Parameter> parameters, std::vector<Constraint> constraints,
             std::vector<Assignment> starting_points)
    : parameters_{std::move(parameters)}, constraints_{std::move(constraints)} {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    check_parameter(parameters_[i], std::span{parameters_}.first(i));
  }
  for (const Constraint& constraint : constraints_) check_constraint(constraint, parameters_);
  const Assignment start = initial();
  if (const Constraint* broken = detail::broken_constraint(constraints_, start)) {
    reject(fmt::format("the initial values ({}) break the constraint '{}'", describe(start),
                       broken->text),
           "change an initial value: the baseline must be a valid candidate");
  }
  for (std::size_t i = 0; i < starting_points.size(); ++i) {
    add_starting_point(starting_points[i], i + 1);
  }
}

void Space::add_starting_point(const Assignment& given, std::size_t number) {
  for (const Setting& setting : given.settings()) {
    const Parameter* parameter = find(setting.name);
    if (parameter == nullptr) {
      reject(fmt::format("starting point {} sets the unknown parameter '{}'", number, setting.name),
             hint_for(setting.name, parameters_));
    }
    const auto problem = detail::value_problem(*parameter, setting.value);
    if (!problem.empty() && !is_left_open(setting.value)) {
      reject(fmt::format("in starting point {}, parameter '{}' {}", number, setting.name, problem));
    }
  }
  const Assignment point = normalised(given);
  if (const Constraint* broken = detail::broken_constraint(constraints_, point)) {
    reject(fmt::format("starting point {} ({}) breaks the constraint '{}'", number, describe(point),
                       broken->text));
  }
  starting_points_.push_back(point);
}

const Parameter* Space::find(std::string_view name) const noexcept {
  return find_in(parameters_, name);
}

Assignment Space::initial() const { return normalised({}); }

Assignment Space::normalised(const Assignment& assignment) const {
  Assignment result;
  for (const Parameter& parameter : parameters_) {
    if (!detail::is_active(parameter, result)) continue;
    const Value* value = assignment.find(parameter.name);
    result.set(parameter.name, value != nullptr ? *value : parameter.initial);
  }
  return result;
}

// Demonstrations are drawn last, for the accepted assignment only: nothing depends on them.
Assignment Space::sample(core::Stream& stream, std::uint32_t train_size) const {
  for (int tries = 0; tries < most_draws; ++tries) {
    Assignment drawn;
    for (const Parameter& parameter : parameters_) {
      if (detail::is_active(parameter, drawn)) drawn.set(parameter.name, draw(parameter, stream));
    }
    if (detail::broken_constraint(constraints_, drawn) != nullptr) continue;
    return with_drawn_demonstrations(std::move(drawn), stream, train_size);
  }
  std::string names;
  for (const Constraint& constraint : constraints_) {
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", constraint.text);
  }
  reject(fmt::format("none of {} random draws satisfies the constraints {}", most_draws, names),
         "narrow the ranges of the parameters to the region the constraints allow");
}

Assignment Space::with_drawn_demonstrations(Assignment assignment, core::Stream& stream,
                                            std::uint32_t train_size) const {
  for (const Parameter& parameter : parameters_) {
    if (parameter.kind != ParameterKind::demonstrations) continue;
    if (assignment.find(parameter.name) == nullptr) continue;
    assignment.set(parameter.name, draw_demonstrations(parameter, stream, train_size));
  }
  return assignment;
}

std::string Space::problem_of(const Assignment& assignment) const {
  for (const Setting& setting : assignment.settings()) {
    if (find(setting.name) == nullptr) {
      return fmt::format("parameter '{}' is unknown", setting.name);
    }
  }
  Assignment earlier;
  for (const Parameter& parameter : parameters_) {
    const Value* value = assignment.find(parameter.name);
    const bool active = detail::is_active(parameter, earlier);
    if (value == nullptr && active) return fmt::format("parameter '{}' is missing", parameter.name);
    if (value == nullptr) continue;
    if (!active) {
      return fmt::format("parameter '{}' is set, but its condition does not hold", parameter.name);
    }
    if (const auto problem = detail::value_problem(parameter, *value); !problem.empty()) {
      return fmt::format("parameter '{}' {}", parameter.name, problem);
    }
    earlier.set(parameter.name, *value);
  }
  if (earlier != assignment) return "the parameters are not in the order of the space";
  if (const Constraint* broken = detail::broken_constraint(constraints_, assignment)) {
    return fmt::format("the constraint '{}' does not hold", broken->text);
  }
  return {};
}

core::Digest Space::digest() const {
  core::Hasher hasher;
  const auto add_assignment = [&hasher](const Assignment& assignment) {
    const core::Digest part = model::digest(assignment);
    hasher.add(part.high).add(part.low);
  };
  hasher.add(parameters_.size());
  for (const Parameter& parameter : parameters_) {
    hasher.add(parameter.name).add(parameter.kind).add(parameter.low).add(parameter.high);
    hasher.add(parameter.choices.size());
    for (const std::string& choice : parameter.choices) hasher.add(choice);
    if (parameter.open) hasher.add("open");
    add_assignment(Assignment{{{parameter.name, parameter.initial}}});
    hasher.add(parameter.conditions.size());
    for (const Condition& condition : parameter.conditions) {
      hasher.add(condition.parameter).add(condition.values.size());
      for (const std::string& value : condition.values) hasher.add(value);
    }
  }
  hasher.add(constraints_.size());
  for (const Constraint& constraint : constraints_) {
    hasher.add(constraint.bound).add(constraint.terms.size());
    for (const Constraint::Term& term : constraint.terms) {
      hasher.add(term.coefficient).add(term.parameter);
    }
  }
  hasher.add(starting_points_.size());
  for (const Assignment& point : starting_points_) add_assignment(point);
  return hasher.digest();
}

}  // namespace foundation::model
