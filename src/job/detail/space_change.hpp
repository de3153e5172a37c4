#pragma once

#include <string_view>

#include "job/job.hpp"

namespace foundation::job::detail {

/// Where a key is set, else where its section begins, else the job file.
[[nodiscard]] core::Place place_of(const Job& job, std::string_view path);

/// `value` in the type the parameter takes: 1 is a real number, too, and a category may look
/// like a number. What does not fit stays as it is: the space refuses it.
[[nodiscard]] model::Value in_type_of(const model::Parameter& parameter, const model::Value& value);

/// Narrows or fixes one parameter of the program as the job asks. Throws core::Error{bad_input}
/// placed at the override for what the program does not take.
void change_parameter(const Job& job, const Job::ParameterOverride& change,
                      model::Parameter& parameter);

}  // namespace foundation::job::detail
