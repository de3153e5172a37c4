#pragma once

#include "model/space.hpp"

/// Small spaces the tests of several modules use.
namespace foundation::model::testing {

inline Parameter real(std::string name, double low, double high, double initial) {
  Parameter parameter;
  parameter.name = std::move(name);
  parameter.kind = ParameterKind::real;
  parameter.low = low;
  parameter.high = high;
  parameter.initial = initial;
  return parameter;
}

inline Parameter log_real(std::string name, double low, double high, double initial) {
  Parameter parameter = real(std::move(name), low, high, initial);
  parameter.kind = ParameterKind::log_real;
  return parameter;
}

inline Parameter integer(std::string name, double low, double high, std::int64_t initial) {
  Parameter parameter = real(std::move(name), low, high, 0);
  parameter.kind = ParameterKind::integer;
  parameter.initial = initial;
  return parameter;
}

inline Parameter categorical(std::string name, std::vector<std::string> choices) {
  Parameter parameter;
  parameter.name = std::move(name);
  parameter.kind = ParameterKind::categorical;
  parameter.choices = std::move(choices);
  if (!parameter.choices.empty()) parameter.initial = parameter.choices.front();
  return parameter;
}

inline Parameter boolean(std::string name, bool initial) {
  Parameter parameter;
  parameter.name = std::move(name);
  parameter.kind = ParameterKind::boolean;
  parameter.initial = initial;
  return parameter;
}

inline Parameter demonstrations(std::string name, double low, double high) {
  Parameter parameter;
  parameter.name = std::move(name);
  parameter.kind = ParameterKind::demonstrations;
  parameter.low = low;
  parameter.high = high;
  parameter.initial = Demonstrations{};
  return parameter;
}

inline Parameter only_if(Parameter parameter, std::string on, std::vector<std::string> values) {
  parameter.conditions.push_back({std::move(on), std::move(values)});
  return parameter;
}

/// A classifier's space: a rule, a parameter for two of the rules, demonstrations.
inline Space classifier_space() {
  return Space{{demonstrations("demonstrations", 0, 96),
                categorical("rule", {"nearest", "naive_bayes", "centroid"}),
                only_if(integer("neighbours", 1, 15, 3), "rule", {"nearest"}),
                only_if(log_real("smoothing", 1e-3, 10, 1), "rule", {"naive_bayes"}),
                boolean("lower_case", true)}};
}

}  // namespace foundation::model::testing
