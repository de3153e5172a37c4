#include <utility>

#include "tests/benchmarks/configuration/scenario.hpp"

namespace foundation::configuration {

using model::Parameter;
using model::ParameterKind;

namespace {

Parameter number(std::string name, ParameterKind kind, double low, double high,
                 model::Value initial) {
  Parameter parameter;
  parameter.name = std::move(name);
  parameter.kind = kind;
  parameter.low = low;
  parameter.high = high;
  parameter.initial = std::move(initial);
  return parameter;
}

}  // namespace

model::Space scenario_space() {
  Parameter engine;
  engine.name = "engine";
  engine.kind = ParameterKind::categorical;
  engine.choices = {"e0", "e1", "e2", "e3"};
  engine.initial = std::string{"e0"};
  Parameter depth = number("depth", ParameterKind::integer, 1, 50, std::int64_t{40});
  depth.conditions = {{"engine", {"e1", "e2"}}};
  Parameter restart;
  restart.name = "restart";
  restart.kind = ParameterKind::boolean;
  restart.initial = false;
  return model::Space{{engine, number("step", ParameterKind::real, 0, 10, 8.0),
                       number("decay", ParameterKind::log_real, 1e-4, 1, 0.5),
                       number("mix", ParameterKind::real, 0, 1, 0.9), depth, restart}};
}

}  // namespace foundation::configuration
