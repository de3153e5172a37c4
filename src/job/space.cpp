#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/quantity.hpp"
#include "job/detail/space_change.hpp"

namespace foundation::job {
namespace {

using model::Parameter;
using model::ParameterKind;

bool can_be(const Parameter& parameter, const std::string& text) {
  if (parameter.kind == ParameterKind::integer) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return static_cast<double>(number) >= parameter.low &&
           static_cast<double>(number) <= parameter.high;
  }
  return parameter.choices.empty() ||
         std::ranges::find(parameter.choices, text) != parameter.choices.end();
}

/// Conditions that can no longer hold are taken out, and parameters that can no longer be active
/// with them: `rule = "centroid"` leaves nothing for the parameters of other rules to do.
std::vector<Parameter> without_impossible(const std::vector<Parameter>& parameters) {
  std::vector<Parameter> kept;
  for (Parameter parameter : parameters) {
    const bool possible = std::ranges::all_of(parameter.conditions, [&](auto& condition) {
      const auto on = std::ranges::find(kept, condition.parameter, &Parameter::name);
      if (on == kept.end()) return false;
      std::erase_if(condition.values, [&](const std::string& v) { return !can_be(*on, v); });
      return !condition.values.empty();
    });
    if (possible) kept.push_back(std::move(parameter));
  }
  return kept;
}

void apply_overrides(const Job& job, std::vector<Parameter>& parameters) {
  std::vector<std::string_view> names;
  names.reserve(parameters.size());
  for (const Parameter& parameter : parameters) names.push_back(parameter.name);
  for (const Job::ParameterOverride& change : job.parameters) {
    const auto found = std::ranges::find(parameters, change.name, &Parameter::name);
    if (found == parameters.end()) {
      const auto near = core::nearest(change.name, names);
      throw core::Error{core::ErrorKind::bad_input,
                        detail::place_of(job, "program.parameters." + change.name),
                        fmt::format("the program has no parameter '{}'", change.name),
                        near ? fmt::format("did you mean '{}'?", *near)
                             : fmt::format("its parameters are {}", fmt::join(names, ", "))};
    }
    detail::change_parameter(job, change, *found);
  }
}

/// Constraints of program and job, without those on parameters that overrides have taken out of the
/// space: a constraint with an inactive parameter does not bind.
std::vector<model::Constraint> effective_constraints(const Job& job, const model::Space& program,
                                                     const std::vector<Parameter>& kept) {
  std::vector<model::Constraint> constraints = program.constraints();
  for (const std::string& text : job.constraints) {
    constraints.push_back(model::parse_constraint(text));
  }
  const auto is_gone = [&](const model::Constraint::Term& term) {
    return program.find(term.parameter) != nullptr &&
           std::ranges::find(kept, term.parameter, &Parameter::name) == kept.end();
  };
  std::erase_if(constraints, [&](const model::Constraint& constraint) {
    return std::ranges::any_of(constraint.terms, is_gone);
  });
  return constraints;
}

model::Assignment in_types_of(const std::vector<Parameter>& parameters,
                              const model::Assignment& given) {
  model::Assignment point;
  for (const model::Setting& setting : given.settings()) {
    const auto parameter = std::ranges::find(parameters, setting.name, &Parameter::name);
    point.set(setting.name, parameter == parameters.end()
                                ? setting.value
                                : detail::in_type_of(*parameter, setting.value));
  }
  return point;
}

/// Builds a space; what is wrong with it is placed at `path` of the job file.
template <class... Arguments>
model::Space build(const Job& job, std::string_view path, const Arguments&... arguments) {
  try {
    return model::Space{arguments...};
  } catch (const core::Error& error) {
    throw core::Error{error.kind(), detail::place_of(job, path), error.what(), error.hint()};
  }
}

}  // namespace

model::Space effective_space(const Job& job, const model::Space& program_space) {
  std::vector<Parameter> changed = program_space.parameters();
  const bool has_texts_written = optimize::reads_texts(job.strategy.kind);
  for (Parameter& parameter : changed) parameter.open = parameter.open && has_texts_written;
  apply_overrides(job, changed);
  const std::vector<Parameter> parameters = without_impossible(changed);
  const auto constraints = effective_constraints(job, program_space, parameters);
  // In steps, so that each error is placed at what causes it.
  static_cast<void>(build(job, "program.parameters", parameters));
  static_cast<void>(build(job, "program.constraints", parameters, constraints));
  std::vector<model::Assignment> points = program_space.starting_points();
  for (std::size_t i = 0; i < job.starting_points.size(); ++i) {
    points.push_back(in_types_of(parameters, job.starting_points[i]));
    static_cast<void>(build(job, fmt::format("program.starting_points.{}", i + 1), parameters,
                            constraints, points));
  }
  return model::Space{parameters, constraints, points};
}

}  // namespace foundation::job
