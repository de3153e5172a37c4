#pragma once

#include "job/detail/node.hpp"
#include "job/job.hpp"

/// A layer is one source of values: user file, job file, environment variable, command line. Later
/// layers replace values of earlier ones.
namespace foundation::job::detail {

enum class LayerKind { user_file, job_file, single_value };

/// Assigns every value of a document to the job and notes where it stands. Throws
/// core::Error{bad_input} for unknown keys, wrong types and values out of range.
void apply_layer(Job& job, const Node& document, LayerKind kind);

/// Checks what single keys cannot: mandatory keys and combinations. Throws likewise.
void check_job(const Job& job);

/// The environment variable of a key: FOUNDATION_STRATEGY_CANDIDATES.
[[nodiscard]] std::string variable_of(const KeyInfo& info);

/// `key=value` as a document of one line. A value that is not TOML is taken as a string, so that
/// `strategy.kind=random` needs no quotes. `origin` is what messages call the source.
[[nodiscard]] Node parse_single_value(std::string_view key, std::string_view value,
                                      const std::string& origin);

}  // namespace foundation::job::detail
