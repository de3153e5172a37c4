#pragma once

#include <span>
#include <string>

#include "job/detail/key.hpp"

/// Keys of kind `command` whose values are more than one number or text, and what belongs together
/// among them.
namespace foundation::job::detail {

[[nodiscard]] bool is_command(const Job& job);
/// The job has a [trainset]; one of kind `command` may do without.
[[nodiscard]] bool has_trainset(const Job& job);

/// `["./solve", "--tol={tol}", ["--restarts", "{restarts}"]]`.
void assign_command(Job& job, const Reading& value);
[[nodiscard]] std::string show_command(const Job& job);
void assign_exit_statuses(Job& job, const Reading& value);
[[nodiscard]] std::string show_exit_statuses(const Job& job);
/// `{NAME = "value"}`.
void assign_environment(Job& job, const Reading& value);
[[nodiscard]] std::string show_environment(const Job& job);

/// `NAME = {kind = "real", low = 0, high = 1}`: a parameter of a program that has none of its own.
[[nodiscard]] bool is_declaration(const Entry& entry);
[[nodiscard]] model::Parameter read_declaration(const Entry& entry);
[[nodiscard]] std::string show_declaration(const model::Parameter& parameter);

/// Puts declared parameters in the order of the job file, each behind those it depends on.
void order_declarations(Job& job);
/// Throws core::Error{bad_input} placed in the job file: missing keys, placeholders that name
/// nothing, parameters that make no space, options that do not go together.
void check_command(const Job& job);
/// What is said of objectives makes sense together, and the program says what is asked of it.
void check_objectives(const Job& job);
/// The limit on the time that is scored; zero: there is none.
[[nodiscard]] core::Duration time_limit_of(const Job& job);
/// The same of metrics.
void check_metric(const Job& job);
/// What follows from other values: where the executable is, what a timeout counts.
void complete_command(Job& job);

}  // namespace foundation::job::detail
