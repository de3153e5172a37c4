#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "model/candidate_serialize.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"

/// `serialize` of what programs and metrics are made with, for runtime/archive.hpp. Heavy: include
/// it in sources only.
namespace foundation::runtime::detail {

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off

/// An enumeration as one byte; `last` is its greatest value.
template <class Archive, class Enumeration>
void serialize_enumeration(Archive& archive, Enumeration& value, Enumeration last) {
  auto byte = static_cast<std::uint8_t>(value);
  archive & byte;
  if (byte > static_cast<std::uint8_t>(last))
    throw core::Error{core::ErrorKind::corrupt_data, "a message cannot be read: unknown option"};
  value = static_cast<Enumeration>(byte);
}

template <class Archive>
void serialize_duration(Archive& archive, core::Duration& span) {
  std::int64_t ns = span.count();
  archive & ns;
  span = core::Duration{ns};
}

template <class Archive>
void serialize_optional(Archive& archive, std::optional<double>& value) {
  bool is_given = value.has_value();
  double number = value.value_or(0);
  archive & is_given & number;
  if (is_given) value = number; else value.reset();
}

template <class Archive>
void serialize_texts(Archive& archive, std::map<std::string, std::string>& texts) {
  std::vector<std::string> names;
  std::vector<std::string> values;
  for (const auto& [name, value] : texts) {
    names.push_back(name);
    values.push_back(value);
  }
  archive & names & values;
  texts.clear();
  for (std::size_t i = 0; i < names.size() && i < values.size(); ++i) texts[names[i]] = values[i];
}

}  // namespace foundation::runtime::detail

namespace foundation::process {

template <class Archive>
void serialize(Archive& archive, Limits& limits, unsigned /*version*/) {
  runtime::detail::serialize_duration(archive, limits.wall);
  runtime::detail::serialize_duration(archive, limits.cpu);
  archive & limits.memory_bytes & limits.processes & limits.address_space_bytes;
  archive & limits.file_bytes & limits.output_bytes;
  runtime::detail::serialize_enumeration(archive, limits.excess, Excess::drop);
  runtime::detail::serialize_duration(archive, limits.grace);
}

}  // namespace foundation::process

namespace foundation::endpoints {

template <class Archive>
void serialize(Archive& archive, EndpointOptions& it, unsigned /*version*/) {
  archive & it.url & it.weight & it.api_key_env & it.api_key_file & it.ca_file;
}
template <class Archive>
void serialize(Archive& archive, LimitOptions& limits, unsigned /*version*/) {
  archive & limits.requests_per_minute & limits.tokens_per_minute & limits.tokens & limits.cost &
      limits.input_price & limits.output_price;
}
template <class Archive>
void serialize(Archive& archive, ClientOptions& options, unsigned /*version*/) {
  archive & options.endpoints & options.limits & options.cache_folder;
  runtime::detail::serialize_duration(archive, options.request_timeout);
  runtime::detail::serialize_duration(archive, options.deadline);
}

}  // namespace foundation::endpoints

namespace foundation::model {

template <class Archive>
void serialize(Archive& archive, Condition& condition, unsigned /*version*/) {
  archive & condition.parameter & condition.values;
}
template <class Archive>
void serialize(Archive& archive, Parameter& parameter, unsigned /*version*/) {
  Setting initial{parameter.name, parameter.initial};
  archive & initial;
  parameter.name = initial.name;
  parameter.initial = initial.value;
  runtime::detail::serialize_enumeration(archive, parameter.kind, ParameterKind::demonstrations);
  archive & parameter.low & parameter.high & parameter.choices & parameter.open;
  archive & parameter.conditions;
  archive & parameter.description;
}

}  // namespace foundation::model

namespace foundation::programs {

template <class Archive>
void serialize(Archive& archive, AnswerOptions& options, unsigned /*version*/) {
  runtime::detail::serialize_enumeration(archive, options.kind, AnswerKind::cpu_time);
  archive & options.file & options.pattern & options.pointer & options.cost_pointer;
}
template <class Archive>
void serialize(Archive& archive, CommandOptions& options, unsigned /*version*/) {
  runtime::detail::serialize_enumeration(archive, options.mode, CommandMode::persistent);
  archive & options.executable & options.arguments & options.folder & options.files;
  archive & options.answer & options.exit_statuses;
  runtime::detail::serialize_enumeration(archive, options.restart, Restart::candidate);
  archive & options.limits & options.passed;
  runtime::detail::serialize_texts(archive, options.environment);
  archive & options.parameters;
}
template <class Archive>
void serialize(Archive& archive, LmField& field, unsigned /*version*/) {
  archive & field.name & field.description & field.shows;
}
template <class Archive>
void serialize(Archive& archive, LmStage& stage, unsigned /*version*/) {
  archive & stage.name & stage.kind & stage.inputs & stage.outputs & stage.instruction &
      stage.instructions & stage.max_demonstrations & stage.temperature & stage.max_tokens &
      stage.model & stage.format & stage.corpus & stage.text & stage.passages;
}
template <class Archive>
void serialize(Archive& archive, LmWriter& writer, unsigned /*version*/) {
  archive & writer.is_asked & writer.model & writer.temperature & writer.max_tokens;
}
template <class Archive>
void serialize(Archive& archive, LmOptions& options, unsigned /*version*/) {
  archive & options.model & options.answer & options.stages & options.repairs & options.writer;
  archive & options.in_flight & options.client;
}
template <class Archive>
void serialize(Archive& archive, ProgramOptions& options, unsigned /*version*/) {
  archive & options.kind & options.seed & options.plugin;
  bool says = options.isolate.has_value();
  bool isolate = options.isolate.value_or(false);
  archive & says & isolate;
  options.isolate = says ? std::optional{isolate} : std::nullopt;
  runtime::detail::serialize_duration(archive, options.cell_timeout);
  archive & options.sleep_mean_s & options.sleep_sigma & options.sleep_mistakes & options.command &
      options.lm;
}
template <class Archive>
void serialize(Archive& archive, JudgeOptions& options, unsigned /*version*/) {
  archive & options.model & options.criteria & options.max_tokens & options.repairs &
      options.client;
}
template <class Archive>
void serialize(Archive& archive, MetricOptions& options, unsigned /*version*/) {
  archive & options.kind & options.weighted & options.maximise & options.pointer;
  archive & options.absolute_tolerance & options.relative_tolerance;
  runtime::detail::serialize_optional(archive, options.failure_value);
  runtime::detail::serialize_optional(archive, options.timeout_value);
  archive & options.executable & options.arguments & options.input_names & options.plugin;
  archive & options.judge;
  runtime::detail::serialize_duration(archive, options.time_limit);
}
// clang-format on

}  // namespace foundation::programs
