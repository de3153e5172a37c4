#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/space.hpp"

/// The rules of a space one by one, shared by its construction, its checks and its sampling.
namespace foundation::model::detail {

/// Kinds a constraint may name.
[[nodiscard]] bool is_numeric(ParameterKind kind) noexcept;

/// All conditions hold in `assignment` (which holds the values of the earlier parameters).
[[nodiscard]] bool is_active(const Parameter& parameter, const Assignment& assignment);

/// What is wrong with the parameter itself (range, choices), or empty.
[[nodiscard]] std::string definition_problem(const Parameter& parameter);
/// What is wrong with a condition on `on` (null when there is no such earlier parameter), or empty.
[[nodiscard]] std::string condition_problem(const Condition& condition, const Parameter* on);
/// What is wrong with `value` as a value of the parameter, as the end of a sentence that begins
/// with the value's name ("is 12, above the highest value 9"), or empty.
[[nodiscard]] std::string value_problem(const Parameter& parameter, const Value& value);

/// The first constraint that `assignment` breaks, or null.
[[nodiscard]] const Constraint* broken_constraint(std::span<const Constraint> constraints,
                                                  const Assignment& assignment);

}  // namespace foundation::model::detail
